"""The hook between boto3 and the emulated account."""

from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.loaders import create_loader
from botocore.model import ServiceModel

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.errors import ModelError
from airflow_infra.rehearsal.account.hook import Service
from airflow_infra.rehearsal.account.services.registry import all_services
from airflow_infra.rehearsal.account.shapes import check_output
from tests.rehearsal.account.conftest import SETUP


def eks_model() -> ServiceModel:
    return ServiceModel(create_loader().load_service_model("eks", "service-2"))


def operations_of(service: Service) -> set[str]:
    model: Any = ServiceModel(create_loader().load_service_model(service.name, "service-2"))
    return {xform_name(name) for name in model.operation_names}


def test_every_public_method_of_a_service_is_an_operation_of_aws() -> None:
    attributes = {"name", "whole", "invalid_code"}
    unknown = [
        f"{service.name}:{name}"
        for service in all_services(Emulator("123456789012", "eu-west-1"), SETUP)
        for name in set(dir(service)) - operations_of(service) - attributes
        if not name.startswith("_")
    ]
    assert unknown == []


def test_an_answer_with_a_member_that_aws_does_not_know_is_a_bug() -> None:
    shape = eks_model().operation_model("DescribeCluster").output_shape
    with pytest.raises(ModelError, match="no member 'nmae'"):
        check_output(shape, {"cluster": {"nmae": "airflow"}}, "eks:DescribeCluster")


def test_an_answer_of_another_type_is_a_bug() -> None:
    shape = eks_model().operation_model("DescribeCluster").output_shape
    with pytest.raises(ModelError, match="expected boolean, got str"):
        check_output(shape, {"cluster": {"deletionProtection": "true"}}, "eks:DescribeCluster")


def test_a_session_of_its_own_is_answered_too(account: Account) -> None:
    eks = boto3.Session().client("eks", region_name="eu-west-1")
    assert eks.list_clusters()["clusters"] == []


def test_another_region_holds_other_things(account: Account) -> None:
    account.client("sns").create_topic(Name="alerts")
    assert account.client("sns", region="eu-central-1").list_topics()["Topics"] == []


def test_calls_name_the_account_that_they_were_made_in(account: Account) -> None:
    account.client("ec2", role_arn="arn:aws:iam::210987654321:role/network").describe_vpcs()
    assert [call.account for call in account.calls] == ["123456789012", "210987654321"]


def test_a_call_that_is_refused_is_recorded_as_well(account: Account) -> None:
    eks = account.client("eks")
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.delete_cluster(name="nobody")
    assert [str(call) for call in account.mutating_calls()] == ["eks:DeleteCluster"]
