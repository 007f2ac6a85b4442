"""Measure a rehearsal: wall time and peak memory of the dev stack, and time per resource of a large one.

    python benchmarks/rehearsal.py [--runs 5]

Both stacks are run in turn, so that the machine's mood falls on both. Memory is the sum of the proportional set sizes
(PSS, MiB) of the whole process tree, sampled every 50 ms (elsewhere than on Linux the resident set sizes, which count
shared pages twice).
"""

import argparse
import contextlib
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

PROJECT = Path(__file__).parent.parent
SAMPLE_INTERVAL_S = 0.05
NODE_GROUPS = 60
TRANSIT_GATEWAYS = 5
ROUTES_PER_GATEWAY = 20


@dataclass(frozen=True)
class Run:
    """One measured rehearsal."""

    wall_s: float
    peak_mib: float
    resources: int
    steps_s: dict[str, float]


def tree_memory(process: psutil.Process) -> float:
    """Memory of a process and its descendants, MiB."""
    total = 0
    for member in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            info = member.memory_full_info()
            total += getattr(info, "pss", info.rss)
    return total / 2**20


def measure(project: Path, stack: str) -> Run:
    """Rehearse a stack once, as a user would."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [str(Path(sys.executable).with_name("airflow-infra")), "rehearse", stack, "--json", str(report)]
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        watched, peak = psutil.Process(process.pid), 0.0
        while process.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                peak = max(peak, tree_memory(watched))
            time.sleep(SAMPLE_INTERVAL_S)
        wall = time.perf_counter() - started
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{process.communicate()[0]}")
        document = json.loads(report.read_text())
    steps = {step["step"]: step["duration_s"] for step in document["steps"]}
    return Run(wall, peak, document["resources"]["total"], steps)


def large_project(folder: Path) -> Path:
    """A copy of the project whose stack `large` is dev with many node groups, transit gateways and routes."""
    for name in ("__main__.py", "Pulumi.yaml", "infra"):
        (folder / name).symlink_to(PROJECT / name)
    yaml = YAML()
    document = yaml.load((PROJECT / "Pulumi.dev.yaml").read_text())
    settings = {key.split(":", 1)[-1]: value for key, value in document["config"].items()}
    cluster, vpc = settings["eks"]["cluster"], settings["vpc"]
    model = cluster["node_groups"][0]
    cluster["node_groups"] = [
        {**model, "name": f"standard-{number}", "scaling_config": {"min_size": 1, "max_size": 1}}
        for number in range(NODE_GROUPS)
    ]
    ranges = list(IPv4Network("172.16.0.0/12").subnets(new_prefix=24))
    vpc["transit_gateways"] = [
        {
            "name": f"gateway-{number}",
            "id": f"tgw-{number:017x}",
            "routes": [str(ranges[number * ROUTES_PER_GATEWAY + route]) for route in range(ROUTES_PER_GATEWAY)],
        }
        for number in range(TRANSIT_GATEWAYS)
    ]
    document["config"]["data-engineering-airflow:quotas"] = {
        "node_groups_per_cluster": NODE_GROUPS,
        "routes_per_route_table": TRANSIT_GATEWAYS * ROUTES_PER_GATEWAY + 10,
    }
    text = io.StringIO()
    yaml.dump(document, text)
    (folder / "Pulumi.large.yaml").write_text(text.getvalue())
    return folder


def row(name: str, runs: list[Run]) -> list[str]:
    """The figures of one stack: minimum and median."""
    walls, peaks = [run.wall_s for run in runs], [run.peak_mib for run in runs]
    each = [1000 * sum(run.steps_s.values()) / run.resources for run in runs]
    return [
        name,
        str(runs[0].resources),
        *(
            f"{min(values):.{digits}f} / {statistics.median(values):.{digits}f}"
            for values, digits in ((walls, 2), (peaks, 0), (each, 1))
        ),
        *(f"{statistics.median(run.steps_s[step] for run in runs):.1f}" for step in runs[0].steps_s),
    ]


def main() -> None:
    """Run both stacks in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each stack, after one that is not")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stacks = {"dev": (PROJECT, "dev"), "large": (large_project(Path(folder)), "large")}
        runs: dict[str, list[Run]] = {name: [] for name in stacks}
        for number in range(arguments.runs + 1):
            for name, (project, stack) in stacks.items():
                run = measure(project, stack)
                if number:
                    runs[name].append(run)
    steps = next(iter(runs.values()))[0].steps_s
    table = Table("stack", "resources", "wall s", "peak MiB", "ms per resource", *(f"{step} s" for step in steps))
    for name, measured in runs.items():
        table.add_row(*row(name, measured))
    console = Console()
    console.print(f"{arguments.runs} runs each after one uncounted; minimum / median")
    console.print(table)


if __name__ == "__main__":
    main()
