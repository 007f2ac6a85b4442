from typing import Any

import pytest

from airflow_infra.assurance.admission.validation import validate
from airflow_infra.policies.library import Manifest
from tests.assurance.admission.pods import pod

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def paths(made: Manifest) -> list[str | None]:
    return [found.path for found in validate(made)]


def container(**fields: Any) -> list[str | None]:
    return paths(pod(fields))


def test_an_ordinary_pod_is_valid() -> None:
    assert validate(pod({"securityContext": {"runAsUser": 1}, "ports": [{"containerPort": 80}]})) == ()


def test_a_pod_needs_a_container() -> None:
    assert paths(pod(containers=[])) == ["spec.containers"]


@pytest.mark.parametrize("name", ["Upper", "a_b", "-a", "a" * 254, "a..b", "a/b"])
def test_a_name_is_a_dns_subdomain(name: str) -> None:
    made = pod()
    made["metadata"]["name"] = name
    assert paths(made) == ["metadata.name"]


def test_a_pod_needs_a_name_or_the_beginning_of_one() -> None:
    made = pod()
    del made["metadata"]["name"]
    assert paths(made) == ["metadata.name"]
    made["metadata"]["generateName"] = "task-"
    assert paths(made) == []


@pytest.mark.parametrize("name", ["Upper", "a.b", "a" * 64, ""])
def test_a_containers_name_is_a_dns_label(name: str) -> None:
    assert container(name=name) == ["spec.containers[0].name"]


@pytest.mark.parametrize("field", ["containers", "initContainers"])
def test_containers_of_all_kinds_share_their_names(field: str) -> None:
    made = pod({"name": "a"})
    made["spec"].setdefault(field, []).append({"name": "a", "image": "b"})
    assert paths(made) == [f"spec.{field}[{len(made['spec'][field]) - 1}].name"]


def test_an_image_is_required() -> None:
    assert container(image="") == ["spec.containers[0].image"]


def test_ephemeral_containers_come_later() -> None:
    assert paths(pod(ephemeralContainers=[{"name": "debug", "image": "a"}])) == ["spec.ephemeralContainers"]


