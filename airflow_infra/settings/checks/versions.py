"""Versions: of Kubernetes, the node image, the add-ons and the charts, and whether they belong together."""

import re
from collections.abc import Iterator
from datetime import date, datetime

from packaging.version import Version

from airflow_infra.catalogue.charts import chart, charts
from airflow_infra.catalogue.kubernetes import addons, kubernetes_versions, node_images
from airflow_infra.settings.checks.surroundings import Check, Surroundings
from airflow_infra.settings.problems import Finding, KeyPath
from airflow_infra.settings.stack import StackSettings

_CLUSTER = ("eks", "cluster")
_DAYS_OF_NOTICE = 60
_ADDONS = {
    "vpc_cni_version": "vpc-cni",
    "kube_proxy_version": "kube-proxy",
    "coredns_version": "coredns",
    "pod_identity_agent_version": "eks-pod-identity-agent",
}
# What a chart must be at least: kube2iam's first OCI chart, which knows IMDSv2; Gatekeeper with CEL generally available
# (read 2026-11-22; Gatekeeper's documentation, validating admission policy).
_OLDEST_CHARTS = {"kube2iam": "0.15.0", "gatekeeper": "3.18.0"}


def kubernetes(settings: StackSettings, surroundings: Surroundings) -> Iterator[Finding]:
    """A Kubernetes version that EKS supports, and for how long."""
    path, catalogue = (*_CLUSTER, "kubernetes_version"), kubernetes_versions()
    minor = settings.eks.cluster.kubernetes_version
    known = catalogue.versions.get(minor)
    if known is None:
        newest = max(catalogue.versions, key=Version)
        if Version(minor) > Version(newest):
            message = f"newer than the catalogue of {catalogue.as_of}, which ends with {newest}: not checked"
            yield Finding(path, message, minor, warning=True)
        else:
            message = f"EKS no longer offers it: expected one of {', '.join(catalogue.versions)}"
            yield Finding(path, message, minor)
        return
    today = surroundings.as_of
    if today is None:
        return
    price = catalogue.usd_per_cluster_hour
    cost = f"the control plane costs {price.extended} instead of {price.standard} USD an hour"
    if today >= known.end_extended:
        message = f"its extended support ended on {known.end_extended}: expected {catalogue.advised} (as of {today})"
        yield Finding(path, message, minor)
    elif today >= known.end_standard and settings.eks.cluster.support_type == "STANDARD":
        message = (
            f"its standard support ended on {known.end_standard}, and with support_type STANDARD EKS upgrades it by "
            f"itself: expected {catalogue.advised}, or support_type EXTENDED until {known.end_extended} (as of {today})"
        )
        yield Finding(path, message, minor)
    elif today >= known.end_standard:
        message = f"in extended support since {known.end_standard}, until {known.end_extended}: {cost}"
        yield Finding(path, message, minor, warning=True)
    elif (known.end_standard - today).days < _DAYS_OF_NOTICE:
        then = cost if settings.eks.cluster.support_type == "EXTENDED" else "EKS upgrades it by itself"
        days = (known.end_standard - today).days
        message = f"its standard support ends on {known.end_standard}, in {days} days: from then on {then}"
        yield Finding(path, message, minor, warning=True)


