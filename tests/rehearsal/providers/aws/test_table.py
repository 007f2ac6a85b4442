"""The table of resource types: fresh, complete, and right where it decides."""

import json
from typing import Any

import pytest

from airflow_infra.rehearsal.providers import table as generator
from airflow_infra.rehearsal.providers.aws.registry import function_of, resource_class
from airflow_infra.rehearsal.providers.aws.replacements import CONDITIONS
from airflow_infra.rehearsal.providers.aws.types import Field, table

BEHAVIOUR: dict[str, Any] = json.loads(generator.BEHAVIOUR.read_text(encoding="utf-8"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK's own modules
def test_the_table_is_what_the_installed_sdk_gives() -> None:
    fresh = generator.generate()
    assert generator.TABLE.read_text(encoding="utf-8") == fresh, "stale: run make generated"


def test_an_input_carries_its_type_and_whether_it_is_required() -> None:
    subnet = table().type("aws:ec2/subnet:Subnet")
    assert subnet is not None
    assert (subnet.inputs["vpcId"], subnet.inputs["cidrBlock"]) == (Field("str", required=True), Field("str"))


def test_a_nested_object_is_described_by_camel_case_names() -> None:
    template = table().type("aws:ec2/launchTemplate:LaunchTemplate")
    assert template is not None
    options = table().object(template.inputs["metadataOptions"].name)
    assert options["httpPutResponseHopLimit"] == Field("int")


@pytest.mark.parametrize("token", sorted(BEHAVIOUR["types"]))
def test_what_a_type_is_said_to_do_names_its_own_properties(token: str) -> None:
    described = table().type(token)
    assert described is not None
    named = [*described.replace_on, *described.defaults, *described.unordered, *described.documents]
    named += [described.auto_name] if described.auto_name else []
    unknown = [path for path in named if path.split(".")[0] not in described.inputs]
    unknown += [name for name in described.may_be_empty if name not in described.outputs]
    assert not unknown


def test_every_condition_of_a_replacement_is_a_function() -> None:
    stated = {token for token, facts in BEHAVIOUR["types"].items() if "replace_when" in facts}
    assert stated == CONDITIONS.keys()


def test_every_type_says_how_it_is_known() -> None:
    unsourced = [token for token, facts in BEHAVIOUR["types"].items() if not facts.get("evidence")]
    assert not unsourced


@pytest.mark.parametrize("token", sorted(BEHAVIOUR["functions"]))
def test_every_function_of_the_table_is_answered(token: str) -> None:
    assert function_of(token) is not None


def test_every_network_type_of_the_table_but_one_can_be_made() -> None:
    network = [token for token in BEHAVIOUR["types"] if token.startswith(("aws:ec2", "aws:vpc"))]
    assert [token for token in network if resource_class(token) is None] == [
        "aws:ec2/managedPrefixList:ManagedPrefixList"
    ]