@pytest.mark.parametrize(
    ("resources", "path"),
    [
        ({"requests": {"cpu": "-1"}}, "requests.cpu"),
        ({"requests": {"gpu": "1"}}, "requests.gpu"),
        ({"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}, "requests"),
        ({"requests": {"nvidia.com/gpu": "1"}}, "limits"),
        ({"requests": {"nvidia.com/gpu": "1"}, "limits": {"nvidia.com/gpu": "2"}}, "requests"),
        ({"limits": {"nvidia.com/gpu": "1.5"}}, "limits.nvidia.com/gpu"),
    ],
)
def test_resources_are_known_and_within_their_limits(resources: Manifest, path: str) -> None:
    assert container(resources=resources) == [f"spec.containers[0].resources.{path}"]


@pytest.mark.parametrize(
    "resources",
    [
        {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1024Mi"}},
        {"requests": {"nvidia.com/gpu": "1"}, "limits": {"nvidia.com/gpu": "1"}},
        {"requests": {"ephemeral-storage": "1Gi", "hugepages-2Mi": "2Mi"}, "limits": {"hugepages-2Mi": "2Mi"}},
    ],
)
def test_resources_that_fit_are_valid(resources: Manifest) -> None:
    assert container(resources=resources) == []


def test_the_defaults_of_mutation_may_contradict_a_pod() -> None:
    context = {"allowPrivilegeEscalation": False, "privileged": True, "capabilities": {"add": ["CAP_SYS_ADMIN"]}}
    assert container(securityContext=context) == ["spec.containers[0].securityContext"] * 2


@pytest.mark.parametrize(
    ("context", "path"),
    [
        ({"runAsUser": -1}, "runAsUser"),
        ({"procMount": "Open"}, "procMount"),
        ({"procMount": "Unmasked"}, "procMount"),
        ({"seccompProfile": {"type": "None"}}, "seccompProfile.type"),
        ({"seccompProfile": {"type": "Localhost"}}, "seccompProfile.localhostProfile"),
        ({"seccompProfile": {"type": "Localhost", "localhostProfile": "../a"}}, "seccompProfile.localhostProfile"),
        ({"seccompProfile": {"type": "Unconfined", "localhostProfile": "a"}}, "seccompProfile.localhostProfile"),
        ({"appArmorProfile": {"type": "Localhost", "localhostProfile": ""}}, "appArmorProfile.localhostProfile"),
    ],
)
def test_a_security_context_means_something(context: Manifest, path: str) -> None:
    assert container(securityContext=context) == [f"spec.containers[0].securityContext.{path}"]


@pytest.mark.parametrize(
    ("ports", "path"),
    [
        ([{"containerPort": 0}], "[0].containerPort"),
        ([{"containerPort": 80, "hostPort": 70_000}], "[0].hostPort"),
        ([{"containerPort": 80, "protocol": "ICMP"}], "[0].protocol"),
        ([{"containerPort": 80, "name": "Web"}], "[0].name"),
        ([{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}], "[1].name"),
        ([{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}], "[1].hostPort"),
    ],
)
def test_ports_are_ports(ports: list[Manifest], path: str) -> None:
    assert container(ports=ports) == [f"spec.containers[0].ports{path}"]


@pytest.mark.parametrize(
    ("mount", "path"),
    [
        ({"name": "none", "mountPath": "/b"}, "name"),
        ({"name": "a"}, "mountPath"),
        ({"name": "a", "mountPath": "/a"}, "mountPath"),
        ({"name": "a", "mountPath": "/b", "subPath": "../c"}, "subPath"),
    ],
)
def test_a_mount_is_of_a_volume_of_the_pod(mount: Manifest, path: str) -> None:
    mounts = [{"name": "a", "mountPath": "/a"}, mount]
    made = pod({"volumeMounts": mounts}, volumes=[{"name": "a", "emptyDir": {}}])
    assert paths(made) == [f"spec.containers[0].volumeMounts[1].{path}"]


@pytest.mark.parametrize(
    ("volume", "path"),
    [
        ({"name": "a", "emptyDir": {}}, ".name"),
        ({"name": "B", "emptyDir": {}}, ".name"),
        ({"name": "b", "emptyDir": {}, "configMap": {"name": "a"}}, ""),
        ({"name": "b", "configMap": {}}, ".configMap.name"),
        ({"name": "b", "hostPath": {"path": "/a/../b"}}, ".hostPath.path"),
        ({"name": "b", "hostPath": {"path": "/a", "type": "Any"}}, ".hostPath.type"),
        ({"name": "b", "emptyDir": {"sizeLimit": "-1"}}, ".emptyDir.sizeLimit"),
        ({"name": "b", "csi": {"driver": "a b"}}, ".csi.driver"),
        (
            {"name": "b", "projected": {"sources": [{"serviceAccountToken": {"path": "a", "expirationSeconds": 5}}]}},
            ".projected.sources[0].serviceAccountToken.expirationSeconds",
        ),
    ],
)
def test_a_volume_has_a_name_and_one_source(volume: Manifest, path: str) -> None:
    assert paths(pod(volumes=[{"name": "a", "emptyDir": {}}, volume])) == [f"spec.volumes[1]{path}"]


@pytest.mark.parametrize(
    ("toleration", "path"),
    [
        ({"key": "a", "operator": "In"}, "operator"),
        ({"operator": "Equal"}, "operator"),
        ({"key": "a", "operator": "Exists", "value": "b"}, "operator"),
        ({"key": "a", "operator": "Gt", "value": "1"}, "operator"),
        ({"key": "a", "effect": "Never"}, "effect"),
        ({"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5}, "effect"),
        ({"key": "a b"}, "key"),
        ({"key": "a", "value": "b c"}, "value"),
    ],
)
def test_a_toleration_makes_sense(toleration: Manifest, path: str) -> None:
    assert paths(pod(tolerations=[{"operator": "Exists"}, toleration])) == [f"spec.tolerations[1].{path}"]


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ({"key": "a", "operator": "In"}, "values"),
        ({"key": "a", "operator": "Exists", "values": ["b"]}, "values"),
        ({"key": "a", "operator": "Gt", "values": ["1", "2"]}, "values"),
        ({"key": "a", "operator": "Like", "values": ["b"]}, "operator"),
        ({"key": "a b", "operator": "Exists"}, "key"),
        ({"key": "a", "operator": "In", "values": ["b c"]}, "values[0]"),
    ],
)
def test_an_affinity_makes_sense(expression: Manifest, path: str) -> None:
    affinity = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}}
    at = f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].{path}"
    assert paths(pod(affinity=affinity)) == [at]


def test_an_affinity_has_terms() -> None:
    affinity = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}}
    assert paths(pod(affinity=affinity)) == [f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms"]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"restartPolicy": "Sometimes"}, "restartPolicy"),
        ({"priorityClassName": "own"}, "priorityClassName"),
        ({"priorityClassName": "system-node-critical", "priority": 5}, "priority"),
        ({"priority": 5}, "priority"),
        ({"runtimeClassName": "gvisor"}, "runtimeClassName"),
        ({"nodeSelector": {"a": "b c"}}, "nodeSelector.a"),
        ({"activeDeadlineSeconds": 0}, "activeDeadlineSeconds"),
        ({"hostUsers": False, "hostPID": True}, "hostPID"),
        ({"hostPID": True, "shareProcessNamespace": True}, "shareProcessNamespace"),
    ],
)
def test_fields_of_the_pod_make_sense(spec: Manifest, path: str) -> None:
    assert paths(pod(**spec)) == [f"spec.{path}"]


def test_a_message_says_where_and_what() -> None:
    (found,) = validate(pod(restartPolicy="Sometimes"))
    expected = "spec.restartPolicy: expected one of Always, OnFailure, Never, got 'Sometimes'"
    assert (found.by, found.message) == ("api server", expected)
