"""Small pure helpers."""

import json
import shlex
from typing import Any


def kubeconfig(cluster_name: str, region: str, endpoint: str, certificate_authority: str) -> str:
    """A kubeconfig without credentials: whoever uses it signs in to the cluster with the AWS role it has.

    `certificate_authority` is base64, as EKS gives it. JSON, which every YAML reader of kubeconfigs takes.
    """
    arguments = ["eks", "get-token", "--region", region, "--cluster-name", cluster_name, "--output", "json"]
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": cluster_name,
                "cluster": {"server": endpoint, "certificate-authority-data": certificate_authority},
            }
        ],
        "users": [
            {
                "name": "aws",
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1beta1",
                        "command": "aws",
                        "args": arguments,
                        "interactiveMode": "Never",
                    }
                },
            }
        ],
        "contexts": [{"name": cluster_name, "context": {"cluster": cluster_name, "user": "aws"}}],
        "current-context": cluster_name,
    }
    return json.dumps(document, indent=2)


def startup_script(xcom_sidecar_image: str, own_script: str | None) -> str:
    """The script that MWAA runs before each of its processes: ours, then the stack's own.

    It names the image of KubernetesPodOperator's XCom sidecar in the connection `kubernetes_default`, which holds
    nothing secret. An environment variable, because that works whether or not the stack has a secrets backend, and
    because a secret of that name could exist only once in an account that several stacks share.
    """
    connection = json.dumps({"conn_type": "kubernetes", "extra": {"xcom_sidecar_container_image": xcom_sidecar_image}})
    lines = ["#!/bin/bash", f"export AIRFLOW_CONN_KUBERNETES_DEFAULT={shlex.quote(connection)}", ""]
    return "\n".join(lines) + (own_script or "")
