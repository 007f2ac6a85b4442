"""Gatekeeper outside the cluster, as its release says; and what holds when it is down, slow, or not to be trusted."""

import copy
import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from airflow_infra.cluster.api import MERGE, Api, ApiError, Manifest
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.errors import ClusterError
from airflow_infra.cluster.outside.gatekeeper import PUT_IN_OTHER_WORDS
from airflow_infra.cluster.release import NAMESPACE, Gatekeeper

DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
CONTROLLER = f"{DEPLOYMENTS}/gatekeeper-controller-manager"
PODS = "/api/v1/namespaces/default/pods"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1"

TEMPLATE: Manifest = {
    "apiVersion": "templates.gatekeeper.sh/v1",
    "kind": "ConstraintTemplate",
    "metadata": {"name": "nohostnames"},
    "spec": {
        "crd": {"spec": {"names": {"kind": "NoHostNames"}}},
        "targets": [
            {
                "target": "admission.k8s.gatekeeper.sh",
                "code": [
                    {
                        "engine": "K8sNativeValidation",
                        "source": {
                            "validations": [
                                {"expression": "!has(object.spec.hostname)", "message": "a pod has no host name"}
                            ]
                        },
                    }
                ],
            }
        ],
    },
}
PODS_ONLY = {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]}
CONSTRAINT: Manifest = {
    "apiVersion": "constraints.gatekeeper.sh/v1beta1",
    "kind": "NoHostNames",
    "metadata": {"name": "nohostnames"},
    "spec": {"match": {**PODS_ONLY, "excludedNamespaces": ["kube-system"]}},
}
MUTATOR: Manifest = {
    "apiVersion": "mutations.gatekeeper.sh/v1",
    "kind": "Assign",
    "metadata": {"name": "terminate-soon"},
    "spec": {
        "applyTo": [{"groups": [""], "versions": ["v1"], "kinds": ["Pod"]}],
        "match": {"scope": "Namespaced", **PODS_ONLY},
        "location": "spec.activeDeadlineSeconds",
        "parameters": {"assign": {"value": 77}},
    },
}


def task(**spec: Any) -> Manifest:
    return {"metadata": {"name": "task"}, "spec": {"containers": [{"name": "base", "image": "task:1"}], **spec}}


def create(api: Api, pod: Manifest, path: str = PODS) -> Manifest:
    return api.call("POST", path, pod, dryRun="All")


def refusal(api: Api) -> str:
    """Why a pod with a host name is refused; nothing where it is not."""
    try:
        create(api, task(hostname="me"))
    except ApiError as error:
        return str(error)
    return ""


def until(settled: Callable[[], Any]) -> bool:
    last_call = time.monotonic() + 40
    while not settled():
        if time.monotonic() > last_call:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(scope="module")
def own_cluster(binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("gatekeeper") / "cluster", binaries)
    cluster.up()
    yield cluster
    cluster.down()


@pytest.fixture(scope="module")
def installed(own_cluster: Cluster, platform_values: dict[str, Any]) -> Gatekeeper:
    """Gatekeeper with a policy and a mutation, both at work."""
    gatekeeper = Gatekeeper(own_cluster)
    gatekeeper.install(platform_values)
    api = own_cluster.api()
    api.apply(TEMPLATE, MUTATOR)
    api.apply(CONSTRAINT, patience_s=30)
    assert until(lambda: "ValidatingAdmissionPolicy" in refusal(api))
    assert until(lambda: create(api, task())["spec"].get("activeDeadlineSeconds") == 77)
    return gatekeeper


@pytest.fixture
def api(own_cluster: Cluster) -> Api:
    return own_cluster.api()


@pytest.fixture
def trouble(installed: Gatekeeper, own_cluster: Cluster) -> Iterator[Gatekeeper]:
    """Gatekeeper, to be hurt: afterwards it is well again.

    A Gatekeeper that starts deletes the bindings of its policies and makes them again: for up to a second, or longer
    where a template is new, the API server alone refuses nothing.
    """
    assert until(lambda: "ValidatingAdmissionPolicy" in refusal(own_cluster.api()))
    yield installed
    installed.revive()


def test_each_pod_of_the_release_is_a_process_of_its_own(installed: Gatekeeper) -> None:
    assert [name.rsplit("-", 2)[0] for name in installed.processes()] == [
        "pod.gatekeeper-audit",
        "pod.gatekeeper-controller-manager",
        "pod.gatekeeper-controller-manager",
    ]


@pytest.mark.parametrize("deployment", ["gatekeeper-audit", "gatekeeper-controller-manager"])
def test_it_runs_with_the_flags_of_the_release(
    installed: Gatekeeper, own_cluster: Cluster, api: Api, deployment: str
) -> None:
    container = api.call("GET", f"{DEPLOYMENTS}/{deployment}")["spec"]["template"]["spec"]["containers"][0]
    released = [flag for flag in container["args"] if flag.split("=")[0].lstrip("-") not in PUT_IN_OTHER_WORDS]
    name = next(name for name in installed.processes() if name.startswith(f"pod.{deployment}"))

    running = psutil.Process(own_cluster.parts()[name]).cmdline()[1:]

    assert running[: len(released)] == released


