from typing import Any

import pytest

from airflow_infra.assurance.admission.pod_security import PodSecurity
from airflow_infra.policies.library import Manifest
from tests.assurance.admission.pods import pod


def reasons(made: Manifest, minor: str = "1.36") -> list[str]:
    found = PodSecurity(minor).findings(made)
    return [each.message.removeprefix('violates PodSecurity "baseline:latest": ') for each in found]


def context(**fields: Any) -> Manifest:
    return pod({"securityContext": fields})


CASES: list[tuple[Manifest, str]] = [
    (pod(hostNetwork=True, hostPID=True), "host namespaces (hostNetwork=true, hostPID=true)"),
    (context(privileged=True), 'privileged (container "c0" must not set securityContext.privileged=true)'),
    (
        pod(volumes=[{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "hostPath": {"path": "/"}}]),
        'hostPath volumes (volumes "a", "b")',
    ),
    (
        pod({"ports": [{"containerPort": 80, "hostPort": 80}]}, {"ports": [{"containerPort": 1, "hostPort": 81}]}),
        'hostPort (containers "c0", "c1" use hostPorts 80, 81)',
    ),
    (
        context(capabilities={"add": ["NET_RAW", "CHOWN"]}),
        'non-default capabilities (container "c0" must not include "NET_RAW" in securityContext.capabilities.add)',
    ),
    (
        context(procMount="Unmasked"),
        'procMount (container "c0" must not set securityContext.procMount to "Unmasked")',
    ),
    (
        pod({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, securityContext={
            "seccompProfile": {"type": "Unconfined"}
        }),
        'seccompProfile (pod and container "c0" must not set securityContext.seccompProfile.type to "Unconfined")',
    ),
    (
        pod(securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}),
        "forbidden sysctls (kernel.msgmax)",
    ),
    (
        context(seLinuxOptions={"type": "spc_t", "user": "root"}),
        'seLinuxOptions (container "c0" set forbidden securityContext.seLinuxOptions: type "spc_t"; '
        "user may not be set)",
    ),
    (
        pod(securityContext={"appArmorProfile": {"type": "Unconfined"}}),
        'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
    ),
    (
        context(windowsOptions={"hostProcess": True}),
        'hostProcess (container "c0" must not set securityContext.windowsOptions.hostProcess=true)',
    ),
    (
        pod({"livenessProbe": {"httpGet": {"port": 80, "host": "elsewhere"}}}),
        'probe or lifecycle host (container "c0" uses probe or lifecycle host "elsewhere")',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("made", "reason"), CASES, ids=[reason.partition(" (")[0] for _, reason in CASES])
def test_what_the_level_forbids_is_put_as_the_api_server_puts_it(made: Manifest, reason: str) -> None:
    assert reasons(made) == [reason]


def test_an_ordinary_pod_violates_nothing() -> None:
    context = {
        "capabilities": {"add": ["CHOWN"], "drop": ["ALL"]},
        "procMount": "Default",
        "seLinuxOptions": {"type": "container_t", "level": "s0"},
        "seccompProfile": {"type": "Localhost", "localhostProfile": "a"},
        "appArmorProfile": {"type": "RuntimeDefault"},
    }
    ports = [{"containerPort": 80, "hostPort": 0}]
    security = {"sysctls": [{"name": "net.ipv4.tcp_rmem", "value": "1"}]}
    made = pod({"securityContext": context, "ports": ports}, hostNetwork=False, securityContext=security)
    assert reasons(made) == []


@pytest.mark.parametrize("field", ["initContainers", "ephemeralContainers"])
def test_containers_of_all_kinds_count(field: str) -> None:
    made = pod()
    made["spec"][field] = [{"name": "other", "securityContext": {"privileged": True}}]
    assert reasons(made) == ['privileged (container "other" must not set securityContext.privileged=true)']


@pytest.mark.parametrize(("value", "count"), [("unconfined", 1), ("runtime/default", 0), ("localhost/a", 0), ("", 0)])
def test_the_annotation_of_app_armor_counts(value: str, count: int) -> None:
    made = pod()
    made["metadata"]["annotations"] = {"container.apparmor.security.beta.kubernetes.io/base": value}
    assert len(reasons(made)) == count


@pytest.mark.parametrize(("minor", "count"), [("1.33", 0), ("1.34", 1)])
def test_hosts_of_probes_are_judged_since_their_minor(minor: str, count: int) -> None:
    assert len(reasons(pod({"readinessProbe": {"tcpSocket": {"port": 80, "host": "a"}}}), minor)) == count


@pytest.mark.parametrize(("minor", "count"), [("1.34", 1), ("1.35", 0)])
def test_proc_mount_is_relaxed_in_a_user_namespace_since_its_minor(minor: str, count: int) -> None:
    assert len(reasons(pod({"securityContext": {"procMount": "Unmasked"}}, hostUsers=False), minor)) == count
