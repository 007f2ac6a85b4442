"""Patches: fields of an object that somebody else made."""

import pytest

from airflow_infra.rehearsal.providers.kubernetes.client import Reference
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError
from airflow_infra.rehearsal.providers.protocol import ProviderError

PATCH = "kubernetes:core/v1:ServiceAccountPatch"
DEFAULT = Reference("v1", "ServiceAccount", "default", "default")
INPUTS = {"metadata": {"name": "default", "namespace": "default"}, "automountServiceAccountToken": False}


def test_a_patch_adds_its_fields_to_kubernetes_own_object(program, api):
    before = api.get(DEFAULT)
    id_, _, outputs = program.create(PATCH, INPUTS)
    assert id_ == "default/default"
    assert outputs["automountServiceAccountToken"] is False
    assert outputs["metadata"]["uid"] == before["metadata"]["uid"]


def test_a_patched_object_is_still_kubernetes_own(program, api):
    before = api.inventory()
    program.create(PATCH, INPUTS)
    assert api.inventory() == before


def test_a_deleted_patch_takes_its_fields_away_and_nothing_else(program, api, provider):
    before = api.get(DEFAULT)
    id_, inputs, outputs = program.create(PATCH, INPUTS)
    provider.delete(PATCH, id_, inputs, outputs)
    after = api.get(DEFAULT)
    assert "automountServiceAccountToken" not in after
    assert after["metadata"]["uid"] == before["metadata"]["uid"]


def test_a_changed_patch_changes_its_field(program, provider):
    id_, inputs, _ = program.create(PATCH, INPUTS)
    outputs = provider.update(PATCH, id_, inputs, {**inputs, "automountServiceAccountToken": True})
    assert outputs["automountServiceAccountToken"] is True


def test_a_patch_of_an_object_that_is_gone_is_deleted_too(program, api, provider):
    id_, inputs, outputs = program.create(PATCH, INPUTS)
    api.delete(DEFAULT)
    provider.delete(PATCH, id_, inputs, outputs)
    assert api.get(DEFAULT) is None


def test_whoever_makes_the_object_later_keeps_its_patch(program, api):
    program.create("kubernetes:core/v1:Namespace", {"metadata": {"name": "airflow"}})
    account = Reference("v1", "ServiceAccount", "airflow", "task")
    program.create(PATCH, {**INPUTS, "metadata": {"name": "task", "namespace": "airflow"}})
    api.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "task", "namespace": "airflow"}}, "x")
    assert api.get(account)["automountServiceAccountToken"] is False


def test_a_patch_says_what_it_patches(program):
    assert "metadata.name" in program.failures(PATCH, {"automountServiceAccountToken": False})


def test_two_managers_that_want_different_things_conflict(program, api):
    program.create(PATCH, INPUTS)
    other = {"apiVersion": "v1", "kind": "ServiceAccount", **INPUTS, "automountServiceAccountToken": True}
    with pytest.raises(ApiError, match="conflict with 'pulumi-kubernetes-patch': automountServiceAccountToken"):
        api.apply(other, "kubectl")


def test_other_patches_are_refused(program):
    with pytest.raises(ProviderError, match="DeploymentPatch is not supported: register the objects themselves"):
        program.create("kubernetes:apps/v1:DeploymentPatch", {"metadata": {"name": "a", "namespace": "default"}})