def test_it_listens_on_loopback_only(installed: Gatekeeper, own_cluster: Cluster) -> None:
    addresses = {
        connection.laddr.ip
        for name in installed.processes()
        for connection in psutil.Process(own_cluster.parts()[name]).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert addresses == {"127.0.0.1"}


def test_the_webhooks_are_called_as_the_release_registers_them(installed: Gatekeeper, api: Api) -> None:
    hooks = api.call("GET", f"{WEBHOOKS}/validatingwebhookconfigurations/gatekeeper-validating-webhook-configuration")

    clients = [hook["clientConfig"] for hook in hooks["webhooks"]]

    assert [client["service"]["name"] for client in clients] == ["gatekeeper-webhook-service"] * 2


def test_it_is_the_releases_service_account(installed: Gatekeeper, own_cluster: Cluster) -> None:
    kubeconfig = next(own_cluster.folder.glob("pods/*/kubeconfig"))

    assert json.loads(kubeconfig.read_text())["users"][0]["name"] == (
        f"system:serviceaccount:{NAMESPACE}:gatekeeper-admin"
    )


def test_all_of_it_needs_less_than_a_gigabyte(installed: Gatekeeper, own_cluster: Cluster) -> None:
    resident = {name: psutil.Process(pid).memory_info().rss for name, pid in own_cluster.parts().items()}

    assert sum(resident.values()) < 2**30, {name: size >> 20 for name, size in resident.items()}


def test_what_was_killed_comes_back_by_itself(installed: Gatekeeper, own_cluster: Cluster) -> None:
    name = installed.processes()[0]
    before = own_cluster.parts()[name]

    own_cluster.processes.signal(name, signal.SIGKILL)

    assert until(lambda: own_cluster.parts().get(name) not in (None, before))


def test_a_flag_that_is_not_known_here_is_reported_and_not_run(trouble: Gatekeeper, api: Api) -> None:
    deployment = api.call("GET", CONTROLLER)
    template = copy.deepcopy(deployment["spec"]["template"])
    template["spec"]["containers"][0]["args"].append("--enable-remote-cluster")
    api.call("PATCH", CONTROLLER, {"spec": {"template": template}}, MERGE)
    try:
        with pytest.raises(ClusterError, match="--enable-remote-cluster: not known how to carry this over"):
            trouble.await_ready()
    finally:
        api.call("PATCH", CONTROLLER, {"spec": {"template": deployment["spec"]["template"]}}, MERGE)
        assert until(lambda: not trouble.problems())


def test_killed_what_is_refused_stays_refused(trouble: Gatekeeper, api: Api) -> None:
    trouble.kill()

    assert "ValidatingAdmissionPolicy" in refusal(api)


def test_killed_nothing_is_mutated(trouble: Gatekeeper, api: Api) -> None:
    trouble.kill()

    assert "activeDeadlineSeconds" not in create(api, task())["spec"]


@pytest.mark.parametrize("hurt", [Gatekeeper.kill, Gatekeeper.hold, Gatekeeper.expire])
def test_whatever_ails_it_system_namespaces_are_not_blocked(
    trouble: Gatekeeper, api: Api, hurt: Callable[[Gatekeeper], None]
) -> None:
    hurt(trouble)

    assert create(api, task(), "/api/v1/namespaces/kube-system/pods")["kind"] == "Pod"


@pytest.mark.parametrize("hurt", [Gatekeeper.hold, Gatekeeper.expire])
def test_slow_or_not_to_be_trusted_what_is_refused_stays_refused(
    trouble: Gatekeeper, api: Api, hurt: Callable[[Gatekeeper], None]
) -> None:
    hurt(trouble)

    assert "ValidatingAdmissionPolicy" in refusal(api)


def test_slow_it_is_not_waited_for_longer_than_the_webhooks_say(
    trouble: Gatekeeper, own_cluster: Cluster, api: Api
) -> None:
    trouble.hold()

    create(api, task())

    assert "context deadline exceeded" in own_cluster.processes.tail("kube-apiserver", 30)


def test_an_expired_certificate_is_not_trusted(trouble: Gatekeeper, own_cluster: Cluster, api: Api) -> None:
    trouble.expire()

    assert until(
        lambda: create(api, task()) and "certificate has expired" in own_cluster.processes.tail("kube-apiserver", 30)
    )


def test_deleted_its_processes_end_and_its_node_is_gone(own_cluster: Cluster, installed: Gatekeeper, api: Api) -> None:
    for webhooks in ("validating", "mutating"):
        name = f"gatekeeper-{webhooks}-webhook-configuration"
        api.call("DELETE", f"{WEBHOOKS}/{webhooks}webhookconfigurations/{name}")
    for deployment in ("gatekeeper-audit", "gatekeeper-controller-manager"):
        api.call("DELETE", f"{DEPLOYMENTS}/{deployment}")

    assert until(
        lambda: (
            not [name for name in own_cluster.parts() if name.startswith("pod.")]
            and api.call("GET", "/api/v1/nodes")["items"] == []
        )
    )
