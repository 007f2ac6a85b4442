"""Which API servers `rehearse --kubeconfig` does not take, and what becomes of one that it takes."""

import json
import socket
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from airflow_infra.cli import surroundings
from airflow_infra.cli.app import UsageError
from airflow_infra.cli.surroundings import real_api_server
from airflow_infra.cluster.errors import ClusterError
from airflow_infra.rehearsal.providers.kubernetes.client import Reference
from airflow_infra.rehearsal.providers.kubernetes.errors import UnansweredError
from airflow_infra.settings.readers import load_stack

STACK = load_stack("dev", Path(__file__).parents[2], as_of=date(2026, 11, 22))
NAMESPACES = "/api/v1/namespaces"


class ApiServer(BaseHTTPRequestHandler):
    """Answers as an API server that holds little."""

    status = 200
    version = "1.36.3"
    namespaces = ("default",)

    def do_GET(self) -> None:
        major, minor, _ = self.version.split(".")
        answer: dict[str, object] = {"message": "User cannot list resource namespaces"}
        if self.path == "/version":
            answer = {"major": major, "minor": minor, "gitVersion": f"v{self.version}"}
        elif self.status == 200 and self.path == "/api/v1":
            answer = {"resources": [{"name": "namespaces", "kind": "Namespace", "namespaced": False, "verbs": []}]}
        elif self.status == 200 and self.path == NAMESPACES:
            answer = {"items": [{"metadata": {"name": name}} for name in self.namespaces]}
        elif self.status == 200:
            answer = {"resources": [], "groups": []}
        self.send_response(200 if self.path == "/version" else self.status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has
        del format, args


@pytest.fixture
def address() -> Iterator[str]:
    """Where an API server listens."""
    with HTTPServer(("127.0.0.1", 0), ApiServer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def kubeconfig(folder: Path, server: str) -> Path:
    document = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    file = folder / ".cluster/other/admin.kubeconfig"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(document))
    return file


def refusal(file: Path) -> str:
    """What a kubeconfig is refused with, without its name."""
    with pytest.raises(UsageError) as refused:
        real_api_server(STACK, file)
    return str(refused.value).removeprefix(f"--kubeconfig {file}: ")


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none") == "there is no such file; `make cluster` makes one and says where"


def test_an_api_server_elsewhere_is_not_on_this_machine(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "https://192.0.2.1:6443")
    assert refusal(file) == "https://192.0.2.1:6443 is not on this machine: expected a loopback address"


def test_where_nothing_answers_the_way_to_look_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        server = f"https://127.0.0.1:{taken.getsockname()[1]}"
        said = refusal(kubeconfig(tmp_path, server))
    assert said == f"nothing answers at {server}: is the cluster up? airflow-infra cluster status --name other"


@pytest.mark.parametrize("status", [401, 403])
def test_a_user_without_rights_is_told_whose_kubeconfig_is_expected(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(ApiServer, "status", status)
    said = refusal(kubeconfig(tmp_path, address))
    assert said == (
        "its user may not look around (User cannot list resource namespaces); "
        "expected an administrator's, such as admin.kubeconfig"
    )


def test_an_api_server_of_another_minor_is_refused(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApiServer, "version", "1.30.1")
    said = refusal(kubeconfig(tmp_path, address))
    assert said.startswith("its API server is Kubernetes v1.30.1; expected 1.36, eks.cluster.kubernetes_version")


def test_one_in_use_is_refused_and_the_advice_takes_no_cluster_down(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApiServer, "namespaces", ("default", "mine"))
    said = refusal(kubeconfig(tmp_path, address))
    assert said.startswith("its API server is in use (namespaces mine)")
    assert said.endswith("Make another: airflow-infra cluster up --name NAME, a name of your choice")


class Server:
    """An API server on which something was applied."""

    host = "https://127.0.0.1:6443"

    def __init__(self, restoring: BaseException | None = None) -> None:
        self.restoring = restoring
        self.restored = False

    def restore(self) -> None:
        if self.restoring:
            raise self.restoring
        self.restored = True

    def left(self) -> list[Reference]:
        return [Reference("v1", "Namespace", None, "airflow"), Reference("v1", "Namespace", None, "gatekeeper-system")]


def rehearsed(monkeypatch: pytest.MonkeyPatch, server: Server, error: type[BaseException] | None = None) -> None:
    """Rehearse on a server, until something goes wrong."""
    monkeypatch.setattr(surroundings, "real_api_server", lambda stack, kubeconfig: server)
    monkeypatch.setattr(surroundings, "emulated_aws", lambda settings, server: nullcontext())
    with surroundings.on_api_server(STACK, Path(".cluster/other/admin.kubeconfig")):
        if error is not None:
            raise error


def test_an_api_server_is_restored_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    rehearsed(monkeypatch, server)
    assert server.restored


def test_an_interrupt_says_that_it_is_restored_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server()
    with pytest.raises(KeyboardInterrupt):
        rehearsed(monkeypatch, server, KeyboardInterrupt)
    assert capsys.readouterr().err == (
        "interrupted: taking down what was applied to the API server; press Ctrl-C again to leave it there\n"
    )
    assert server.restored


def test_a_second_interrupt_says_what_stays_and_how_to_get_rid_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        rehearsed(monkeypatch, Server(KeyboardInterrupt()), KeyboardInterrupt)
    assert capsys.readouterr().err.splitlines()[1] == (
        "What stays on https://127.0.0.1:6443: 2 Namespace. To get rid of it: "
        "airflow-infra cluster down --name other, then airflow-infra cluster up --name other"
    )


def test_a_server_that_has_gone_meanwhile_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClusterError, match="nothing answers at x any more: what was applied may still be there"):
        rehearsed(monkeypatch, Server(UnansweredError("nothing answers at x")))
