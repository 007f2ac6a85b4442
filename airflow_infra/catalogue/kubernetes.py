"""Kubernetes on EKS: the support calendar, node images and add-on builds."""

from datetime import date
from functools import cache

from airflow_infra.catalogue.loader import Catalogue, Entry, load


class KubernetesVersion(Entry):
    """A minor version on EKS."""

    released: date
    """Day on which EKS offered it."""
    end_standard: date
    """First day of extended support."""
    end_extended: date
    """Day on which EKS upgrades clusters that are still on it."""
    derived: bool = False
    """The end days follow from the rule of 14 and 12 months; they were not read."""


class HourlyPrice(Entry):
    """Price of a control plane, USD per hour."""

    standard: float
    """In standard support."""
    extended: float
    """In extended support."""


class KubernetesVersions(Catalogue):
    """The support calendar."""

    advised: str
    """What a new production cluster should pick."""
    usd_per_cluster_hour: HourlyPrice
    """Price of a control plane."""
    versions: dict[str, KubernetesVersion]
    """By minor version, oldest first."""


class BadRelease(Entry):
    """A release of the node image that must not be used."""

    date: str
    """The release, YYYYMMDD."""
    minors: tuple[str, ...]
    """Kubernetes minors concerned; empty for all."""
    reason: str
    """What happens."""


class NodeImages(Catalogue):
    """Releases of the Amazon Linux 2023 node image, <kubernetes x.y.z>-<YYYYMMDD>."""

    newest_good: dict[str, str]
    """The newest release seen that may be used, by Kubernetes minor."""
    known: dict[str, tuple[str, ...]]
    """Releases seen, oldest first, by Kubernetes minor; bad ones among them."""
    do_not_use: tuple[BadRelease, ...]
    """Releases that must not be used."""

    def why_not(self, minor: str, release: str) -> str | None:
        """Why a release must not be used with a Kubernetes minor, or None."""
        day = release.rpartition("-")[2]
        return next(
            (bad.reason for bad in self.do_not_use if bad.date == day and (not bad.minors or minor in bad.minors)), None
        )


class AddonBuilds(Entry):
    """Builds of an add-on for one Kubernetes minor; None where none was found."""

    default: str | None
    """What EKS installs unasked."""
    newest: str | None
    """The newest build seen."""


class Addons(Catalogue):
    """Builds of the managed add-ons."""

    by_minor: dict[str, dict[str, AddonBuilds]]
    """Builds by Kubernetes minor and add-on name."""


@cache
def kubernetes_versions() -> KubernetesVersions:
    """The support calendar of Kubernetes on EKS."""
    return load(KubernetesVersions, "kubernetes")


@cache
def node_images() -> NodeImages:
    """Releases of the node image."""
    return load(NodeImages, "node_images")


@cache
def addons() -> Addons:
    """Builds of the managed add-ons."""
    return load(Addons, "addons")
