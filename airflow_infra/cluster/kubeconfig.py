"""Kubeconfig files: how somebody reaches a cluster, and who they are. JSON, which is YAML too."""

import base64
import json
from typing import Any

from airflow_infra.cluster.pki import Pair


def with_certificate(server: str, authority: bytes, user: str, pair: Pair) -> str:
    """A kubeconfig of a user who shows a certificate; everything is in it, so that it can be copied."""
    return _kubeconfig(
        server,
        authority,
        user,
        {"client-certificate-data": _encoded(pair.certificate), "client-key-data": _encoded(pair.key)},
    )


def with_token(server: str, authority: bytes, user: str, token: str) -> str:
    """A kubeconfig of a service account."""
    return _kubeconfig(server, authority, user, {"token": token})


def _kubeconfig(server: str, authority: bytes, user: str, credentials: dict[str, Any]) -> str:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "local", "cluster": {"server": server, "certificate-authority-data": _encoded(authority)}}
        ],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": user}}],
        "current-context": "local",
    }
    return json.dumps(document, indent=2) + "\n"


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
