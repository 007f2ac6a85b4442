"""What is allowed but said: catalogues warn, they don't block."""

from datetime import date
from pathlib import Path

import pytest

from airflow_infra.settings.problems import SettingsError
from airflow_infra.settings.readers import load_stack

EXAMPLE = Path(__file__).with_name("Pulumi.example.yaml")
TO_1_37 = {
    '"1.36"': '"1.37"',
    "v1.36.0-eksbuild.25": "v1.37.0-eksbuild.1",
    "1.36.4-20261003": "1.37.1-20261023",
}
TO_1_34 = {
    '"1.36"': '"1.34"',
    "v1.36.0-eksbuild.25": "v1.34.6-eksbuild.29",
    "v1.14.3-eksbuild.23": "v1.12.4-eksbuild.38",
    "1.36.4-20261003": "1.34.9-20260714",
    "v1.36.1": "v1.34.5",
}


def warnings(project: Path, edits: dict[str, str], as_of: date = date(2026, 11, 22)) -> list[str]:
    """Warnings about the example after replacing the first occurrence of each text, without the file's name."""
    text = EXAMPLE.read_text("utf-8")
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new, 1)
    (project / EXAMPLE.name).write_text(text, "utf-8")
    return [str(warning).partition(":")[2] for warning in load_stack("example", project, as_of=as_of).warnings]


def test_a_kubernetes_version_newer_than_the_catalogue_is_allowed_and_said(tmp_path: Path) -> None:
    edits = {
        '"1.36"': '"1.38"',
        "v1.36.0-eksbuild.25": "v1.38.0-eksbuild.1",
        "1.36.4-20261003": "1.38.0-20270601",
        "v1.36.1": "v1.38.0",
    }
    assert warnings(tmp_path, edits) == [
        "36: eks.cluster.kubernetes_version: 1.38: newer than the catalogue of 2026-11-22, which ends with 1.37: "
        "not checked",
        "46: eks.cluster.node_group.ami_release_version: 1.38.0-20270601: newer than the catalogue of 2026-11-22: "
        "it is not known whether it exists",
        "67: eks.cluster_autoscaler.image_tag: v1.38.0: newer than the catalogue of 2026-11-22: "
        "it is not known whether it exists",
    ]


def test_an_autoscaler_one_minor_behind_is_allowed_where_no_image_of_the_minor_is_known(tmp_path: Path) -> None:
    said = (
        "67: eks.cluster_autoscaler.image_tag: v1.36.1: one minor behind the cluster: "
        "no image for 1.37 is known as of 2026-11-22"
    )
    assert said in warnings(tmp_path, TO_1_37)


def test_an_addon_of_which_no_build_is_known_is_allowed_and_said(tmp_path: Path) -> None:
    said = (
        "39: eks.cluster.kube_proxy_version: v1.37.0-eksbuild.1: no build of kube-proxy for 1.37 is known "
        "as of 2026-11-22: ask DescribeAddonVersions"
    )
    assert said in warnings(tmp_path, TO_1_37)


def test_eksbuild_numbers_compare_as_integers(tmp_path: Path) -> None:
    assert warnings(tmp_path, {"v1.36.0-eksbuild.25": "v1.36.0-eksbuild.5"}) == []
    assert "newer than v1.36.0-eksbuild.45" in warnings(tmp_path, {"v1.36.0-eksbuild.25": "v1.36.0-eksbuild.100"})[0]


def test_an_addon_below_the_default_line_is_said(tmp_path: Path) -> None:
    assert warnings(tmp_path, {"v1.22.4-eksbuild.3": "v1.21.1-eksbuild.1"}) == [
        "38: eks.cluster.vpc_cni_version: v1.21.1-eksbuild.1: older than what EKS installs on 1.36 by default, "
        "v1.22.4-eksbuild.3 (as of 2026-11-22)"
    ]


def test_standard_support_that_ends_soon_is_said_with_what_happens_then(tmp_path: Path) -> None:
    assert warnings(tmp_path, TO_1_34) == [
        "36: eks.cluster.kubernetes_version: 1.34: its standard support ends on 2026-12-02, in 10 days: "
        "from then on EKS upgrades it by itself"
    ]


def test_extended_support_is_allowed_at_its_price(tmp_path: Path) -> None:
    edits = TO_1_34 | {"support_type: STANDARD": "support_type: EXTENDED"}
    assert warnings(tmp_path, edits, as_of=date(2026, 12, 2)) == [
        "36: eks.cluster.kubernetes_version: 1.34: in extended support since 2026-12-02, until 2027-12-02: "
        "the control plane costs 0.6 instead of 0.1 USD an hour"
    ]


def test_the_end_of_extended_support_is_the_end(tmp_path: Path) -> None:
    edits = TO_1_34 | {"support_type: STANDARD": "support_type: EXTENDED"}
    with pytest.raises(SettingsError, match="its extended support ended on 2027-12-02"):
        warnings(tmp_path, edits, as_of=date(2027, 12, 2))


