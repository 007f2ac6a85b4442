"""Nothing leaves the machine, and no credential of the developer's is used."""

import os
import socket
from pathlib import Path
from typing import Any

import grpc
import pytest

from airflow_infra.rehearsal.hermetic import NotLoopbackError, check_target, clean_environment, hermetic
from airflow_infra.rehearsal.rehearsal import Rehearsal
from tests.rehearsal.engine.fake_cloud import FakeCloud
from tests.rehearsal.engine.programs import program

REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEXAMPLE",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "https://example.com",
    "KUBECONFIG": "/home/somebody/.kube/config",
    "PULUMI_ACCESS_TOKEN": "pul-0000",
    "https_proxy": "http://proxy.example.com:3128",
    "VAULT_TOKEN": "hvs.0000",
}
OUTSIDE = ("192.0.2.1", 443)


@pytest.fixture
def developer(monkeypatch, tmp_path) -> Path:
    """A machine whose environment and home are full of credentials."""
    for name, value in REAL_LOOKING.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n")
    return tmp_path


def test_credentials_are_put_aside(tmp_path):
    cleaned = clean_environment({**REAL_LOOKING, "PATH": "/bin", "LANG": "C"}, tmp_path)
    assert not set(REAL_LOOKING.values()) & set(cleaned.values())


def test_the_rest_of_the_environment_stays(tmp_path):
    assert clean_environment({"PATH": "/bin"}, tmp_path)["PATH"] == "/bin"


def test_the_environment_is_given_back(developer, tmp_path):
    before = dict(os.environ)
    with hermetic(tmp_path):
        os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
    assert dict(os.environ) == before


def test_a_connection_beyond_the_machine_is_refused(tmp_path):
    with hermetic(tmp_path), socket.socket() as connection, pytest.raises(NotLoopbackError, match=r"192\.0\.2\.1"):
        connection.connect(OUTSIDE)


def test_a_datagram_beyond_the_machine_is_refused(tmp_path):
    with (
        hermetic(tmp_path),
        socket.socket(type=socket.SOCK_DGRAM) as connection,
        pytest.raises(NotLoopbackError, match=r"192\.0\.2\.1"),
    ):
        connection.sendto(b"hello", OUTSIDE)


def test_a_name_is_not_even_looked_up(tmp_path):
    with hermetic(tmp_path), pytest.raises(NotLoopbackError, match=r"sts\.amazonaws\.com"):
        socket.create_connection(("sts.amazonaws.com", 443))


def test_this_machine_stays_reachable(tmp_path):
    with hermetic(tmp_path), socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


@pytest.mark.parametrize("channel", [grpc.insecure_channel, grpc.aio.insecure_channel])
def test_a_grpc_channel_beyond_the_machine_is_refused(tmp_path, channel):
    module = grpc.aio if channel is grpc.aio.insecure_channel else grpc
    with hermetic(tmp_path), pytest.raises(NotLoopbackError, match="example"):
        module.insecure_channel("example.com:443")


@pytest.mark.parametrize(
    "target",
    [
        "127.0.0.1:80",
        "localhost:80",
        "[::1]:80",
        "ipv4:127.0.0.1:80",
        "ipv6:[::1]:80",
        "dns:///localhost:80",
        "unix:/x",
    ],
)
def test_grpc_targets_on_this_machine_are_allowed(target):
    check_target(target)


@pytest.mark.parametrize(
    "target",
    [
        "10.0.0.1:80",
        "ipv4:127.0.0.1:80,10.0.0.1:80",
        "dns:///example.com",
        "dns://8.8.8.8/localhost",
        "xds:///localhost",
    ],
)
def test_other_grpc_targets_are_refused(target):
    with pytest.raises(NotLoopbackError):
        check_target(target)


def test_everything_is_reachable_again_afterwards(tmp_path):
    with hermetic(tmp_path):
        pass
    grpc.insecure_channel("example.com:443").close()


PROBE = """
    import json, os, socket
    import grpc

    def attempt(work):
        try:
            work()
        except PermissionError as error:
            return "refused"
        return "reached"

    home = os.path.expanduser("~")
    pulumi.export("environment", json.dumps(dict(os.environ)))
    pulumi.export("home", sorted(os.listdir(home)))
    pulumi.export("socket", attempt(lambda: socket.create_connection(("192.0.2.1", 443), timeout=1)))
    pulumi.export("grpc", attempt(lambda: grpc.insecure_channel("192.0.2.1:443")))
"""


@pytest.fixture
def seen_by_the_program(developer, tmp_path_factory) -> dict[str, Any]:
    with Rehearsal(program(tmp_path_factory.mktemp("probe"), PROBE), FakeCloud().entered) as rehearsal:
        rehearsal.up()
    assert rehearsal.result.errors == []
    return rehearsal.result.outputs


def test_a_program_finds_no_credentials_and_reaches_nothing(seen_by_the_program):
    found = [value for value in REAL_LOOKING.values() if value in seen_by_the_program["environment"]]
    assert (found, seen_by_the_program["home"], seen_by_the_program["socket"], seen_by_the_program["grpc"]) == (
        [],
        [],
        "refused",
        "refused",
    )


def test_the_surroundings_find_no_credentials(developer, tmp_path_factory):
    class Curious(FakeCloud):
        def entered(self):
            self.seen = dict(os.environ)
            return super().entered()

    cloud = Curious()
    with Rehearsal(program(tmp_path_factory.mktemp("probe"), ""), cloud.entered):
        pass
    assert not set(REAL_LOOKING.values()) & set(cloud.seen.values())
