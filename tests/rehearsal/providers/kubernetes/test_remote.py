"""Which kubeconfigs are taken for a real API server. What it does with one is in tests/e2e/cluster/test_program.py."""

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.rehearsal.providers.kubernetes.errors import UnreachableError
from airflow_infra.rehearsal.providers.kubernetes.remote import RemoteApi


def kubeconfig(folder: Path, server: str, user: dict[str, Any]) -> Path:
    document = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    (folder / "kubeconfig").write_text(json.dumps(document))
    return folder / "kubeconfig"


@pytest.mark.parametrize("server", ["https://192.0.2.1:6443", "https://127.0.0.1.example.com", "127.0.0.1:6443"])
def test_an_api_server_elsewhere_is_refused(tmp_path: Path, server: str) -> None:
    with pytest.raises(UnreachableError, match="is not on this machine: expected a loopback address"):
        RemoteApi(kubeconfig(tmp_path, server, {}), "dev")


def test_a_kubeconfig_that_runs_a_command_is_refused_before_it_does(tmp_path: Path) -> None:
    run = {"apiVersion": "client.authentication.k8s.io/v1", "command": "touch", "args": [str(tmp_path / "ran")]}
    with pytest.raises(UnreachableError, match="its user logs in by exec"):
        RemoteApi(kubeconfig(tmp_path, "https://127.0.0.1:1", {"exec": run}), "dev")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("text", ["{}", "- a", "a: [", '{"contexts": 3, "current-context": 1}'])
def test_a_kubeconfig_that_is_none_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "kubeconfig").write_text(text)
    with pytest.raises(UnreachableError, match="not a kubeconfig that can be used"):
        RemoteApi(tmp_path / "kubeconfig", "dev")
