"""Estimates: how long operations take, and what things cost."""

from functools import cache

from airflow_infra.catalogue.loader import Catalogue, Entry, load


class Range(Entry):
    """A duration, minutes."""

    low: float
    typical: float
    high: float


class Duration(Entry):
    """How long the operations on one resource type take."""

    create: Range
    update: Range
    delete: Range
    verified: bool
    """False where the figures are general knowledge."""


class Durations(Catalogue):
    """Durations of the resource types that take more than moments."""

    minutes: dict[str, Duration]
    """By Pulumi resource type, such as aws:eks/cluster:Cluster."""
    other: Duration
    """Of any other type."""


class Price(Entry):
    """A price."""

    usd: float
    """Price of one unit, USD, before tax."""
    unit: str
    """The unit: hour, GB or GB-month."""
    verified: bool
    """False where the figure is general knowledge or derived."""


class Prices(Catalogue):
    """On-demand prices. What was not found is absent, never guessed."""

    region: str
    """Region of the prices."""
    prices: dict[str, Price]
    """By what is paid for, such as nat_gateway or ec2.t3a.large."""


@cache
def durations() -> Durations:
    """Durations by resource type."""
    return load(Durations, "durations")


@cache
def prices() -> Prices:
    """Prices of one region."""
    return load(Prices, "prices")
