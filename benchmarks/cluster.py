"""Measure a cluster on this machine: seconds to a control plane, to Gatekeeper and to nothing again, and memory.

    python benchmarks/cluster.py [--runs 3]

Gatekeeper is installed by its chart with two replicas, as the platform does. Memory is the sum of the resident set
sizes of all processes (MiB), which counts what they share more than once. Without programs it measures nothing.
"""

import argparse
import tempfile
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.components import TOOLS, not_built
from airflow_infra.cluster.release import Gatekeeper

COLUMNS = ("API server s", "control plane s", "Gatekeeper s", "down s", "control plane MiB", "all MiB")


def main() -> None:
    """Measure each run in a cluster of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    if missing := not_built():
        print(f"The cluster is not measured: {', '.join(family.name for family in missing)} not built (`make cluster`)")
        return
    table = Table("run", *COLUMNS, title="A cluster on this machine, from nothing")
    for run in range(1, runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            table.add_row(str(run), *(f"{value:.1f}" for value in _measure(Path(folder))))
    Console().print(table)


def _measure(folder: Path) -> list[float]:
    cluster = Cluster(folder / "cluster", TOOLS / "bin")
    reached: dict[str, float] = {}
    began = time.monotonic()
    try:
        cluster.up(reached.__setitem__)
        control_plane_s, control_plane_mib = time.monotonic() - began, _resident_mib(cluster)
        Gatekeeper(cluster).install({"replicas": 2})
        gatekeeper_s, all_mib = time.monotonic() - began, _resident_mib(cluster)
    finally:
        stopping = time.monotonic()
        cluster.down()
    down_s = time.monotonic() - stopping
    return [reached["API server ready"], control_plane_s, gatekeeper_s, down_s, control_plane_mib, all_mib]


def _resident_mib(cluster: Cluster) -> float:
    return sum(psutil.Process(pid).memory_info().rss for pid in cluster.parts().values() if pid) / 2**20


if __name__ == "__main__":
    main()
