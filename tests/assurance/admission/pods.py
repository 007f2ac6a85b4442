"""Pods and policies for the tests of admission."""

from collections.abc import Sequence
from typing import Any

from airflow_infra.policies.library import Manifest, Policy
from airflow_infra.policies.stack import AppliedPolicy, StackPolicies

EXEMPT = ("kube-system",)


def pod(*containers: Manifest, namespace: str = "airflow", **spec: Any) -> Manifest:
    """A pod with these containers, or with one that says nothing."""
    named = [{"name": f"c{number}", "image": "local.invalid/task:1", **one} for number, one in enumerate(containers)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "task", "namespace": namespace},
        "spec": {"containers": named or [{"name": "base", "image": "local.invalid/task:1"}], **spec},
    }


def policy(
    expression: str,
    message: str = "'refused'",
    variables: Sequence[tuple[str, str]] = (),
    parameters: Manifest | None = None,
    name: str = "a-policy",
    **more: Any,
) -> AppliedPolicy:
    """A policy with one validation."""
    match: Manifest = {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}], **more}
    return AppliedPolicy(
        Policy(
            name=name,
            variables=[{"name": variable, "expression": text} for variable, text in variables],
            validations=[{"expression": expression, "messageExpression": message}],
            rego="",
            rego_libraries=(),
            parameters=None if parameters is None else {"type": "object"},
            applied={"kind": "APolicy", "metadata": {"name": name}, "spec": {"match": match}},
        ),
        "deny",
        EXEMPT,
        parameters,
    )


def policies(*applied: AppliedPolicy) -> StackPolicies:
    """Policies as those of a stack."""
    return StackPolicies(applied)
