"""CloudWatch metrics that exist: what alarms and the dashboard are built from."""

from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from airflow_infra.catalogue.loader import Catalogue, Entry, load


class Metric(Entry):
    """A metric as AWS publishes it."""

    namespace: str
    """CloudWatch namespace."""
    name: str
    """Name of the metric."""
    dimensions: dict[str, str]
    """Every dimension that it is published with. The stack fills in a value in braces, such as {environment}."""
    statistic: Literal["Average", "Maximum", "Minimum", "SampleCount", "Sum"]
    """The statistic that makes sense of it."""
    unit: str
    """Unit of its values."""
    period_s: Annotated[int, Field(ge=60, multiple_of=60)]
    """Length of a period for the statistic, seconds."""
    meaning: str
    """What it counts."""
    source: str
    """Document in which it was read, with its year."""
    unverified: tuple[str, ...]
    """What the source does not say."""

    def dimensions_of(self, **values: str) -> dict[str, str]:
        """The dimensions with placeholders filled in. Raises KeyError naming a placeholder without a value."""
        return {key: value.format_map(values) for key, value in self.dimensions.items()}


class Metrics(Catalogue):
    """The metrics in use."""

    metrics: dict[str, Metric]
    """By a short name of ours."""


@cache
def metrics() -> Metrics:
    """Every metric."""
    return load(Metrics, "metrics")


def metric(name: str) -> Metric:
    """One metric. Raises KeyError for one that the data file does not hold."""
    return metrics().metrics[name]
