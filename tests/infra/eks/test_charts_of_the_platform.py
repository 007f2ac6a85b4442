import pytest

from tests.infra.eks.conftest import Deploy
from tests.infra.recording import Recording, Registration

RELEASE = "kubernetes:helm.sh/v3:Release"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
TEMPLATE = "kubernetes:templates.gatekeeper.sh/v1:ConstraintTemplate"
CONSTRAINTS = "kubernetes:constraints.gatekeeper.sh/v1beta1"
ASSIGN = "kubernetes:mutations.gatekeeper.sh/v1:Assign"
NAMESPACE = "kubernetes:core/v1:Namespace"


def _constraints(recording: Recording) -> list[Registration]:
    return [each for each in recording.registrations.values() if each.type.startswith(CONSTRAINTS)]


@pytest.fixture
def autoscaler(eks: Recording) -> Registration:
    return eks.one(RELEASE, "cluster-autoscaler")


@pytest.fixture
def gatekeeper(eks: Recording) -> Registration:
    return eks.one(RELEASE, "gatekeeper")


def test_the_autoscaler_has_its_role_before_its_pod_starts(eks: Recording, autoscaler: Registration) -> None:
    association = eks.one(ASSOCIATION, "cluster-autoscaler")
    assert association.urn in autoscaler.dependencies
    assert eks.one("aws:iam/rolePolicy:RolePolicy", "cluster-autoscaler").urn in association.dependencies


def test_the_autoscalers_service_account_is_the_associations(eks: Recording, autoscaler: Registration) -> None:
    association = eks.one(ASSOCIATION, "cluster-autoscaler").inputs
    assert autoscaler.inputs["values"]["rbac"]["serviceAccount"] == {
        "create": True,
        "name": association["serviceAccount"],
    }
    assert autoscaler.inputs["namespace"] == association["namespace"]


def test_the_autoscaler_sees_its_own_clusters_groups_only(autoscaler: Registration) -> None:
    assert autoscaler.inputs["values"]["autoDiscovery"] == {"clusterName": "airflow-dev"}


def test_the_autoscalers_image_is_the_settings(autoscaler: Registration) -> None:
    assert autoscaler.inputs["values"]["image"] == {"tag": "v1.36.1"}


def test_no_chart_makes_a_namespace(eks: Recording) -> None:
    assert not [each.name for each in eks.of_type(RELEASE) if each.inputs.get("createNamespace")]


def test_a_chart_that_fails_is_taken_away_again(eks: Recording) -> None:
    assert all(each.inputs["atomic"] is True for each in eks.of_type(RELEASE))


def test_gatekeeper_is_installed_into_its_own_namespace(eks: Recording, gatekeeper: Registration) -> None:
    namespace = eks.one(NAMESPACE, "gatekeeper-system")
    assert namespace.urn in gatekeeper.dependencies
    assert gatekeeper.inputs["namespace"] == "gatekeeper-system"


def test_a_gatekeeper_that_is_down_stops_no_namespace(gatekeeper: Registration) -> None:
    assert gatekeeper.inputs["values"]["validatingWebhookCheckIgnoreFailurePolicy"] == "Ignore"


def test_gatekeeper_takes_its_webhooks_with_it(gatekeeper: Registration) -> None:
    assert gatekeeper.inputs["values"]["preUninstall"] == {"deleteWebhookConfigurations": {"enabled": True}}


def test_a_constraint_waits_for_its_template_and_that_for_the_chart(eks: Recording, gatekeeper: Registration) -> None:
    templates = {each.inputs["spec"]["crd"]["spec"]["names"]["kind"]: each for each in eks.of_type(TEMPLATE)}
    constraints = _constraints(eks)
    assert {each.inputs["kind"] for each in constraints} == set(templates)
    assert all(gatekeeper.urn in each.dependencies for each in templates.values())
    assert all(templates[each.inputs["kind"]].urn in each.dependencies for each in constraints)


def test_every_policy_denies(eks: Recording) -> None:
    assert {each.inputs["spec"]["enforcementAction"] for each in _constraints(eks)} == {"deny"}


def test_a_policy_refuses_only_once_unset_fields_are_filled_in(eks: Recording, gatekeeper: Registration) -> None:
    mutators = [each for each in eks.of_type(ASSIGN) if each.name.startswith("privilege-escalation-")]
    constraint = eks.one(f"{CONSTRAINTS}:PrivilegeEscalation", "privilege-escalation")
    assert len(mutators) == 2
    assert all(gatekeeper.urn in each.dependencies for each in mutators)
    assert all(each.urn in constraint.dependencies for each in mutators)


def test_nothing_is_filled_in_where_the_policies_do_not_apply(eks: Recording) -> None:
    exempt = [each.inputs["spec"]["match"]["excludedNamespaces"] for each in eks.of_type(ASSIGN)]
    assert exempt == [["kube-system", "gatekeeper-system"]] * len(exempt)


def test_a_constraint_has_the_stacks_parameters(eks: Recording) -> None:
    spec = eks.one(f"{CONSTRAINTS}:Kube2iamRoles", "kube2iam-roles").inputs["spec"]
    assert spec["parameters"] == {"rolesBelow": "arn:aws:iam::111122223333:role/airflow-dev/"}


def test_a_template_is_awaited_until_its_kind_exists(eks: Recording) -> None:
    assert {each.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] for each in eks.of_type(TEMPLATE)} == {
        "jsonpath={.status.created}=true"
    }


def test_the_settings_choose_a_policys_action_and_the_exempt_namespaces(deploy_eks: Deploy) -> None:
    gatekeeper = {
        "chart_version": "3.23.1",
        "policies": {"privilege-escalation": "warn"},
        "exempt_namespaces": ["kube-system"],
    }
    recording = deploy_eks(gatekeeper=gatekeeper)
    spec = recording.one(f"{CONSTRAINTS}:PrivilegeEscalation", "privilege-escalation").inputs["spec"]
    assert spec["enforcementAction"] == "warn"
    assert spec["match"]["excludedNamespaces"] == ["kube-system"]


def test_a_policy_of_the_settings_that_does_not_exist_is_refused(deploy_eks: Deploy) -> None:
    with pytest.raises(Exception, match="did you mean host-namespaces"):
        deploy_eks(gatekeeper={"chart_version": "3.23.1", "policies": {"host-namespace": "warn"}})


def test_kube2iam_catches_what_the_vpc_cni_sends_and_runs_on_tainted_nodes_too(eks: Recording) -> None:
    values = eks.one(RELEASE, "kube2iam").inputs["values"]
    assert values["host"] == {"interface": "eni+", "iptables": True}
    assert values["rbac"] == {"create": True}
    assert values["updateStrategy"] == "RollingUpdate"
    assert values["tolerations"] == [{"operator": "Exists"}]


def test_kube2iam_gives_roles_of_this_environments_path_only(eks: Recording) -> None:
    arguments = eks.one(RELEASE, "kube2iam").inputs["values"]["extraArgs"]
    assert arguments["base-role-arn"] == "arn:aws:iam::111122223333:role/airflow-dev/"
    assert arguments["default-role"] == "airflow-dev-kube2iam-default"
    assert arguments["namespace-restrictions"] is True


def test_kube2iam_comes_from_its_oci_chart(eks: Recording) -> None:
    release = eks.one(RELEASE, "kube2iam").inputs
    assert release["chart"].startswith("oci://")
    assert "repositoryOpts" not in release
    assert release["values"]["image"] == {"tag": "0.15.0"}
