"""Small pure helpers."""

import json
import shlex


def kubernetes_connection(xcom_sidecar_image: str) -> str:
    """The Airflow connection `kubernetes_default`, as JSON. It holds nothing secret.

    It says what KubernetesPodOperator's XCom sidecar is: an image of the stack's own registry, and a security context,
    without which the admission policy on privilege escalation refuses the pod. Providers before apache/airflow 69613
    (July 2026) ignore the latter: there, tasks must not push XComs. The field is JSON within JSON.
    """
    security_context = {"allowPrivilegeEscalation": False}
    extra = {
        "xcom_sidecar_container_image": xcom_sidecar_image,
        "xcom_sidecar_container_security_context": json.dumps(security_context),
    }
    return json.dumps({"conn_type": "kubernetes", "extra": extra})


def startup_script(xcom_sidecar_image: str, own_script: str | None) -> str:
    """The script that MWAA runs before each of its processes: ours, then the stack's own.

    The connection is an environment variable, because that works whether or not the stack has a secrets backend, and
    because a secret of that name could exist only once in an account that several stacks share.
    """
    connection = shlex.quote(kubernetes_connection(xcom_sidecar_image))
    lines = ["#!/bin/bash", f"export AIRFLOW_CONN_KUBERNETES_DEFAULT={connection}", ""]
    return "\n".join(lines) + (own_script or "")
