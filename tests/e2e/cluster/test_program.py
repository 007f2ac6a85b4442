"""The dev program on a real API server, with the Gatekeeper that its release brings: up, again, used, destroyed."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from airflow_infra.cli.rehearse import RehearseOptions, rehearsal
from airflow_infra.cluster.api import Api, ApiError, Manifest
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.policies.library import policy_names
from airflow_infra.policies.pod import task_pod
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.providers.kubernetes.client import reference_of
from airflow_infra.rehearsal.providers.kubernetes.remote import RemoteApi
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.settings.readers import load_stack

PROJECT = Path(__file__).parents[3]
STACK = load_stack("dev", PROJECT, as_of=date(2026, 11, 22))
PODS = "/api/v1/namespaces/airflow/pods"
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")

Right = tuple[str, tuple[str, str], str]
"""A verb, the group and the name of a resource, and a namespace."""
WITHOUT_ORDER = """
import pulumi_kubernetes as k8s

import infra.eks.gatekeeper as gatekeeper


def _without_order(self, name, manifest, depends_on, annotations=None):
    del depends_on, annotations
    return k8s.apiextensions.CustomResource(
        name,
        api_version=manifest["apiVersion"],
        kind=manifest["kind"],
        metadata=manifest["metadata"],
        spec=manifest["spec"],
        opts=self._cluster.object_options(self, [self.release]),
    )


gatekeeper.Gatekeeper._custom = _without_order
"""


class Standing(NamedTuple):
    """The program's objects on a cluster, and who made them."""

    cluster: Cluster
    rehearsal: Rehearsal
    versions: dict[str, str]
    """resourceVersion of every object after the last `up`, before the one that must change nothing."""


