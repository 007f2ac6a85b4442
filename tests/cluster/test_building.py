"""Building with a Go of our own making: a script that writes what it is told to."""

import threading
from pathlib import Path

import pytest

from airflow_infra.cluster import building, components
from airflow_infra.cluster.building import Progress, build, find_go
from airflow_infra.cluster.components import FAMILIES
from airflow_infra.cluster.errors import ClusterError, MissingError

GO = """#!/bin/sh
case "$1" in
version) echo "go version go{version} linux/amd64" ;;
list) echo {module} ;;
build)
    echo "$@" >> {log}
    {then}
    for last; do [ "$before" = -o ] && folder=$last; before=$last; done
    echo "example.org/package" >&2
    for program in $(cat programs); do echo built > $folder$program; done ;;
esac
"""
PROGRAMS = {
    "kubernetes": ["kube-apiserver", "kube-controller-manager", "kube-scheduler"],
    "etcd": ["server"],
    "gatekeeper": ["gatekeeper", "gator"],
    "kwok": ["kwok"],
    "helm": ["helm"],
}


class Machine:
    """A tools folder and a Go."""

    def __init__(self, folder: Path) -> None:
        self.tools = folder / "tools"
        self.log = folder / "log"
        self.log.touch()
        self._go = folder / "go"
        self._module = folder / "module"
        for family in FAMILIES:
            (self.tools / family.name).mkdir(parents=True)
            for file in ("go.mod", "go.sum"):
                original = components.TOOLS / family.name / file
                (self.tools / family.name / file).write_text(original.read_text())
            (self.tools / family.name / "programs").write_text("\n".join(PROGRAMS[family.name]))
            for source in family.data:
                (self._module / source).mkdir(parents=True)
                (self._module / source / "Chart.yaml").write_text("name: chart")
        self.go()

    def go(self, version: str = "1.26.8", then: str = ":") -> None:
        self._go.write_text(GO.format(version=version, module=self._module, log=self.log, then=then))
        self._go.chmod(0o755)

    @property
    def builds(self) -> int:
        return len(self.log.read_text().splitlines())


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return machine


def silent(progress: Progress) -> None:
    del progress


def test_all_programs_are_built_under_their_own_names(machine: Machine) -> None:
    build(silent, machine.tools)

    assert {file.name for file in (machine.tools / "bin").iterdir() if file.is_file()} == {
        "etcd",
        "gatekeeper",
        "gator",
        "helm",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kwok",
    }


def test_the_data_of_a_module_is_kept_beside_its_programs(machine: Machine) -> None:
    build(silent, machine.tools)

    assert (components.charts(machine.tools)["gatekeeper"] / "Chart.yaml").read_text() == "name: chart"


def test_nothing_is_built_twice(machine: Machine) -> None:
    build(silent, machine.tools)
    build(silent, machine.tools)

    assert machine.builds == len(FAMILIES)


def test_two_builds_at_once_build_once(machine: Machine) -> None:
    machine.go(then="sleep 0.2")
    others = [threading.Thread(target=build, args=(silent, machine.tools)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join()

    assert machine.builds == len(FAMILIES)


@pytest.mark.parametrize("file", ["go.mod", "go.sum"])
def test_what_a_changed_lock_makes_is_built_again(machine: Machine, file: str) -> None:
    build(silent, machine.tools)
    with (machine.tools / "kwok" / file).open("a") as lock:
        lock.write("// another\n")

    build(silent, machine.tools)

    assert machine.builds == len(FAMILIES) + 1


@pytest.mark.parametrize("gone", ["gator", "charts/gatekeeper"])
def test_what_was_deleted_is_built_again(machine: Machine, gone: str) -> None:
    build(silent, machine.tools)
    path = machine.tools / "bin" / gone
    path.rename(machine.tools / "elsewhere")

    build(silent, machine.tools)

    assert path.exists()


def test_kubernetes_is_told_the_version_of_its_go_mod(machine: Machine) -> None:
    build(silent, machine.tools)

    assert "-X k8s.io/component-base/version.gitVersion=v1.36.3" in machine.log.read_text()


def test_a_build_that_fails_shows_what_go_said(machine: Machine) -> None:
    machine.go(then="echo 'main.go:1: syntax error' >&2; exit 1")

    with pytest.raises(ClusterError, match=r"(?s)kubernetes was not built.*main\.go:1: syntax error"):
        build(silent, machine.tools)


def test_a_build_that_fails_leaves_what_stood_before(machine: Machine) -> None:
    build(silent, machine.tools)
    with (machine.tools / "kwok" / "go.sum").open("a") as lock:
        lock.write("// another\n")
    machine.go(then="exit 1")

    with pytest.raises(ClusterError):
        build(silent, machine.tools)

    assert components.binary("kwok", machine.tools).read_text() == "built\n"


def test_an_interrupted_build_is_not_taken_for_one(machine: Machine) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    machine.go(then="sleep 5")
    with pytest.raises(KeyboardInterrupt):
        build(interrupt, machine.tools)
    machine.go()

    build(silent, machine.tools)

    assert components.not_built(machine.tools) == []


def test_progress_counts_packages_and_ends(machine: Machine) -> None:
    told: list[Progress] = []
    build(told.append, machine.tools)

    assert [(progress.family, progress.packages) for progress in told if progress.done] == [(f, 1) for f in FAMILIES]


def test_without_go_it_is_said_what_to_install(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(building, "_USUAL_PLACE", Path("/nowhere/go"))

    with pytest.raises(
        MissingError, match=r"Go is not installed: .* by Go 1\.26\.0 or newer\. Install it \(https://go"
    ):
        build(silent, machine.tools)


def test_a_go_that_is_too_old_is_named(machine: Machine) -> None:
    machine.go(version="1.19.8")

    with pytest.raises(MissingError, match=r"is go version go1\.19\.8 linux/amd64, and Go 1\.26\.0 or newer is needed"):
        find_go("1.26.0")


def test_without_go_what_is_built_is_still_used(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    build(silent, machine.tools)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(building, "_USUAL_PLACE", Path("/nowhere/go"))

    build(silent, machine.tools)

    assert components.binary("helm", machine.tools).exists()


def test_a_program_that_was_not_built_is_named_with_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"helm has not been built\. `make cluster` builds it"):
        components.binary("helm", tmp_path)


def test_a_stack_of_another_minor_is_told_how_to_build_it() -> None:
    with pytest.raises(
        MissingError, match=r"stack prod wants Kubernetes 1\.35, and .*go\.mod builds 1\.36.*like v0\.35"
    ):
        components.require_minor("1.35", "stack prod")


def test_the_minor_that_is_built_is_fine() -> None:
    components.require_minor(components.kubernetes_minor(), "stack dev")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_go_mod_names_what_the_tests_here_take_it_to_build(family: components.Family) -> None:
    assert components.programs(family) == sorted(family.renamed.get(name, name) for name in PROGRAMS[family.name])
