"""Finding a cluster's API server by a kubeconfig, and being let in."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError, UnreachableError
from airflow_infra.rehearsal.providers.kubernetes.resolver import EksApis

ROLE = "arn:aws:iam::111122223333:role/deploy/airflow-deploy"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


class Eks:
    """As much of EKS and STS as a resolver asks for."""

    def __init__(self) -> None:
        self.clusters: dict[str, dict[str, Any]] = {}
        self.entries: dict[str, list[dict[str, Any]]] = {}
        self.identity = "arn:aws:sts::111122223333:assumed-role/airflow-deploy/session"

    def client(self, service: str) -> "Eks":
        assert service in {"eks", "sts"}
        return self

    def add(self, name: str, created: str = "2026-11-22", **fields: Any) -> None:
        self.clusters[name] = {
            "name": name,
            "arn": f"arn:{name}",
            "createdAt": created,
            "endpoint": f"https://{name}.example",
            "certificateAuthority": {"data": "Y2E="},
            "status": "ACTIVE",
            "version": "1.36",
            **fields,
        }

    def list_clusters(self) -> dict[str, Any]:
        return {"clusters": sorted(self.clusters)}

    def describe_cluster(self, name: str) -> dict[str, Any]:
        if name not in self.clusters:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeCluster")
        return {"cluster": self.clusters[name]}

    def list_access_entries(self, clusterName: str, nextToken: str = "") -> dict[str, Any]:  # noqa: N803
        entries = sorted(self.entries)
        first = int(nextToken or 0)
        more = {"nextToken": str(first + 1)} if first + 1 < len(entries) else {}
        return {"accessEntries": entries[first : first + 1], **more}

    def list_associated_access_policies(self, clusterName: str, principalArn: str) -> dict[str, Any]:  # noqa: N803
        return {"associatedAccessPolicies": self.entries[principalArn]}

    def get_caller_identity(self) -> dict[str, Any]:
        return {"Arn": self.identity}


def kubeconfig(cluster: str = "airflow-dev", *, named: str | None = None, role: str | None = ROLE) -> dict[str, Any]:
    arguments = ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", named or cluster]
    if role:
        arguments += ["--role-arn", role]
    server = {"server": f"https://{cluster}.example", "certificate-authority-data": "Y2E="}
    return {
        "clusters": [{"name": "c", "cluster": server}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
        "users": [{"name": "u", "user": {"exec": {"command": "aws", "args": arguments}}}],
    }


@pytest.fixture
def eks() -> Eks:
    made = Eks()
    made.add("airflow-dev")
    made.entries[ROLE] = [{"policyArn": ADMIN, "accessScope": {"type": "cluster"}}]
    return made


@pytest.fixture
def apis(eks: Eks) -> EksApis:
    return EksApis(eks)


def make(apis: EksApis, name: str = "thing") -> None:
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    apis.connect(kubeconfig()).create(manifest, "pulumi-kubernetes")


def test_a_kubeconfig_leads_to_the_server_of_its_cluster(apis, eks):
    eks.add("airflow-prod", version="1.35")
    api = apis.connect(kubeconfig())
    assert (api.name, api.minor) == ("airflow-dev", "1.36")
    assert apis.connect(kubeconfig()) is api


def test_a_server_that_no_cluster_has_is_no_host(apis):
    with pytest.raises(UnreachableError, match=r"https://other.example: no such host: .*\(airflow-dev\)"):
        apis.connect(kubeconfig("other"))


def test_a_cluster_that_is_being_made_does_not_answer(apis, eks):
    eks.clusters["airflow-dev"]["status"] = "CREATING"
    with pytest.raises(UnreachableError, match="cluster airflow-dev is CREATING"):
        apis.connect(kubeconfig())


def test_a_deleted_cluster_is_no_host_any_longer(apis, eks):
    apis.connect(kubeconfig())
    del eks.clusters["airflow-dev"]
    with pytest.raises(UnreachableError, match="no such host"):
        apis.connect(kubeconfig())


def test_another_certificate_authority_is_refused(apis, eks):
    eks.clusters["airflow-dev"]["certificateAuthority"] = {"data": "bmV3"}
    with pytest.raises(UnreachableError, match="unknown authority"):
        apis.connect(kubeconfig())


def test_objects_die_with_their_cluster(apis, eks):
    make(apis)
    assert apis.inventory() == {"airflow-dev: v1 Namespace thing": "managed by pulumi-kubernetes"}
    del eks.clusters["airflow-dev"]
    assert apis.inventory() == {}
    eks.add("airflow-dev", created="2026-11-23")
    make(apis)
    assert len(apis.inventory()) == 1


def test_calls_to_a_cluster_that_is_gone_stay_counted(apis, eks):
    make(apis)
    del eks.clusters["airflow-dev"]
    assert len(apis.mutating_calls()) == 1


def test_an_upgraded_cluster_serves_its_new_minor_and_keeps_its_objects(apis, eks):
    make(apis)
    eks.clusters["airflow-dev"]["version"] = "1.37"
    assert apis.connect(kubeconfig()).minor == "1.37"
    assert apis.inventory()


def test_a_role_without_an_access_entry_cannot_log_in(apis, eks):
    eks.entries = {"arn:aws:iam::111122223333:role/other": []}
    with pytest.raises(ApiError, match=f"cluster airflow-dev has no access entry for {ROLE}") as refused:
        apis.connect(kubeconfig())
    assert refused.value.status == 401


def test_a_role_with_less_than_cluster_admin_is_refused(apis, eks):
    eks.entries[ROLE] = [{"policyArn": VIEW, "accessScope": {"type": "cluster"}}]
    with pytest.raises(ApiError, match=r"it has: AmazonEKSViewPolicy") as refused:
        apis.connect(kubeconfig())
    assert refused.value.status == 403


def test_cluster_admin_of_one_namespace_is_not_enough(apis, eks):
    eks.entries[ROLE] = [{"policyArn": ADMIN, "accessScope": {"type": "namespace", "namespaces": ["airflow"]}}]
    with pytest.raises(ApiError, match="lacks AmazonEKSClusterAdminPolicy for the whole cluster"):
        apis.connect(kubeconfig())


def test_the_role_is_found_among_many_entries(apis, eks):
    eks.entries = {**{f"arn:aws:iam::111122223333:role/{name}": [] for name in "abc"}, **eks.entries}
    assert apis.connect(kubeconfig())


def test_a_kubeconfig_without_a_role_logs_in_as_the_account_itself(apis):
    assert apis.connect(kubeconfig(role=None))


def test_another_identity_of_the_account_cannot_log_in(apis, eks):
    eks.identity = "arn:aws:sts::111122223333:assumed-role/somebody/session"
    with pytest.raises(ApiError, match="somebody"):
        apis.connect(kubeconfig(role=None))


def test_a_token_for_another_cluster_is_refused(apis):
    with pytest.raises(ApiError, match="the token is for cluster 'airflow-prod'"):
        apis.connect(kubeconfig(named="airflow-prod"))


def test_a_user_with_a_fixed_token_is_refused(apis):
    config = kubeconfig()
    config["users"][0]["user"] = {"token": "x"}
    with pytest.raises(ApiError, match="no exec command"):
        apis.connect(config)


def test_a_command_that_is_not_the_aws_cli_is_refused(apis):
    config = kubeconfig()
    config["users"][0]["user"]["exec"]["command"] = "gke-auth"
    with pytest.raises(ApiError, match="only aws eks get-token is modelled"):
        apis.connect(config)
