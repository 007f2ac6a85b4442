"""Verdicts on single pods."""

from copy import deepcopy
from typing import Any

import pytest
from check_samples import REGISTRY, checker, good_pod, new_checker, rich_pod, with_actions
from placement_samples import dev

from airflow_infra.assurance.check.types import Verdict

EVIL = {"name": "evil", "image": "evil.example/task:1", "securityContext": {"privileged": True}}


def refusers(verdict: Verdict) -> set[str]:
    return {finding.by for finding in verdict.refused_by}


def fitting(verdict: Verdict) -> list[str]:
    return [group.name for group in verdict.node_groups if group.fits]


def container(**fields: Any) -> dict[str, Any]:
    pod = good_pod()
    pod["spec"]["containers"][0] |= fields
    return pod


@pytest.mark.parametrize("group", ["standard", "high-memory"])
def test_the_contracts_pod_is_admitted_to_its_group(group: str) -> None:
    verdict = checker().check(good_pod(group))
    assert (verdict.verdict, verdict.refused_by) == ("admitted", ())
    assert fitting(verdict) == [group]


def test_a_pod_that_says_much_is_admitted() -> None:
    verdict = checker().check(rich_pod())
    assert (verdict.verdict, verdict.refused_by) == ("admitted", ())
    assert verdict.role == "arn:aws:iam::111122223333:role/airflow-dev/reader"


def test_a_pod_without_a_namespace_is_in_airflows() -> None:
    pod = container(image="evil.example/task:1")
    del pod["metadata"]["namespace"]
    assert refusers(checker().check(pod)) == {"image-registries"}


def test_where_the_policies_do_not_apply_nothing_is_refused_and_what_was_not_looked_at_is_said() -> None:
    pod = container(image="evil.example/task:1")
    pod["metadata"]["namespace"] = "kube-system"
    verdict = checker().check(pod)
    assert verdict.verdict == "admitted"
    assert "not checked: what the namespace kube-system limits by itself" in verdict.problems


def test_a_pod_that_names_its_node_is_refused_as_in_the_cluster() -> None:
    pod = good_pod()
    pod["spec"]["nodeName"] = "ip-10-0-0-1.ec2.internal"
    (finding,) = checker().check(pod).refused_by
    assert (finding.by, finding.path) == ("dedicated-node-groups", "spec.nodeName")


def test_what_a_policy_only_warns_of_is_no_refusal() -> None:
    verdict = new_checker(with_actions(image_registries="warn")).check(container(image="evil.example/task:1"))
    assert verdict.verdict == "admitted"
    assert [(finding.by, finding.action) for finding in verdict.warnings] == [("image-registries", "warn")]


def test_a_pod_of_the_wrong_type_is_judged_no_further() -> None:
    pod = container(image="evil.example/task:1")
    pod["spec"]["hostNetwork"] = "no"
    verdict = checker().check(pod)
    assert refusers(verdict) == {"schema"}
    assert verdict.node_groups == ()


def test_a_pod_that_the_api_server_refuses_is_told_what_the_policies_say_as_well() -> None:
    """The default that mutation fills in contradicts `privileged`: the API server refuses before the policy speaks."""
    pod = container(securityContext={"privileged": True})
    verdict = checker().check(pod)
    assert verdict.refused_by[0].by == "api server"
    assert {"pod security", "privileged-containers"} < refusers(verdict)


def test_what_the_pod_leaves_out_is_filled_in_before_it_is_judged() -> None:
    pod = container(securityContext={}, resources={})
    del pod["spec"]["securityContext"]["seccompProfile"]
    assert checker().check(pod).verdict == "admitted"


def test_a_request_above_the_default_limit_is_told_what_to_write() -> None:
    (finding,) = checker().check(container(resources={"requests": {"memory": "4Gi"}})).refused_by
    assert finding.message == (
        "spec.containers[0].resources.requests: 4Gi must be less than or equal to memory limit of 1Gi (the default "
        "limit of the airflow namespace, as the container names none): write limits: {memory: 4Gi}"
    )


def test_a_request_above_a_limit_of_its_own_is_told_no_default() -> None:
    resources = {"requests": {"memory": "4Gi"}, "limits": {"memory": "1Gi"}}
    (finding,) = checker().check(container(resources=resources)).refused_by
    assert finding.message.endswith("memory limit of 1Gi")


def test_a_policy_that_fails_on_what_is_missing_is_not_told_beside_it() -> None:
    pod = container()
    del pod["spec"]["containers"][0]["image"]
    assert refusers(checker().check(pod)) == {"api server"}


def test_nulls_are_as_if_nothing_was_said() -> None:
    pod = container(securityContext=None, resources={"limits": None})
    pod["spec"]["volumes"] = None
    assert checker().check(pod).verdict == "admitted"


def test_the_quota_refuses_what_alone_exceeds_it() -> None:
    pod = container(resources={"requests": {"cpu": "401"}})
    assert refusers(checker().check(pod)) == {"quota"}


def test_the_quota_is_of_the_airflow_namespace() -> None:
    pod = container(resources={"requests": {"cpu": "401", "memory": "1Gi"}, "limits": {"memory": "1Gi"}})
    pod["metadata"]["namespace"] = "default"
    assert "quota" not in refusers(checker().check(pod))


