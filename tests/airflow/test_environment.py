import json
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_infra.airflow import installing
from airflow_infra.airflow.environment import airflow_environment, cache_folder, recipe
from airflow_infra.airflow.installing import AirflowEnvironmentError
from airflow_infra.settings.mwaa import MwaaSettings

MakeMwaa = Callable[..., MwaaSettings]
REQUIREMENTS = '--constraint "/usr/local/airflow/dags/constraints.txt"\n# a comment\nnumpy==2.0 # another\n'

# Stands in for uv: knows the Pythons of FOUND, makes a folder, and writes down what it is asked to install.
FAKE_UV = """#!/bin/sh
log={log}
case "$*" in
    "python find"*)
        for minor in {found}; do
            case "$*" in *" $minor") echo "/usr/bin/python$minor"; exit 0;; esac
        done
        exit 2;;
    *" venv "*)
        echo venv >> "$log"; {slow}
        for last; do :; done
        mkdir -p "$last/bin"; touch "$last/bin/python";;
    *" pip install "*)
        for last; do :; done
        echo "$*" >> "$log"; cat "$last" >> "$log"; {fails}
        echo "Installed 3 packages" >&2;;
esac
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def fake_uv(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put another uv in place."""
    program = tmp_path / "uv"

    def install(found: str = "3.12", fails: str = ":", slow: str = ":") -> None:
        program.write_text(FAKE_UV.format(log=log, found=found, fails=fails, slow=slow))
        program.chmod(0o755)

    monkeypatch.setattr(installing, "_uv", lambda: str(program))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return install


def ignore(_: str) -> None: ...


def test_equal_settings_share_an_environment(make_mwaa: MakeMwaa) -> None:
    spaced = REQUIREMENTS.replace("numpy", "\n\n  numpy").replace("another", "a third")
    assert recipe(make_mwaa(requirements=REQUIREMENTS)).key == recipe(make_mwaa(requirements=spaced)).key


@pytest.mark.parametrize(
    "changes",
    [
        {"airflow_version": "3.2.1"},
        {"airflow_version": "2.10.3"},
        {"requirements": REQUIREMENTS.replace("2.0", "2.1")},
        {"requirements": REQUIREMENTS.replace("constraints.txt", "other.txt")},
    ],
)
def test_what_is_installed_makes_another_environment(make_mwaa: MakeMwaa, changes: dict[str, str]) -> None:
    settings = {"requirements": REQUIREMENTS}
    assert recipe(make_mwaa(**settings)).key != recipe(make_mwaa(**settings | changes)).key


def test_the_folder_tells_airflows_version_and_python(make_mwaa: MakeMwaa) -> None:
    assert recipe(make_mwaa(airflow_version="2.10.3")).key.startswith("2.10.3-python3.11-")


def test_options_of_pip_are_no_packages(make_mwaa: MakeMwaa) -> None:
    made = recipe(make_mwaa(requirements=f"--find-links /usr/local/airflow/plugins\n--no-index\n{REQUIREMENTS}"))
    assert made.packages == ("numpy==2.0",)


@pytest.mark.parametrize(
    "line", ['--constraint "https://a/b.txt"', "-c https://a/b.txt", "--constraint=https://a/b.txt"]
)
def test_the_constraint_file_is_found(make_mwaa: MakeMwaa, line: str) -> None:
    assert recipe(make_mwaa(requirements=f"numpy\n{line}\n")).constraints == "https://a/b.txt"


def test_environments_are_kept_where_the_user_keeps_caches() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/somewhere"}) == Path("/somewhere/airflow-infra/airflow")


def test_a_cache_folder_that_is_not_absolute_is_ignored() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "here"}) == Path.home() / ".cache/airflow-infra/airflow"


def test_an_environment_holds_the_stacks_airflow_and_requirements(
    make_mwaa: MakeMwaa, fake_uv: Callable[..., None], log: Path, tmp_path: Path
) -> None:
    fake_uv()
    airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path)
    assert log.read_text().splitlines()[-2:] == ["apache-airflow==3.3.1", "numpy==2.0"]


def test_it_is_made_once(make_mwaa: MakeMwaa, fake_uv: Callable[..., None], log: Path, tmp_path: Path) -> None:
    fake_uv()
    first = airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path)
    asked = log.read_text()
    assert airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path) == first
    assert log.read_text() == asked


