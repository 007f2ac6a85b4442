"""Measure `check`: 100,000 pods as a stream, one pod from a cold start, and gator beside it on the same pods.

    python benchmarks/check.py [--pods 100000] [--gator-pods 1000] [--runs 3]

Memory is the sum over the process tree as in benchmarks/rehearsal.py. gator gets fewer pods, the first ones of the same
file: rates are compared. It is left out, by name, where `make cluster` has not built it.
"""

import argparse
import contextlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
from check_pods import different, repeating, write_documents, write_lines
from rehearsal import PROJECT, tree_memory
from rich.console import Console
from rich.table import Table

from airflow_infra.policies.stack import stack_policies
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import load_stack

STACK = "dev"
GATOR = PROJECT / "tools/bin/gator"
TARGET = 10
"""How many times as many pods a second as `gator test` there should be."""
_SAMPLE_INTERVAL_S = 0.5  # each look takes a tenth of that, from the same cores


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    wall_s: float
    cpu_s: float
    """Of all its processes: what tells more where the machine is busy with something else."""
    peak_mib: float


def measure(command: list[str], allowed: tuple[int, ...] = (0, 1)) -> Run:
    """Run a command, which may say by its status that pods were refused."""
    _tell(command)
    started, before = time.perf_counter(), _cpu()
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    watched, peak = psutil.Process(process.pid), 0.0
    while process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            peak = max(peak, tree_memory(watched))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_SAMPLE_INTERVAL_S)
    wall = time.perf_counter() - started
    errors = process.communicate()[1]
    if process.returncode not in allowed:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{errors}")
    return Run(wall, _cpu() - before, peak)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tell(command: list[str]) -> None:
    print(f"measuring {Path(command[0]).name} {command[1]}", file=sys.stderr)


def check(file: Path, report: Path) -> list[str]:
    """The command as a user calls it, its answers written as JSON."""
    program = str(Path(sys.executable).with_name("airflow-infra"))
    return [program, "check", STACK, str(file), "--json", str(report)]


def timed(name: str, file: Path, pods: int, limit_s: float | None, runs: int, folder: Path) -> list[str]:
    """A row of the table: a file checked several times."""
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    measured = [measure(check(file, report)) for _ in range(runs)]
    answered = len(json.loads(report.read_bytes())["pods"])
    if answered != pods:
        raise SystemExit(f"{name}: {answered} answers to {pods} pods")
    walls = [run.wall_s for run in measured]
    return [
        name,
        f"{pods:,}",
        f"{min(walls):.2f} / {statistics.median(walls):.2f}",
        "" if limit_s is None else f"{limit_s:g}",
        f"{min(run.cpu_s for run in measured):.2f}",
        f"{pods / min(walls):,.0f}",
        f"{max(run.peak_mib for run in measured):.0f}",
    ]


def gator_rows(policies: Path, pods: Path, count: int) -> Iterator[tuple[str, float]]:
    """Pods a second, by each way of asking gator."""
    files = ["-f", str(policies), "-f", str(pods)]
    yield "gator test (CEL)", count / measure([str(GATOR), "test", *files]).wall_s
    rego = [str(GATOR), "test", *files, "--enable-k8s-native-validation=false"]
    yield "gator test (Rego)", count / measure(rego).wall_s
    for concurrency in (1, 2):
        bench = [str(GATOR), "bench", *files, "--engine=all", "--iterations=1", "--warmup=0", "--output=json"]
        _tell(bench)
        answer = subprocess.run([*bench, f"--concurrency={concurrency}"], capture_output=True, text=True, check=True)
        results: list[dict[str, Any]] = json.JSONDecoder().raw_decode(answer.stdout.lstrip())[0]
        for result in results:
            engine = {"cel": "CEL", "rego": "Rego"}[result["engine"]]
            yield f"gator bench ({engine}, {concurrency} at a time)", result["reviewsPerSecond"]


def main() -> None:
    """Measure everything and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=100_000, help="pods of a stream")
    parser.add_argument("--gator-pods", type=int, default=1_000, help="how many of them gator gets")
    parser.add_argument("--runs", type=int, default=3, help="runs of each stream")
    arguments = parser.parse_args()
    settings = load_stack(STACK, PROJECT, as_of=date(2026, 11, 22)).settings
    names = Names(STACK, settings.account.id, settings.account.region)
    console = Console(highlight=False, width=110)
    table = Table("check", "pods", "s, min / median", "limit s", "CPU s", "pods a second", "peak MiB")
    rates = Table("on the same pods", "pods a second", "check is faster by")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alike, unlike, documents, one = (
            folder / file for file in ("alike.jsonl", "unlike.jsonl", "documents.yaml", "one.yaml")
        )
        write_lines(repeating(settings, arguments.pods), alike)
        write_lines(different(settings, arguments.pods), unlike)
        write_documents(islice(different(settings, arguments.pods), arguments.gator_pods), documents)
        write_documents(islice(different(settings, 2), 1, 2), one)
        runs = arguments.runs
        table.add_row(*timed("one pod, cold start", one, 1, 1, runs, folder))
        table.add_row(*timed("200 shapes repeat", alike, arguments.pods, 5, runs, folder))
        row = timed("all differ", unlike, arguments.pods, 30, runs, folder)
        table.add_row(*row)
        table.add_row(*timed("YAML documents, all differ", documents, arguments.gator_pods, None, 1, folder))
        if GATOR.exists():
            stack_policies(PROJECT / "infra/eks/policies", settings, names).write(folder / "policies")
            ours = float(row[5].replace(",", ""))
            for way, rate in gator_rows(folder / "policies", documents, arguments.gator_pods):
                target = f" (target {TARGET})" if way.startswith("gator test") else ""
                rates.add_row(way, f"{rate:,.0f}", f"{ours / rate:.1f}{target}")
    console.print(table)
    console.print(rates if GATOR.exists() else f"not measured: gator, which `make cluster` builds ({GATOR})")


if __name__ == "__main__":
    main()
