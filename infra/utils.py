"""Small pure helpers."""

import json
import shlex


def startup_script(xcom_sidecar_image: str, own_script: str | None) -> str:
    """The script that MWAA runs before each of its processes: ours, then the stack's own.

    It names the image of KubernetesPodOperator's XCom sidecar in the connection `kubernetes_default`, which holds
    nothing secret. An environment variable, because that works whether or not the stack has a secrets backend, and
    because a secret of that name could exist only once in an account that several stacks share.
    """
    connection = json.dumps({"conn_type": "kubernetes", "extra": {"xcom_sidecar_container_image": xcom_sidecar_image}})
    lines = ["#!/bin/bash", f"export AIRFLOW_CONN_KUBERNETES_DEFAULT={shlex.quote(connection)}", ""]
    return "\n".join(lines) + (own_script or "")
