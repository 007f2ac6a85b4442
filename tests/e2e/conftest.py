"""What the tests share that need a real Kubernetes, one cluster for the whole session, or the stack's real Airflow.

They are skipped by name where its programs have not been built (`make cluster` builds them) or its environment cannot
be made, unless REQUIRE_CLUSTER or REQUIRE_AIRFLOW is set, as `.ci/run` does: then their absence is a failure.
"""

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.airflow.dags import Rendering, rendered_pods
from airflow_infra.airflow.environment import AirflowEnvironment, airflow_environment
from airflow_infra.airflow.installing import AirflowEnvironmentError
from airflow_infra.airflow.process import Limits
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.components import TOOLS, not_built
from airflow_infra.cluster.launch import start_time
from airflow_infra.cluster.release import Gatekeeper
from airflow_infra.settings.readers import load_stack
from airflow_infra.settings.stack import StackSettings
from infra.eks.gatekeeper import VALUES

PROJECT = Path(__file__).parents[2]
CLUSTERS = PROJECT / ".cluster"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was compared with the real ones, and how often: what tests record as the property `compared`."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    said = [value for report in reports for name, value in report.user_properties if name == "compared"]
    if said:
        terminalreporter.section("compared")
        for line in said:
            terminalreporter.line(str(line))


@pytest.fixture(scope="session")
def settings() -> StackSettings:
    return load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings


@pytest.fixture(scope="session")
def environment(settings: StackSettings) -> AirflowEnvironment:
    """The stack's Airflow, made once and kept."""
    try:
        return airflow_environment(settings.mwaa, print)
    except AirflowEnvironmentError as error:
        if os.environ.get("REQUIRE_AIRFLOW"):
            raise
        pytest.skip(f"no environment with Airflow {settings.mwaa.airflow_version}: {error}")


@pytest.fixture(scope="session")
def render(settings: StackSettings, environment: AirflowEnvironment) -> Callable[..., Rendering]:
    """The pods of DAG files."""

    def run(*files: Path, seconds: float = 60) -> Rendering:
        return rendered_pods(files, settings, print, Limits(seconds=seconds))

    return run


@pytest.fixture(scope="session")
def binaries() -> Path:
    """The folder with etcd, kube-apiserver, ..., gatekeeper, gator, helm and kwok."""
    missing = [family.name for family in not_built()]
    if missing and not os.environ.get("REQUIRE_CLUSTER"):
        pytest.skip(f"not built: {', '.join(missing)}. `make cluster` builds them")
    assert not missing, f"REQUIRE_CLUSTER is set and these are not built: {missing}"
    return TOOLS / "bin"


@pytest.fixture(scope="session")
def cluster(binaries: Path) -> Iterator[Cluster]:
    """A control plane without Gatekeeper, nodes or namespaces of ours. Tests clean up behind themselves."""
    _take_down_what_a_killed_session_left(binaries)
    cluster = Cluster(CLUSTERS / f"e2e-{os.getpid()}", binaries)
    cluster.up()
    yield cluster
    cluster.down()


@pytest.fixture(scope="session")
def platform_values() -> dict[str, Any]:
    """The values of the platform's release; but a constraint has its binding after a second, and not after 30."""
    return {**VALUES, "defaultWaitForVAPBGeneration": 1}


@pytest.fixture(scope="session")
def gatekeeper(cluster: Cluster, platform_values: dict[str, Any]) -> Gatekeeper:
    """Gatekeeper in the session's cluster, by its chart with the platform's values, and without any policy.

    Tests that apply templates, constraints or mutators delete them again: others share it.
    """
    gatekeeper = Gatekeeper(cluster)
    gatekeeper.install(platform_values)
    return gatekeeper


@pytest.fixture
def another_cluster(binaries: Path, tmp_path: Path) -> Iterator[Cluster]:
    """A control plane of the test's own, for what others must not see."""
    cluster = Cluster(tmp_path / "cluster", binaries)
    cluster.up()
    yield cluster
    cluster.down()


def _take_down_what_a_killed_session_left(binaries: Path) -> None:
    for folder in CLUSTERS.glob("e2e-*"):
        if start_time(int(folder.name.removeprefix("e2e-"))) is None:
            Cluster(folder, binaries).down()
