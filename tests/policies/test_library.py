"""Policies of a folder: what they become, and what is refused."""

import pytest

from airflow_infra.policies.library import Policy, load_policies
from tests.policies.conftest import PolicyFolder


@pytest.fixture
def policy(folder: PolicyFolder) -> Policy:
    return load_policies(folder.path)[0]


def test_a_template_holds_both_languages(policy: Policy) -> None:
    (target,) = policy.template()["spec"]["targets"]
    assert [code["engine"] for code in target["code"]] == ["K8sNativeValidation", "Rego"]
    assert target["code"][1]["source"] == {"version": "v1", "rego": "package nonames\n", "libs": ["package lib\n"]}


def test_a_template_declares_the_parameters(policy: Policy) -> None:
    schema = policy.template()["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"]
    assert schema == {"type": "object", "properties": {"forbidden": {"type": "string"}}}


def test_a_stack_decides_action_exemptions_and_parameters(policy: Policy) -> None:
    spec = policy.constraint("dryrun", ["gatekeeper-system"], {"forbidden": "eve"})["spec"]
    assert spec == {
        "enforcementAction": "dryrun",
        "match": {"excludedNamespaces": ["gatekeeper-system"]},
        "parameters": {"forbidden": "eve"},
    }


def test_a_stack_decides_the_exemptions_of_mutators(policy: Policy) -> None:
    (mutator,) = policy.mutators(["gatekeeper-system"])
    assert mutator["spec"]["match"] == {"excludedNamespaces": ["gatekeeper-system"]}


def test_a_constraint_without_its_parameters_is_refused(policy: Policy) -> None:
    with pytest.raises(ValueError, match="no-names declares parameters, and got None"):
        policy.constraint("deny", [], None)


def test_what_is_made_of_a_policy_does_not_change_it(policy: Policy) -> None:
    policy.template()["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"].clear()
    policy.constraint("deny", [], {})["spec"]["match"].clear()
    assert policy.parameters
    assert policy.applied["spec"]["match"]


def test_a_folder_is_read_once(folder: PolicyFolder) -> None:
    assert load_policies(folder.path) is load_policies(folder.path)


def test_a_folder_without_policies_is_refused(folder: PolicyFolder) -> None:
    with pytest.raises(ValueError, match="holds no admission policy"):
        load_policies(folder.path / "shared")


def test_a_policy_that_lacks_a_part_is_refused(folder: PolicyFolder) -> None:
    (folder.path / "no-names/src.rego").unlink()
    with pytest.raises(ValueError, match=r"no-names lacks src\.rego"):
        load_policies(folder.path)


@pytest.mark.parametrize(
    ("file", "text", "replacement", "message"),
    [
        ("cel.yaml", "validations:", "validation:", "unknown key validation"),
        ("cel.yaml", "parameters: {", "parameters: {{", "cel.yaml: not YAML"),
        ("constraint.yaml", "metadata: {name: no-names}", "metadata: {name: names}", "expected metadata.name"),
        ("constraint.yaml", "enforcementAction: warn, ", "", "expected spec.match and spec.enforcementAction"),
        ("constraint.yaml", ", parameters: {forbidden: bob}", "", "expected spec.parameters, as cel.yaml declares"),
        (
            "cel.yaml",
            "parameters: {type: object, properties: {forbidden: {type: string}}}",
            "",
            "expected no spec.param",
        ),
        ("assign.yaml", "name: no-names", "name: names", "expected names that begin with no-names"),
        ("assign.yaml", "kind: Assign", "kind: AssignMetadata", "expected objects of kind Assign"),
        ("src.rego", "package nonames\n", "", "expected package nonames"),
    ],
)
def test_a_file_that_holds_something_else_is_refused(
    folder: PolicyFolder, file: str, text: str, replacement: str, message: str
) -> None:
    folder.change(f"no-names/{file}", text, replacement)
    with pytest.raises(ValueError, match=message):
        load_policies(folder.path)
