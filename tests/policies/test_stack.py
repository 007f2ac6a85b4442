"""The policies of a stack: actions, exemptions and parameters that its settings give them."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from airflow_infra.policies.stack import AppliedPolicy, StackPolicies, stack_policies
from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from tests.policies.conftest import PROJECT, PolicyFolder

POLICIES = PROJECT / "infra/eks/policies"


def changed(settings: StackSettings, **gatekeeper: Any) -> StackSettings:
    """Settings with others of Gatekeeper's."""
    eks = settings.eks.model_copy(update={"gatekeeper": settings.eks.gatekeeper.model_copy(update=gatekeeper)})
    return settings.model_copy(update={"eks": eks})


@pytest.fixture
def policies(settings: StackSettings, names: Names) -> dict[str, AppliedPolicy]:
    return {applied.policy.name: applied for applied in stack_policies(POLICIES, settings, names).policies}


def test_the_default_action_is_that_on_disk(policies: dict[str, AppliedPolicy]) -> None:
    assert {applied.constraint["spec"]["enforcementAction"] for applied in policies.values()} == {"deny"}


def test_the_settings_choose_the_action_of_a_policy(settings: StackSettings, names: Names) -> None:
    stack = stack_policies(POLICIES, changed(settings, policies={"seccomp": "warn"}), names)
    actions = {one["metadata"]["name"]: one["spec"]["enforcementAction"] for one in stack.constraints}
    assert actions["seccomp"] == "warn"
    assert actions["host-namespaces"] == "deny"


def test_a_dry_run_fills_nothing_in(settings: StackSettings, names: Names) -> None:
    stack = stack_policies(POLICIES, changed(settings, policies={"seccomp": "dryrun"}), names)
    assert [one["metadata"]["name"] for one in stack.mutators] == [
        "privilege-escalation-containers",
        "privilege-escalation-init-containers",
    ]


def test_a_policy_that_does_not_exist_gets_a_suggestion(settings: StackSettings, names: Names) -> None:
    with pytest.raises(ValueError, match="no admission policy host-namespace: did you mean host-namespaces"):
        stack_policies(POLICIES, changed(settings, policies={"host-namespace": "deny"}), names)


def test_parameters_that_nothing_gives_are_refused(folder: PolicyFolder, settings: StackSettings, names: Names) -> None:
    with pytest.raises(ValueError, match="no-names declares parameters: say in"):
        stack_policies(folder.path, settings, names)


def test_parameters_of_a_policy_that_declares_none_are_refused(
    folder: PolicyFolder, settings: StackSettings, names: Names
) -> None:
    folder.change("no-names/cel.yaml", "parameters: {type: object, properties: {forbidden: {type: string}}}", "")
    constraint = folder.path / "no-names/constraint.yaml"
    without = constraint.read_text().replace(", parameters: {forbidden: bob}", "")
    constraint.write_text(without.replace("name: no-names", "name: volume-types"))
    (folder.path / "no-names/assign.yaml").unlink()
    (folder.path / "no-names").rename(folder.path / "volume-types")
    with pytest.raises(ValueError, match="volume-types declares no parameters"):
        stack_policies(folder.path, settings, names)


def test_parameters_follow_the_schema(policies: dict[str, AppliedPolicy]) -> None:
    for applied in policies.values():
        if applied.policy.parameters is not None:
            jsonschema_rs.validate(applied.policy.parameters, applied.parameters)


def test_images_come_from_the_accounts_own_registry(policies: dict[str, AppliedPolicy]) -> None:
    assert policies["image-registries"].parameters == {"registries": ["111122223333.dkr.ecr.eu-west-1.amazonaws.com"]}


def test_the_settings_add_registries(settings: StackSettings, names: Names) -> None:
    stack = stack_policies(POLICIES, changed(settings, image_registries=("public.ecr.aws/docker",)), names)
    (constraint,) = [one for one in stack.constraints if one["kind"] == "ImageRegistries"]
    assert constraint["spec"]["parameters"]["registries"][1:] == ["public.ecr.aws/docker"]


def test_an_xcom_sidecar_from_elsewhere_may_run(settings: StackSettings, names: Names) -> None:
    image = "mirror.example.org:5000/team/alpine:3.22@sha256:0"
    elsewhere = settings.model_copy(update={"mwaa": settings.mwaa.model_copy(update={"xcom_sidecar_image": image})})
    (constraint,) = [
        one for one in stack_policies(POLICIES, elsewhere, names).constraints if one["kind"] == "ImageRegistries"
    ]
    assert constraint["spec"]["parameters"]["registries"][1:] == ["mirror.example.org:5000/team/alpine"]


def test_a_tainted_group_is_selected_by_labels_of_its_own(policies: dict[str, AppliedPolicy]) -> None:
    assert policies["dedicated-node-groups"].parameters == {
        "nodeGroups": [
            {
                "name": "high-memory",
                "labels": [
                    {"key": "high-memory", "value": "true"},
                    {"key": "eks.amazonaws.com/nodegroup", "value": "high-memory"},
                ],
                "taints": [{"key": "high-memory", "value": "true", "effect": "NoSchedule"}],
            }
        ]
    }


def test_a_label_that_other_groups_have_selects_nothing(settings: StackSettings, names: Names) -> None:
    cluster = settings.eks.cluster
    groups = tuple(
        group.model_copy(update={"labels": {**group.labels, "team": "data"}}) for group in cluster.node_groups
    )
    eks = settings.eks.model_copy(update={"cluster": cluster.model_copy(update={"node_groups": groups})})
    stack = stack_policies(POLICIES, settings.model_copy(update={"eks": eks}), names)
    (constraint,) = [one for one in stack.constraints if one["kind"] == "DedicatedNodeGroups"]
    (group,) = constraint["spec"]["parameters"]["nodeGroups"]
    assert "team" not in [label["key"] for label in group["labels"]]


def test_templates_and_constraints_are_written_as_gator_test_reads_them(
    settings: StackSettings, names: Names, tmp_path: Path
) -> None:
    stack: StackPolicies = stack_policies(POLICIES, settings, names)
    stack.write(tmp_path)
    assert len(list((tmp_path / "templates").iterdir())) == len(stack.policies)
    constraint = json.loads((tmp_path / "constraints/seccomp.yaml").read_text())
    assert constraint == next(one for one in stack.constraints if one["kind"] == "Seccomp")
