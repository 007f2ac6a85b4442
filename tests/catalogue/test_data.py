"""The data files agree with themselves and with each other."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.version import Version

import airflow_infra.catalogue
from airflow_infra.catalogue.airflow import airflow_versions, environment_classes
from airflow_infra.catalogue.charts import chart, charts
from airflow_infra.catalogue.estimates import durations, prices
from airflow_infra.catalogue.instance_types import instance_types
from airflow_infra.catalogue.kubernetes import addons, kubernetes_versions, node_images
from airflow_infra.catalogue.loader import Catalogue
from airflow_infra.catalogue.nodes import nodes

CATALOGUES: tuple[Callable[[], Catalogue], ...] = (
    airflow_versions,
    environment_classes,
    charts,
    durations,
    prices,
    instance_types,
    addons,
    kubernetes_versions,
    node_images,
    nodes,
)


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda function: function.__name__)
def test_a_data_file_is_dated_and_names_its_sources(catalogue: Callable[[], Catalogue]) -> None:
    assert catalogue().as_of.year >= 2026
    assert all(catalogue().source)


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda function: function.__name__)
def test_a_data_file_is_read_once(catalogue: Callable[[], Catalogue]) -> None:
    assert catalogue() is catalogue()


def test_every_data_file_ends_with_a_line_end() -> None:
    folder = Path(airflow_infra.catalogue.__file__).parent / "data"
    assert [file.name for file in folder.glob("*.json") if not file.read_text("utf-8").endswith("}\n")] == []


def test_support_ends_in_the_order_of_the_versions() -> None:
    versions = kubernetes_versions().versions
    assert list(versions) == sorted(versions, key=Version)
    for older, newer in pairwise(versions.values()):
        assert older.end_standard < newer.end_standard
    for version in versions.values():
        assert version.released < version.end_standard < version.end_extended


def test_the_advised_versions_are_known() -> None:
    advised = kubernetes_versions().advised
    assert advised in kubernetes_versions().versions
    assert advised in node_images().newest_good
    assert all(builds.default for builds in addons().by_minor[advised].values())
    assert advised in chart("cluster-autoscaler").images
    assert airflow_versions().advised in airflow_versions().versions


def test_a_release_belongs_to_its_minor_and_the_newest_good_one_is_good() -> None:
    images = node_images()
    for minor, releases in images.known.items():
        assert all(release.startswith(f"{minor}.") for release in releases)
        days = [release.rpartition("-")[2] for release in releases]
        assert days == sorted(days)
    for minor, release in images.newest_good.items():
        assert release in images.known[minor]
        assert images.why_not(minor, release) is None


def test_a_bad_release_is_bad_for_its_minors_only() -> None:
    assert node_images().why_not("1.35", "1.35.8-20261003") is not None
    assert node_images().why_not("1.36", "1.36.4-20261003") is None
    assert node_images().why_not("1.36", "1.36.4-20260311") is not None


def test_a_kube_proxy_build_belongs_to_its_minor() -> None:
    for minor, builds in addons().by_minor.items():
        newest = builds["kube-proxy"].newest
        assert newest is None or newest.startswith(f"v{minor}.")


def test_an_autoscaler_image_belongs_to_its_minor_or_to_the_one_before() -> None:
    autoscaler = chart("cluster-autoscaler")
    assert all(tag.startswith(f"v{minor}.") for minor, tag in autoscaler.images.items())
    assert autoscaler.images_one_minor_behind == {"1.37": "v1.36.1"}


@pytest.mark.parametrize("name", ["cluster-autoscaler", "gatekeeper", "kube2iam"])
def test_no_value_of_a_chart_stands_for_another_that_is_listed_too(name: str) -> None:
    """A key stands for everything below it: listing `image` would let any misspelt `image.tga` pass."""
    keys = chart(name).values_keys
    assert len(set(keys)) == len(keys)
    assert [key for key in keys if any(other.startswith(f"{key}.") for other in keys)] == []


def test_gatekeeper_brings_the_kinds_that_policies_need() -> None:
    kinds = {resource.kind: resource for resource in chart("gatekeeper").crds}
    assert len(kinds) == 17
    assert kinds["ConstraintTemplate"].storage == "v1"
    assert {"Assign", "AssignMetadata", "ModifySet", "AssignImage", "Config"} <= kinds.keys()
    assert all(resource.storage in resource.served for resource in kinds.values())


def test_pods_follow_from_interfaces_and_their_addresses() -> None:
    for name, known in instance_types().types.items():
        assert known.max_pods == known.max_enis * (known.ipv4_per_eni - 1) + 2, name


def test_durations_rise_from_low_to_high() -> None:
    for operations in durations().minutes.values():
        for span in (operations.create, operations.update, operations.delete):
            assert 0 < span.low <= span.typical <= span.high


def test_the_extended_price_is_the_same_wherever_it_stands() -> None:
    per_hour = kubernetes_versions().usd_per_cluster_hour
    assert prices().prices["eks.cluster.standard"].usd == per_hour.standard
    assert prices().prices["eks.cluster.extended"].usd == per_hour.extended


def test_what_was_not_found_has_no_price() -> None:
    assert "mwaa.environment.micro" not in prices().prices