def test_an_airflow_version_newer_than_the_catalogue_is_allowed_and_said(tmp_path: Path) -> None:
    edits = {"airflow_version: 3.3.1": "airflow_version: 3.4.0", "constraints-3.3.1": "constraints-3.4.0"}
    assert warnings(tmp_path, edits) == [
        "21: mwaa.airflow_version: 3.4.0: newer than the catalogue of 2026-11-22: nothing about it is checked"
    ]


def test_a_newer_patch_of_an_older_airflow_is_allowed_and_said(tmp_path: Path) -> None:
    edits = {"airflow_version: 3.3.1": "airflow_version: 2.11.3", "constraints-3.3.1": "constraints-2.11.3"}
    assert "newer than the catalogue" in warnings(tmp_path, edits)[0]


def test_a_chart_newer_than_the_catalogue_is_allowed_and_said(tmp_path: Path) -> None:
    assert warnings(tmp_path, {"chart_version: 9.59.0": "chart_version: 9.60.0"}) == [
        "66: eks.cluster_autoscaler.chart_version: 9.60.0: newer than 9.59.0, the newest of the catalogue "
        "of 2026-11-22: not checked"
    ]


def test_an_unknown_instance_type_is_allowed_and_said(tmp_path: Path) -> None:
    assert warnings(tmp_path, {"r6i.4xlarge": "r9i.4xlarge"}) == [
        "55: eks.cluster.node_groups[1].instance_types[0]: r9i.4xlarge: not in the catalogue of 2026-11-22: "
        "its size, architecture and addresses are not checked (did you mean r7i.4xlarge?)"
    ]


def test_a_public_endpoint_that_is_open_to_the_world_is_said(tmp_path: Path) -> None:
    assert "open to the whole internet" in warnings(tmp_path, {"203.0.113.0/24": "0.0.0.0/0"})[0]


def test_an_api_server_behind_a_gateway_that_waits_for_a_person_is_said(tmp_path: Path) -> None:
    edits = {"public_access_cidrs: [203.0.113.0/24]": "runner_cidrs: [10.40.8.0/24]"}
    assert "the first `up` of a new stack cannot make Kubernetes objects" in warnings(tmp_path, edits)[0]


def test_a_gateway_that_accepts_by_itself_is_a_way_to_the_api_server(tmp_path: Path) -> None:
    edits = {
        "public_access_cidrs: [203.0.113.0/24]": "runner_cidrs: [10.40.8.0/24]",
        "routes: [10.40.0.0/16]": "routes: [10.40.0.0/16]\n        auto_accept: true",
    }
    assert warnings(tmp_path, edits) == []


def test_an_image_from_another_registry_is_said(tmp_path: Path) -> None:
    edits = {"111122223333.dkr.ecr.eu-west-1.amazonaws.com/alpine": "registry.example.org/alpine"}
    assert "not from the stack's own registry" in warnings(tmp_path, edits)[0]


def test_exempting_the_namespace_of_the_tasks_is_said(tmp_path: Path) -> None:
    edits = {"chart_version: 3.23.1": "chart_version: 3.23.1\n      exempt_namespaces: [kube-system, airflow]"}
    assert "the policies would hold for nobody" in warnings(tmp_path, edits)[0]


def test_a_constraint_file_of_ones_own_is_said(tmp_path: Path) -> None:
    edits = {"https://raw.githubusercontent.com/apache/airflow/constraints-3.3.1/constraints-3.12.txt": "own.txt"}
    assert "not a constraint file of Apache Airflow" in warnings(tmp_path, edits)[0]


def test_only_the_first_two_private_subnets_hold_mwaas_interfaces(tmp_path: Path) -> None:
    """A /21 has 2043 addresses: 2022 for nodes, EKS and gateways fit, MWAA's 32 beside them do not."""
    edits = {
        "[eu-west-1a, eu-west-1b]": "[eu-west-1a, eu-west-1b, eu-west-1c]",
        "10.9.16.0/20]": "10.9.16.0/20, 10.9.48.0/21]",
        "10.9.33.0/24]": "10.9.33.0/24, 10.9.34.0/24]",
        "max_size: 25": "max_size: 49",
        "max_workers: 10": "max_workers: 25",
    }
    assert warnings(tmp_path, edits) == []


def test_labels_of_the_domains_that_a_kubelet_may_set_are_allowed(tmp_path: Path) -> None:
    assert warnings(tmp_path, {'high-memory: "true"': 'node.kubernetes.io/pool: "true"'}) == []


def test_requirements_that_a_private_web_server_could_not_install_are_allowed_and_said(tmp_path: Path) -> None:
    private = "    webserver_access_mode: PRIVATE_ONLY\n    webserver_cidrs: [10.40.0.0/16]\n    xcom_sidecar_image:"
    (said,) = warnings(tmp_path, {"    xcom_sidecar_image:": private})
    assert "mwaa.requirements: a PRIVATE_ONLY web server reaches no package index: expected wheels" in said
