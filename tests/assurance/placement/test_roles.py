"""The AWS role that a pod may assume."""

from typing import Any

import pytest
from placement_samples import dev, pod, without_kube2iam

from airflow_infra.assurance.placement.roles import ANNOTATION, Assumed, assumed_role
from airflow_infra.settings.names import Names

NAMES = Names("dev", "111122223333", "eu-west-1")
BELOW = "arn:aws:iam::111122223333:role/airflow-dev/"


def assumed(role: str | None = None, namespace: str = "airflow", **spec: Any) -> Assumed:
    asking = pod(**spec)
    asking["metadata"] |= {"namespace": namespace, "annotations": {ANNOTATION: role} if role else {}}
    return assumed_role(asking, dev(), NAMES)


def test_a_pod_that_asks_for_no_role_gets_the_one_that_may_do_nothing() -> None:
    assert assumed().role == f"{BELOW}airflow-dev-kube2iam-default"


@pytest.mark.parametrize("role", ["reader", f"{BELOW}reader"])
def test_the_annotation_names_a_role_of_the_environment_or_its_arn(role: str) -> None:
    assert assumed(role) == Assumed(f"{BELOW}reader")


def test_a_role_elsewhere_is_not_given() -> None:
    assert assumed("arn:aws:iam::111122223333:role/admin").role is None


def test_a_role_is_given_in_the_airflow_namespace_only() -> None:
    assert assumed("reader", namespace="other").problem == (
        f"kube2iam gives {BELOW}reader to pods of the namespace airflow only"
    )


def test_a_pod_on_the_nodes_network_gets_the_nodes_role() -> None:
    assert assumed("reader", hostNetwork=True).role == "arn:aws:iam::111122223333:role/airflow-dev-node"


def test_a_service_account_with_an_association_gets_its_role() -> None:
    account = {"serviceAccountName": "cluster-autoscaler"}
    assert assumed(namespace="kube-system", **account).role == (
        "arn:aws:iam::111122223333:role/airflow-dev-cluster-autoscaler"
    )
    assert assumed(**account).role == f"{BELOW}airflow-dev-kube2iam-default"


def test_without_kube2iam_its_annotation_does_nothing() -> None:
    asking = pod()
    asking["metadata"]["annotations"] = {ANNOTATION: "reader"}
    assert assumed_role(asking, without_kube2iam(), NAMES) == Assumed(
        None, "metadata.annotations iam.amazonaws.com/role does nothing: this stack has no kube2iam"
    )
    assert assumed_role(pod(), without_kube2iam(), NAMES) == Assumed(None)
