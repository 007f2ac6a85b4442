"""The control plane itself: up, used, put right, and gone without a trace."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from airflow_infra.cluster.api import Api, ApiError, Manifest
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.processes import free_port

UP = """
import sys
from pathlib import Path
from airflow_infra.cluster.cluster import Cluster
Cluster(Path(sys.argv[1]), Path(sys.argv[2])).up()
"""
CORE = ("etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager", "outside")
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


@pytest.fixture(scope="module")
def neighbour(binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    neighbour = Cluster(tmp_path_factory.mktemp("neighbour") / "cluster", binaries)
    neighbour.up()
    yield neighbour
    neighbour.down()


def who_am_i(api: Api) -> Manifest:
    return api.call("POST", REVIEWS, REVIEW)["status"]["userInfo"]


def pids(cluster: Cluster) -> dict[str, int | None]:
    return cluster.parts()


def test_the_api_server_is_of_the_minor_that_was_built(cluster: Cluster) -> None:
    version = cluster.api().call("GET", "/version")

    assert (version["major"], version["minor"], version["gitVersion"]) == ("1", "36", "v1.36.3")


def test_it_listens_on_loopback_only_and_on_one_port(cluster: Cluster) -> None:
    listening = [
        connection.laddr
        for name in CORE
        for connection in psutil.Process(pids(cluster)[name]).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert [address.ip for address in listening] == ["127.0.0.1"]


def test_an_up_of_a_cluster_that_is_up_changes_nothing(cluster: Cluster) -> None:
    before = pids(cluster)

    cluster.up()

    assert pids(cluster) == before


def test_the_api_server_itself_refuses_no_privileged_pod(cluster: Cluster) -> None:
    container = {"name": "base", "image": "local.invalid/task:1", "securityContext": {"privileged": True}}
    pod = {"metadata": {"name": "privileged"}, "spec": {"containers": [container]}}

    assert cluster.api().call("POST", "/api/v1/namespaces/default/pods", pod, dryRun="All")["kind"] == "Pod"


def test_the_operators_user_is_who_the_cluster_knows_it_as(cluster: Cluster) -> None:
    assert who_am_i(cluster.api("mwaa-service")) == {
        "username": "mwaa-service",
        "groups": ["airflow-tasks", "system:authenticated"],
        "extra": who_am_i(cluster.api("mwaa-service"))["extra"],
    }


def test_a_user_that_was_added_has_no_rights_but_its_groups(cluster: Cluster) -> None:
    api = Api(cluster.add_user("somebody", "people"))

    with pytest.raises(ApiError, match='User "somebody" cannot list resource "pods"'):
        api.call("GET", "/api/v1/pods")


def test_a_service_account_is_itself(cluster: Cluster) -> None:
    api = Api(cluster.add_service_account("default", "default"))

    assert who_am_i(api)["username"] == "system:serviceaccount:default:default"


def test_only_the_owner_may_read_keys_and_kubeconfigs(cluster: Cluster) -> None:
    secret = [*cluster.folder.glob("**/*.key"), *cluster.folder.glob("*.kubeconfig")]

    assert {file.stat().st_mode & 0o777 for file in [cluster.folder / "pki", *secret]} == {0o700, 0o600}


def test_what_was_killed_is_put_right_by_the_next_up_and_nothing_is_lost(another_cluster: Cluster) -> None:
    cluster = another_cluster
    cluster.api().call("POST", "/api/v1/namespaces", {"metadata": {"name": "kept"}})
    cluster.processes.signal("kube-apiserver", signal.SIGKILL)
    cluster.processes.signal("kube-scheduler", signal.SIGKILL)

    cluster.up()

    assert cluster.api().get("/api/v1/namespaces/kept") is not None


def test_two_clusters_side_by_side_do_not_know_each_other(cluster: Cluster, neighbour: Cluster) -> None:
    neighbour.api().call("POST", "/api/v1/namespaces", {"metadata": {"name": "elsewhere"}})

    assert cluster.api().get("/api/v1/namespaces/elsewhere") is None


def test_a_cluster_does_not_trust_the_users_of_another(cluster: Cluster, neighbour: Cluster) -> None:
    file = neighbour.kubeconfig("stranger")
    config = cluster.kubeconfig().read_text().replace(cluster.server, neighbour.server)
    ours = neighbour.kubeconfig().read_text().split('"certificate-authority-data": "')[1].split('"')[0]
    theirs = config.split('"certificate-authority-data": "')[1].split('"')[0]
    file.write_text(config.replace(theirs, ours))

    with pytest.raises(ApiError, match=r"^401 "):
        Api(file).call("GET", "/api/v1/namespaces")


@pytest.mark.parametrize("killed", ["etcd", "kube-apiserver", "outside"])
def test_down_leaves_nothing_after_any_part_was_killed(another_cluster: Cluster, killed: str) -> None:
    running = [psutil.Process(pid) for pid in pids(another_cluster).values()]
    another_cluster.processes.signal(killed, signal.SIGKILL)

    another_cluster.down()

    left = [process for process in running if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert (left, another_cluster.folder.exists()) == ([], False)


@pytest.mark.parametrize("after_s", [0.3, 2])
def test_down_leaves_nothing_after_the_starter_was_killed(binaries: Path, tmp_path: Path, after_s: float) -> None:
    cluster = Cluster(tmp_path / "killed", binaries)
    _up_killed_after(after_s, cluster)

    cluster.down()

    assert (_processes_that_name(cluster.folder), cluster.folder.exists()) == ([], False)


def test_a_port_that_was_taken_meanwhile_is_not_insisted_upon(
    binaries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(tmp_path / "cluster", binaries)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1], free_port()])
        monkeypatch.setattr("airflow_infra.cluster.cluster.free_port", lambda: next(ports))
        cluster.up()
    is_up = cluster.is_up()
    cluster.down()

    assert is_up


def test_an_up_that_was_killed_is_repaired_by_the_next(binaries: Path, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "killed", binaries)
    _up_killed_after(1, cluster)

    cluster.up()
    is_up = cluster.is_up()
    cluster.down()

    assert is_up


def _up_killed_after(seconds: float, cluster: Cluster) -> None:
    starter = subprocess.Popen([sys.executable, "-c", UP, cluster.folder, cluster.binaries])
    time.sleep(seconds)
    starter.kill()
    starter.wait()


def _processes_that_name(folder: Path) -> list[str]:
    """Command lines of processes that work in a folder."""
    return [
        " ".join(process.info["cmdline"] or [])
        for process in psutil.process_iter(["cwd", "cmdline"])
        if process.info["cwd"] == str(folder) or str(folder) in " ".join(process.info["cmdline"] or [])
    ]