def test_the_operators_patience_is_part_of_the_verdict() -> None:
    verdicts = [checker().check(good_pod("high-memory"), (), timeout_s) for timeout_s in (120, 600, None)]
    assert [len(verdict.problems) for verdict in verdicts] == [1, 0, 0]


def test_the_pod_is_left_as_it_is() -> None:
    pod = rich_pod()
    before = deepcopy(pod)
    checker().check(pod)
    checker().check(pod, ("spec.containers[0].image", "metadata.name"))
    assert pod == before


def test_a_value_that_no_json_holds_is_judged_too() -> None:
    pod = good_pod()
    pod["metadata"]["labels"] = {1: "a"}
    assert refusers(checker().check(pod)) == {"schema"}


def unknown(pod: dict[str, Any], *paths: str) -> Verdict:
    return checker().check(pod, paths)


def test_a_placeholder_that_a_policy_reads_makes_the_verdict_unknown() -> None:
    verdict = unknown(container(image=f"{REGISTRY}/{{{{ params.image }}}}"), "spec.containers[0].image")
    assert (verdict.verdict, verdict.refused_by) == ("unknown", ())
    assert verdict.problems == ("not known before it runs: spec.containers[0].image",)
    assert fitting(verdict) == ["standard"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("spec.containers[0].args[0]", {"args": ["{{ ds }}"]}),
        ("spec.containers[0].env[0].value", {"env": [{"name": "A", "value": "{{ ds }}"}]}),
        ("spec.containers[0].env", {}),
        ("metadata.name", {}),
        ("metadata.labels.run", {}),
        ('metadata.annotations["example.com/run"]', {}),
    ],
)
def test_a_placeholder_that_nobody_reads_leaves_the_verdict(path: str, fields: dict[str, Any]) -> None:
    pod = container(**fields)
    pod["metadata"] |= {
        "name": "{{ ds }}",
        "labels": {"run": "{{ ds }}"},
        "annotations": {"example.com/run": "{{ ds }}"},
    }
    paths = {path, "metadata.name", "metadata.labels.run"}
    assert unknown(pod, *paths) == checker().check(good_pod())


def test_what_is_refused_whatever_the_placeholder_becomes_is_refused() -> None:
    pod = container(image="{{ image }}")
    pod["spec"] |= {"hostNetwork": True}
    verdict = unknown(pod, "spec.containers[0].image")
    assert verdict.verdict == "refused"
    assert refusers(verdict) == {"host-namespaces", "pod security"}


def test_a_policy_that_reads_the_placeholder_still_refuses_another_container() -> None:
    pod = container(image="{{ image }}")
    pod["spec"]["containers"].append(EVIL | {"securityContext": {}})
    verdict = unknown(pod, "spec.containers[0].image")
    assert [finding.path for finding in verdict.refused_by] == ["spec.containers[1].image"]


def test_a_placeholder_in_the_pods_own_fields_leaves_its_containers_open() -> None:
    pod = container()
    del pod["spec"]["securityContext"]
    assert unknown(pod, "spec.securityContext").verdict == "unknown"


def test_a_placeholder_where_a_number_belongs_is_no_error_of_type() -> None:
    pod = container(resources={"requests": {"cpu": "{{ cpu }}"}, "limits": {"memory": "{{ memory }}"}})
    paths = ("spec.containers[0].resources.requests.cpu", "spec.containers[0].resources.limits.memory")
    verdict = unknown(pod, *paths)
    assert (verdict.verdict, verdict.node_groups) == ("unknown", ())


def test_an_error_of_type_elsewhere_refuses_all_the_same() -> None:
    pod = container(image="{{ image }}")
    pod["spec"]["hostNetwork"] = "no"
    assert refusers(unknown(pod, "spec.containers[0].image")) == {"schema"}


@pytest.mark.parametrize("field", ["dnsPolicy", "runtimeClassName"])
def test_a_placeholder_where_only_some_words_are_taken_is_unknown_and_not_a_wrong_word(field: str) -> None:
    verdict = unknown(good_pod(**{field: "{{ word }}"}), f"spec.{field}")
    assert (verdict.verdict, verdict.refused_by) == ("unknown", ())
    assert verdict.problems == (f"not known before it runs: spec.{field}",)


def test_where_it_runs_is_not_said_when_that_depends_on_a_placeholder() -> None:
    verdict = unknown(good_pod(nodeSelector={"high-memory": "{{ size }}"}), "spec.nodeSelector.high-memory")
    assert (verdict.verdict, verdict.node_groups) == ("unknown", ())


@pytest.mark.parametrize("paths", [("metadata", "spec"), ("metadata.namespace",)])
def test_of_a_pod_of_which_the_namespace_or_everything_is_unknown_nothing_is_said(paths: tuple[str, ...]) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "unknown"}, "spec": {}}
    assert unknown(pod, *paths).verdict == "unknown"


def test_verdicts_are_remembered_and_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_infra.assurance.check.checker._REMEMBERED", 2)
    mine = new_checker(dev())
    images = [f"{REGISTRY}/task:{number}" for number in range(5)] + ["evil.example/task:1"]
    verdicts = [mine.check(container(image=image)).verdict for image in [*images, *images]]
    assert verdicts == [*["admitted"] * 5, "refused"] * 2