@pytest.fixture(scope="module")
def standing(binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """The dev stack after every `up`, on a cluster that was empty."""
    cluster = Cluster(tmp_path_factory.mktemp("program") / "cluster", binaries)
    cluster.up()
    try:
        options = RehearseOptions(kubeconfig=cluster.kubeconfig())
        with rehearsal(STACK, PROJECT, options=options) as running:
            running.up()
            running.accept()
            running.up("up-2")
            versions = resource_versions(running)
            running.again()
            yield Standing(cluster, running, versions)
    finally:
        cluster.down()


def resource_versions(running: Rehearsal) -> dict[str, str]:
    """As the API server has it now, of every object that the program made."""
    assert isinstance(running.environment, EmulatedAws)
    server = running.environment.clusters.live()[0]
    made = [node.outputs for node in running.result.graph.nodes.values() if node.type.startswith("kubernetes:")]
    references = [reference_of(one) for one in made if one.get("metadata")]
    found = [server.get(one) for one in references]
    assert None not in found
    return {str(reference_of(one)): one["metadata"]["resourceVersion"] for one in found if one is not None}


def refusal(api: Api, pod: Manifest) -> str:
    """What a pod is refused with; deletes it when it is not."""
    try:
        made = api.call("POST", PODS, pod)
    except ApiError as error:
        return error.message
    api.call("DELETE", f"{PODS}/{made['metadata']['name']}", gracePeriodSeconds="0")
    return ""


def pod(**spec: object) -> Manifest:
    """A task's pod that every policy admits, changed."""
    made = task_pod(STACK.settings, "standard")
    return {**made, "metadata": {"generateName": "e2e-", "namespace": "airflow"}, "spec": {**made["spec"], **spec}}


def test_interrupted_nothing_of_what_was_applied_stays(another_cluster: Cluster) -> None:
    """The first test here: the others share a rehearsal, and a process has one emulated account at a time."""
    onlooker = RemoteApi(another_cluster.kubeconfig(), "onlooker")
    options = RehearseOptions(kubeconfig=another_cluster.kubeconfig())
    with suppress(KeyboardInterrupt), rehearsal(STACK, PROJECT, options=options) as running:
        assert running.up()
        raise KeyboardInterrupt
    assert onlooker.left() == []


def test_the_program_is_applied_in_one_go(standing: Standing) -> None:
    assert standing.rehearsal.result.errors == []


def test_every_template_has_become_a_kind_with_its_constraint(standing: Standing) -> None:
    api = standing.cluster.api()
    templates = api.call("GET", "/apis/templates.gatekeeper.sh/v1/constrainttemplates")["items"]
    kinds = {one["spec"]["crd"]["spec"]["names"]["kind"].lower() for one in templates}
    assert len(kinds) == len(policy_names(PROJECT / "infra/eks/policies"))
    assert {
        kind: len(api.call("GET", f"/apis/constraints.gatekeeper.sh/v1beta1/{kind}")["items"]) for kind in kinds
    } == (dict.fromkeys(kinds, 1))


def test_applied_again_nothing_changes(standing: Standing) -> None:
    steps = {step.step: step for step in standing.rehearsal.result.steps}
    assert steps["again"].mutating_calls == 0
    assert len(standing.versions) > 30
    assert standing.versions == resource_versions(standing.rehearsal)


def test_every_namespace_is_active(standing: Standing) -> None:
    namespaces = standing.cluster.api().call("GET", "/api/v1/namespaces")["items"]
    assert {one["metadata"]["name"]: one["status"]["phase"] for one in namespaces} == dict.fromkeys(
        ("airflow", "default", "gatekeeper-system", "kube-node-lease", "kube-public", "kube-system"), "Active"
    )


def test_mwaa_may_do_what_the_operator_needs_and_nothing_else(
    standing: Standing, record_property: Callable[[str, object], None]
) -> None:
    """Every verb on every resource in every namespace, compared with what anybody may do who has entered."""
    cluster = standing.cluster
    cluster.add_user("anybody")
    table = tuple(
        itertools.product(VERBS, resources(cluster.api()), ("airflow", "default", "kube-system", "gatekeeper-system"))
    )
    assert len(table) > 3000
    allowed = rights(cluster.api("mwaa-service"), table) - rights(cluster.api("anybody"), table)
    assert allowed == {
        *((verb, ("", "pods"), "airflow") for verb in ("get", "list", "watch", "create", "patch", "delete")),
        ("get", ("", "pods/log"), "airflow"),
        ("get", ("", "pods/exec"), "airflow"),
        ("create", ("", "pods/exec"), "airflow"),
        ("list", ("", "events"), "airflow"),
        ("watch", ("", "events"), "airflow"),
    }
    record_property("compared", f"rights of mwaa-service: {len(table)} combinations of verb, resource and namespace")


def test_the_rights_of_charts_that_were_not_rendered_are_not_checked(standing: Standing) -> None:
    not_checked = standing.rehearsal.result.not_checked
    assert [one for one in not_checked if one.startswith("chart cluster-autoscaler") and "not rendered" in one]


def test_the_rights_of_administrators_are_not_checked(standing: Standing) -> None:
    """Access policies give them, and those are EKS' own: no role or binding in the cluster does."""
    not_checked = standing.rehearsal.result.not_checked
    assert [one for one in not_checked if one.startswith("what EKS' access policies allow")]


def test_the_pod_to_copy_is_admitted_for_mwaa(standing: Standing) -> None:
    assert refusal(standing.cluster.api("mwaa-service"), pod()) == ""


def test_a_pod_is_refused_with_the_policys_message(standing: Standing) -> None:
    wanted = pod()
    wanted["spec"]["containers"][0]["image"] = "example.com/task:1"
    message = refusal(standing.cluster.api("mwaa-service"), wanted)
    assert "container base: image example.com/task:1 does not come from an allowed registry" in message


def test_an_unset_privilege_escalation_is_filled_in(standing: Standing) -> None:
    api, wanted = standing.cluster.api("mwaa-service"), pod()
    wanted["spec"]["containers"][0]["securityContext"] = {}
    made = api.call("POST", PODS, wanted, dryRun="All")
    assert made["spec"]["containers"][0]["securityContext"] == {"allowPrivilegeEscalation": False}


def test_a_container_without_resources_gets_the_namespaces(standing: Standing) -> None:
    wanted = pod()
    del wanted["spec"]["containers"][0]["resources"]
    made = standing.cluster.api("mwaa-service").call("POST", PODS, wanted, dryRun="All")
    assert made["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "500m", "memory": "1Gi"},
        "limits": {"memory": "1Gi"},
    }


def test_a_request_above_the_default_limit_is_refused(standing: Standing) -> None:
    wanted = pod()
    wanted["spec"]["containers"][0]["resources"] = {"requests": {"memory": "2Gi"}}
    assert "must be less than or equal to memory limit of 1Gi" in refusal(standing.cluster.api("mwaa-service"), wanted)


def test_a_pod_over_the_quota_is_refused(standing: Standing) -> None:
    wanted = pod()
    wanted["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "401"
    assert "exceeded quota: tasks" in refusal(standing.cluster.api("mwaa-service"), wanted)


def test_pod_security_refuses_what_no_policy_looks_at(standing: Standing) -> None:
    wanted = pod()
    wanted["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": 80}]
    assert 'violates PodSecurity "baseline:latest"' in refusal(standing.cluster.api("mwaa-service"), wanted)


def test_tasks_get_no_token_of_the_api_server(standing: Standing) -> None:
    made = standing.cluster.api("mwaa-service").call("POST", PODS, pod(serviceAccountName="default"), dryRun="All")
    assert made["spec"].get("volumes", []) == []


def test_the_network_policy_selects_every_task_and_lets_nobody_in(standing: Standing) -> None:
    """Rules only: there is no network plugin here that would enforce them."""
    spec = standing.cluster.api().call("GET", "/apis/networking.k8s.io/v1/namespaces/airflow/networkpolicies/tasks")[
        "spec"
    ]
    assert (spec["podSelector"], spec["policyTypes"], "ingress" in spec) == ({}, ["Ingress", "Egress"], False)
    assert "enforcement of network policies: no network plugin runs beside this API server" in (
        standing.rehearsal.result.not_checked
    )


def test_destroyed_nothing_stays(standing: Standing) -> None:
    standing.rehearsal.destroy()
    result = standing.rehearsal.result
    assert (result.errors, [one.what for one in result.leftovers if not one.protected]) == ([], [])


def test_without_the_order_constraints_come_before_their_kinds(another_cluster: Cluster, tmp_path: Path) -> None:
    """The race that the original had: it was run until it happened to work."""
    for name in ("infra", "airflow_infra"):
        (tmp_path / name).symlink_to(PROJECT / name)
    (tmp_path / "without_order.py").write_text(WITHOUT_ORDER)
    (tmp_path / "__main__.py").write_text("import without_order\n" + (PROJECT / "__main__.py").read_text())
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        (tmp_path / name).symlink_to(PROJECT / name)
    command = [Path(sys.executable).with_name("airflow-infra"), "rehearse", "dev"]
    command += ["--kubeconfig", another_cluster.kubeconfig()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "does not serve constraints.gatekeeper.sh/v1beta1" in done.stdout) == (1, True)


def resources(api: Api) -> list[tuple[str, str]]:
    """Group and name of every resource, and of every subresource, that the server has."""
    groups = [("", "/api/v1")] + [
        (group["name"], f"/apis/{group['preferredVersion']['groupVersion']}")
        for group in api.call("GET", "/apis")["groups"]
    ]
    return [(group, one["name"]) for group, path in groups for one in api.call("GET", path)["resources"]]


def rights(api: Api, table: tuple[Right, ...]) -> set[Right]:
    """What of a table the user of a kubeconfig may do, by the server's own answer."""

    def allowed(right: Right) -> bool:
        verb, (group, resource), namespace = right
        name, _, subresource = resource.partition("/")
        asked = {"verb": verb, "group": group, "resource": name, "subresource": subresource, "namespace": namespace}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": asked},
        }
        return api.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)["status"]["allowed"]

    with ThreadPoolExecutor(4) as several:
        return {right for right, yes in zip(table, several.map(allowed, table), strict=True) if yes}
