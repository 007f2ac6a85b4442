"""Small pure helpers."""

import shlex

from airflow_infra.settings.airflow import kubernetes_connection


def startup_script(xcom_sidecar_image: str, own_script: str | None) -> str:
    """The script that MWAA runs before each of its processes: ours, then the stack's own.

    The connection is an environment variable, because that works whether or not the stack has a secrets backend, and
    because a secret of that name could exist only once in an account that several stacks share.
    """
    connection = shlex.quote(kubernetes_connection(xcom_sidecar_image))
    lines = ["#!/bin/bash", f"export AIRFLOW_CONN_KUBERNETES_DEFAULT={connection}", ""]
    return "\n".join(lines) + (own_script or "")
