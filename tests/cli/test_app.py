import subprocess
import sys
from pathlib import Path

import pytest

from airflow_infra.cli.app import run

PROJECT = Path(__file__).parents[2]


def invoke(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["airflow-infra", *arguments])
    with pytest.raises(SystemExit) as stop:
        run()
    return int(stop.value.code or 0)


def test_sound_stack_files_are_valid(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status = invoke(monkeypatch, "validate", "--cwd", str(PROJECT), "--as-of", "2026-11-22")
    assert status == 0
    assert capsys.readouterr().out == "Pulumi.dev.yaml: valid\nPulumi.prod.yaml: valid\nPulumi.sandpit.yaml: valid\n"


def test_a_stack_that_does_not_exist_is_bad_input_and_the_others_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = invoke(monkeypatch, "validate", "prodd", "--cwd", str(PROJECT))
    assert status == 2
    assert "the stacks of this project are dev, prod, sandpit" in capsys.readouterr().err


def test_a_directory_outside_any_project_is_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status = invoke(monkeypatch, "validate", "--cwd", str(tmp_path))
    assert status == 2
    assert "no Pulumi.yaml here or above" in capsys.readouterr().err


def test_the_problems_of_several_stack_files_are_shown_together(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    for stack in ("one", "two"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {vpcs: 1}\n")
    status = invoke(monkeypatch, "validate", "--cwd", str(tmp_path))
    message = capsys.readouterr().err
    assert status == 2
    assert "Pulumi.one.yaml:1: vpcs" in message
    assert "Pulumi.two.yaml:1: vpcs" in message


def test_a_project_without_stack_files_is_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    assert invoke(monkeypatch, "validate", "--cwd", str(tmp_path)) == 2
    assert "no stack files here" in capsys.readouterr().err


def test_a_directory_as_json_file_is_bad_input_before_the_rehearsal_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status = invoke(monkeypatch, "rehearse", "dev", "--cwd", str(PROJECT), "--json", str(tmp_path))
    output = capsys.readouterr()
    assert status == 2
    assert output.err == f"--json {tmp_path}: cannot be written: Is a directory\n"
    assert output.out == ""


def test_an_unknown_invariant_is_bad_input_before_the_rehearsal_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = invoke(monkeypatch, "rehearse", "dev", "--cwd", str(PROJECT), "--invariant", "network-99")
    output = capsys.readouterr()
    assert status == 2
    assert output.err.startswith("--invariant: no invariant network-99; there are network-01, network-02, ")
    assert output.out == ""


def test_an_interrupted_command_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("airflow_infra.cli.validate.validate_stacks", interrupt)
    assert invoke(monkeypatch, "validate", "--cwd", str(PROJECT)) == 130
    assert capsys.readouterr().err.strip() == "interrupted"


def test_an_unknown_option_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    assert invoke(monkeypatch, "rehearse", "dev", "--jsn", "x") == 2


@pytest.mark.parametrize("package", ["pulumi", "boto3", "moto", "grpc"])
def test_checking_stack_files_loads_nothing_that_is_slow(package: str) -> None:
    program = (
        "import sys; from pathlib import Path; from datetime import date\n"
        "import airflow_infra.cli.app; from airflow_infra.cli.validate import validate_stacks\n"
        f"validate_stacks(Path({str(PROJECT)!r}), ['dev'], date(2026, 11, 22))\n"
        f"sys.exit({package!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0
