"""How a pod of Gatekeeper's release becomes a process."""

import copy
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.cluster.outside.gatekeeper import Place, plan, webhook_ports

PLACE = Place(Path("/bin/gatekeeper"), Path("/pods/1"), 4711, 4712)
NAME = {"fieldRef": {"fieldPath": "metadata.name"}}
POD: dict[str, Any] = {
    "metadata": {"name": "gatekeeper-1", "namespace": "gatekeeper-system"},
    "spec": {
        "containers": [
            {
                "name": "manager",
                "image": "openpolicyagent/gatekeeper:v3.23.1",
                "command": ["/manager"],
                "args": [
                    "--port=8443",
                    "--log-denies=true",
                    "--operation=webhook",
                    "--disable-opa-builtin={http.send}",
                ],
                "env": [
                    {"name": "POD_NAME", "valueFrom": NAME},
                    {"name": "RESOURCE", "value": "pod=$(POD_NAME),$(UNSET)"},
                ],
                "ports": [
                    {"containerPort": 8443, "name": "webhook-server"},
                    {"containerPort": 9090, "name": "healthz"},
                ],
                "volumeMounts": [
                    {"mountPath": "/certs", "name": "cert"},
                    {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "token"},
                ],
            }
        ],
        "volumes": [{"name": "cert", "secret": {"secretName": "cert"}}, {"name": "token", "projected": {}}],
    },
}


def changed(**container: Any) -> dict[str, Any]:
    pod = copy.deepcopy(POD)
    pod["spec"]["containers"][0] |= container
    return pod


def test_flags_that_mean_the_same_come_first_and_as_they_are() -> None:
    command = plan(POD, PLACE, "v3.23.1").command

    assert command[:4] == (
        "/bin/gatekeeper",
        "--log-denies=true",
        "--operation=webhook",
        "--disable-opa-builtin={http.send}",
    )


def test_it_listens_where_it_is_put() -> None:
    command = plan(POD, PLACE, "v3.23.1").command

    assert {"--host=127.0.0.1", "--port=4711", "--health-addr=127.0.0.1:4712"} < set(command)


def test_variables_have_the_pods_values() -> None:
    assert plan(POD, PLACE, "v3.23.1").environment == {
        "POD_NAME": "gatekeeper-1",
        "RESOURCE": "pod=gatekeeper-1,$(UNSET)",
    }


@pytest.mark.parametrize(
    ("pod", "problem"),
    [
        (changed(args=["--brand-new"]), "--brand-new: not known how to carry this over"),
        (changed(args=["--debug-use-fake-pod"]), "--debug-use-fake-pod: not known"),
        (changed(args=["--kubeconfig=/etc/kubeconfig"]), "--kubeconfig=/etc/kubeconfig: not known"),
        (changed(args=["webhook"]), "webhook: not known"),
        (changed(command=["/bin/sh"]), "command"),
        (changed(image="openpolicyagent/gatekeeper:v3.22.0"), "the release runs openpolicyagent/gatekeeper:v3.22.0"),
        (changed(env=[{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "s"}}}]), "variable TOKEN"),
        (changed(envFrom=[{"configMapRef": {"name": "c"}}]), "envFrom"),
        (changed(volumeMounts=[{"mountPath": "/data", "name": "cert"}]), "the mount at /data"),
        (changed(volumeMounts=[{"mountPath": "/tmp/audit", "name": "cert"}]), "the mount at /tmp/audit"),
    ],
)
def test_what_cannot_be_carried_over_is_a_problem(pod: dict[str, Any], problem: str) -> None:
    assert [found for found in plan(pod, PLACE, "v3.23.1").problems if problem in found]


def test_a_pod_with_a_problem_has_no_command() -> None:
    assert plan(changed(args=["--brand-new"]), PLACE, "v3.23.1").command == ()


def test_a_second_container_is_a_problem() -> None:
    pod = copy.deepcopy(POD)
    pod["spec"]["containers"].append({"name": "sidecar", "image": "sidecar:1"})

    assert plan(pod, PLACE, "v3.23.1").problems


def test_a_service_may_call_the_webhooks_port_by_number_and_by_name() -> None:
    assert webhook_ports(POD) == {"8443", "webhook-server"}
