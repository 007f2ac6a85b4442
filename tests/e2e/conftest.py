"""What the tests that need a real Kubernetes share: one cluster for the whole session.

They are skipped by name where its programs have not been built (`make cluster` builds them), unless REQUIRE_CLUSTER is
set, as `.ci/run` does: then their absence is a failure.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.components import binaries_folder, missing_programs

PROJECT = Path(__file__).parents[2]
CLUSTERS = PROJECT / ".cluster"


@pytest.fixture(scope="session")
def binaries() -> Path:
    """The folder with etcd, kube-apiserver, ..., gatekeeper, gator, helm and kwok."""
    missing = missing_programs(PROJECT)
    if missing and not os.environ.get("REQUIRE_CLUSTER"):
        pytest.skip(f"not built: {', '.join(missing)}. `make cluster` builds them")
    assert not missing, f"REQUIRE_CLUSTER is set and these are not built: {missing}"
    return binaries_folder(PROJECT)


@pytest.fixture(scope="session")
def cluster(binaries: Path) -> Iterator[Cluster]:
    """A control plane without Gatekeeper, nodes or namespaces of ours. Tests clean up behind themselves."""
    _take_down_what_a_killed_session_left(binaries)
    cluster = Cluster(CLUSTERS / f"e2e-{os.getpid()}", binaries)
    cluster.up()
    yield cluster
    cluster.down()


def _take_down_what_a_killed_session_left(binaries: Path) -> None:
    for folder in CLUSTERS.glob("e2e-*"):
        if not Path(f"/proc/{folder.name.removeprefix('e2e-')}").exists():
            Cluster(folder, binaries).down()