def test_one_whose_making_failed_is_made_again(
    make_mwaa: MakeMwaa, fake_uv: Callable[..., None], tmp_path: Path
) -> None:
    fake_uv(fails="echo no such package >&2; exit 1")
    with pytest.raises(AirflowEnvironmentError, match="no such package"):
        airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path)
    fake_uv()
    assert airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path).python.exists()


def test_one_whose_python_is_gone_is_made_again(
    make_mwaa: MakeMwaa, fake_uv: Callable[..., None], tmp_path: Path
) -> None:
    fake_uv()
    airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path).python.unlink()
    assert airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path).python.exists()


def test_two_at_once_make_one(make_mwaa: MakeMwaa, fake_uv: Callable[..., None], log: Path, tmp_path: Path) -> None:
    fake_uv(slow="sleep 0.2")
    told: list[str] = []
    mwaa = make_mwaa(requirements=REQUIREMENTS)
    threads = [threading.Thread(target=airflow_environment, args=(mwaa, told.append, tmp_path)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.read_text().count("venv\n") == 1
    assert any(line.startswith("Waiting") for line in told)


def test_progress_is_told(make_mwaa: MakeMwaa, fake_uv: Callable[..., None], tmp_path: Path) -> None:
    fake_uv()
    told: list[str] = []
    airflow_environment(make_mwaa(requirements=REQUIREMENTS), told.append, tmp_path)
    assert told[-1].strip() == "Installed 3 packages"


@pytest.mark.parametrize("found", ["3.11 3.10", "3.13 3.10"])
def test_the_nearest_python_stands_in_and_is_said(
    make_mwaa: MakeMwaa, fake_uv: Callable[..., None], tmp_path: Path, found: str
) -> None:
    fake_uv(found=found)
    made = airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path)
    assert made.notes[0].startswith(f"Python {found.split()[0]} stands in for MWAA's 3.12")


def test_no_python_at_all_is_an_error(make_mwaa: MakeMwaa, fake_uv: Callable[..., None], tmp_path: Path) -> None:
    fake_uv(found="")
    with pytest.raises(AirflowEnvironmentError, match=r"Python 3\.12 was not found"):
        airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path)


def test_without_the_constraint_file_a_date_bounds_the_packages(
    make_mwaa: MakeMwaa, fake_uv: Callable[..., None], log: Path, tmp_path: Path
) -> None:
    fake_uv()
    made = airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path)
    assert "--exclude-newer 2026-08-15" in log.read_text()
    assert made.notes == (
        "Airflow's constraint file could not be had (/usr/local/airflow/dags/constraints.txt): "
        "packages are as of 2026-08-15, after its release, and may differ from what MWAA installs",
    )


def test_a_version_that_the_catalogue_lacks_has_no_bound_and_says_so(
    make_mwaa: MakeMwaa, fake_uv: Callable[..., None], log: Path, tmp_path: Path
) -> None:
    fake_uv()
    made = airflow_environment(make_mwaa(airflow_version="3.9.9", requirements=REQUIREMENTS), ignore, tmp_path)
    assert "--exclude-newer" not in log.read_text()
    assert "packages are the newest" in made.notes[0]


def test_the_constraint_file_pins_the_packages(
    make_mwaa: MakeMwaa, fake_uv: Callable[..., None], log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_uv()
    pins = tmp_path / "pins"
    pins.write_text("numpy==2.0")
    monkeypatch.setattr(urllib.request, "urlopen", lambda address, timeout: pins.open("rb"))
    made = airflow_environment(make_mwaa(requirements="-c https://a/b.txt\nnumpy"), ignore, tmp_path)
    assert "--constraint" in log.read_text()
    assert made.notes == ()


def test_a_cache_that_cannot_be_written_is_an_error(make_mwaa: MakeMwaa, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AirflowEnvironmentError, match="cannot be made"):
        airflow_environment(make_mwaa(), ignore, tmp_path / "file")


def test_a_note_of_making_is_told_at_every_use(
    make_mwaa: MakeMwaa, fake_uv: Callable[..., None], tmp_path: Path
) -> None:
    fake_uv(found="3.13")
    made = airflow_environment(make_mwaa(requirements=REQUIREMENTS), ignore, tmp_path)
    assert json.loads((made.folder / "made.json").read_text())["notes"] == list(made.notes)
