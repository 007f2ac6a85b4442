"""Apache Airflow on MWAA: versions and environment classes."""

from datetime import date
from functools import cache

from airflow_infra.catalogue.loader import Catalogue, Entry, load


class AirflowVersion(Entry):
    """A version that MWAA offers."""

    python: str
    """Python's minor version in its image."""
    released: date
    """Day on which the package index had it."""
    available: date
    """Day on which MWAA offered it."""
    providers: dict[str, str]
    """Version of a provider package that the version's constraints pin."""


class VersionRange(Entry):
    """Versions from first to last, both included."""

    first: str
    last: str


class AirflowVersions(Catalogue):
    """Versions of Apache Airflow on MWAA."""

    advised: str
    """What a new environment should pick."""
    versions: dict[str, AirflowVersion]
    """Versions on offer, newest first."""
    end_of_support: dict[str, date]
    """Versions no longer offered, with the day."""
    email_backend_ignored: VersionRange
    """Versions that send failure and retry mails by SMTP whatever email backend is configured."""


class EnvironmentClass(Entry):
    """A size of the MWAA environment."""

    dags: int
    """DAGs up to which the size is advised."""
    tasks_per_worker: int
    """Tasks that a worker runs at one time."""
    schedulers: tuple[int, int]
    """Fewest and most schedulers."""
    webservers: tuple[int, int]
    """Fewest and most web servers."""
    autoscaling: bool
    """Workers and web servers scale."""


class EnvironmentClasses(Catalogue):
    """Environment classes."""

    default_max_workers_quota: int
    """Workers per environment that AWS allows unasked."""
    classes: dict[str, EnvironmentClass]
    """By name, smallest first."""


@cache
def airflow_versions() -> AirflowVersions:
    """Versions of Apache Airflow on MWAA."""
    return load(AirflowVersions, "airflow")


@cache
def environment_classes() -> EnvironmentClasses:
    """Environment classes."""
    return load(EnvironmentClasses, "environment_classes")