def images(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Releases of the node image: of the cluster's minor, of the image's kind, none that is known to be bad."""
    cluster = settings.eks.cluster
    default = (*_CLUSTER, "node_group", "ami_release_version")
    found: list[tuple[KeyPath, str]] = [(default, cluster.node_group.ami_release_version)]
    for index, group in enumerate(cluster.node_groups):
        if group.ami_release_version is not None:
            found.append(((*_CLUSTER, "node_groups", index, "ami_release_version"), group.ami_release_version))
    for path, release in found:
        yield from _image(path, release, cluster.kubernetes_version, cluster.node_group.ami_type)


def _image(path: KeyPath, release: str, minor: str, ami_type: str) -> Iterator[Finding]:
    catalogue = node_images()
    day = release.rpartition("-")[2]
    dated = re.fullmatch(r"1\.\d\d\.\d+-20\d{6}", release) is not None
    if dated == ami_type.startswith("BOTTLEROCKET"):
        form = "<x.y.z>-<8 hexadecimal digits>" if dated else "<kubernetes x.y.z>-<YYYYMMDD>"
        yield Finding(path, f"a release of another kind of image: {ami_type} has {form}", release)
        return
    if not dated:
        return
    if not release.startswith(f"{minor}."):
        newest = catalogue.newest_good.get(minor)
        message = f"an image of another Kubernetes minor: expected {minor}.*-* as eks.cluster.kubernetes_version says"
        yield Finding(path, message, release, suggestion=newest)
        return
    if _day(day) is None:
        yield Finding(path, f"{day} is no date: expected YYYYMMDD", release)
        return
    reason = catalogue.why_not(minor, release)
    newest = catalogue.newest_good.get(minor)
    if reason:
        expected = f": expected {newest}" if newest else ""
        yield Finding(path, f"must not be used: {reason}{expected} (as of {catalogue.as_of})", release)
    elif newest is None or day > newest.rpartition("-")[2]:
        message = f"newer than the catalogue of {catalogue.as_of}: it is not known whether it exists"
        yield Finding(path, message, release, warning=True)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def addon_builds(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Add-on builds that belong to the cluster's minor, as far as is known."""
    cluster, catalogue = settings.eks.cluster, addons()
    minor = cluster.kubernetes_version
    builds = catalogue.by_minor.get(minor)
    if not cluster.kube_proxy_version.startswith(f"v{minor}."):
        message = f"kube-proxy of another minor: expected v{minor}.* as eks.cluster.kubernetes_version says"
        suggestion = builds["kube-proxy"].default or builds["kube-proxy"].newest if builds else None
        yield Finding((*_CLUSTER, "kube_proxy_version"), message, cluster.kube_proxy_version, suggestion=suggestion)
    if builds is None:
        return  # that the minor itself is newer than the catalogue was said
    for field, name in _ADDONS.items():
        version, path = getattr(cluster, field), (*_CLUSTER, field)
        newest, default = builds[name].newest, builds[name].default
        if newest is None:
            message = f"no build of {name} for {minor} is known as of {catalogue.as_of}: ask DescribeAddonVersions"
            yield Finding(path, message, version, warning=True)
        elif _build(version) > _build(newest):
            message = f"newer than {newest}, the newest of the catalogue of {catalogue.as_of}: not checked"
            yield Finding(path, message, version, warning=True)
        elif default and _build(version)[:2] < _build(default)[:2]:
            message = f"older than what EKS installs on {minor} by default, {default} (as of {catalogue.as_of})"
            yield Finding(path, message, version, warning=True)


def _build(version: str) -> tuple[int, ...]:
    """v1.22.4-eksbuild.3 as numbers: builds compare as integers."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def autoscaler_image(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """The autoscaler simulates the scheduler, so its minor is the cluster's."""
    minor, tag = settings.eks.cluster.kubernetes_version, settings.eks.cluster_autoscaler.image_tag
    path = ("eks", "cluster_autoscaler", "image_tag")
    known = chart("cluster-autoscaler")
    behind = known.images_one_minor_behind.get(minor)
    if tag.startswith(f"v{minor}."):
        newest = known.images.get(minor)
        if newest is None or Version(tag) > Version(newest):
            message = f"newer than the catalogue of {charts().as_of}: it is not known whether it exists"
            yield Finding(path, message, tag, warning=True)
    elif behind and tag.rpartition(".")[0] == behind.rpartition(".")[0]:
        message = f"one minor behind the cluster: no image for {minor} is known as of {charts().as_of}"
        yield Finding(path, message, tag, warning=True)
    else:
        message = f"an autoscaler of another minor: expected v{minor}.* as eks.cluster.kubernetes_version says"
        yield Finding(path, message, tag, suggestion=known.images.get(minor) or behind)


def chart_versions(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Charts that can be installed."""
    eks = settings.eks
    chosen = {
        ("cluster_autoscaler", "cluster-autoscaler"): eks.cluster_autoscaler.chart_version,
        ("gatekeeper", "gatekeeper"): eks.gatekeeper.chart_version,
    }
    if eks.kube2iam:
        chosen["kube2iam", "kube2iam"] = eks.kube2iam.chart_version
    as_of = charts().as_of
    for (block, name), version in chosen.items():
        path, known = ("eks", block, "chart_version"), chart(name)
        oldest = _OLDEST_CHARTS.get(name)
        if version in known.withdrawn:
            message = f"this chart cannot be installed, it was withdrawn or never published: expected {known.newest}"
            yield Finding(path, f"{message} (as of {as_of})", version)
        elif oldest and _chart(version) < _chart(oldest):
            yield Finding(path, f"too old for this platform: expected {oldest} or newer", version)
        elif _chart(version) > _chart(known.newest):
            message = f"newer than {known.newest}, the newest of the catalogue of {as_of}: not checked"
            yield Finding(path, message, version, warning=True)


def _chart(version: str) -> tuple[tuple[int, ...], bool]:
    """A chart version for comparison: a pre-release comes before its release."""
    numbers, dash, _rest = version.partition("+")[0].partition("-")
    return tuple(int(number) for number in numbers.split(".")), not dash


CHECKS: tuple[Check, ...] = (kubernetes, images, addon_builds, autoscaler_image, chart_versions)
