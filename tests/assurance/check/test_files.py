"""Files and folders, read piece by piece."""

import io
import os
import sys
from pathlib import Path

import pytest

from airflow_infra.assurance.check import files
from airflow_infra.assurance.check.files import STANDARD_INPUT, chunks, find_files
from airflow_infra.assurance.check.reading import Chunk, found_in
from airflow_infra.assurance.check.types import FoundPod, InputProblem

POD = "apiVersion: v1\nkind: Pod\nspec: {containers: []}\n"
LINE = '{"apiVersion": "v1", "kind": "Pod", "spec": {}}\n'


def names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def pods_in(*paths: Path) -> list[FoundPod]:
    found: list[FoundPod] = []
    for chunk in chunks(paths):
        assert isinstance(chunk, Chunk), chunk
        found += [one for one in found_in(chunk) if isinstance(one, FoundPod)]
    return found


def test_files_below_a_folder_are_found_by_their_suffix_hidden_ones_left_out(tmp_path: Path) -> None:
    for name in ("b/c.yml", "b/a.YAML", "a.json", "x.jsonl", "y.ndjson", "dag.py", "notes.md", ".hidden/a.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found, problems = find_files([tmp_path])
    assert names(found, tmp_path) == ["a.json", "dag.py", "x.jsonl", "y.ndjson", "b/a.YAML", "b/c.yml"]
    assert problems == []


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").touch()
    assert find_files([tmp_path / "a.yaml", tmp_path])[0] == [tmp_path / "a.yaml"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.yaml", "there is no such file"),
        ("notes.md", "expected a file that ends in .yaml, .yml, .json, .jsonl, .ndjson, .py"),
        ("empty", "no file here ends in .yaml, .yml, .json, .jsonl, .ndjson, .py"),
    ],
)
def test_a_path_that_names_nothing_to_read_is_a_problem(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "notes.md").touch()
    (tmp_path / "empty").mkdir()
    found, problems = find_files([tmp_path / name])
    assert found == []
    assert problems == [InputProblem(str(tmp_path / name), None, message)]


def test_a_file_that_cannot_be_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    (tmp_path / "b.yaml").write_text(POD)
    problem, chunk = chunks([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert str(problem) == f"{tmp_path}/a.yaml: cannot be read: Is a directory"
    assert isinstance(chunk, Chunk)


def test_a_name_that_is_no_unicode_is_shown_with_escapes(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml"))
    assert find_files([path])[1][0].file.endswith("/\\xff.yaml")


@pytest.mark.parametrize(("name", "text"), [("a.yaml", f"{POD}---\n"), ("a.yaml", f"{POD}--- \n"), ("a.jsonl", LINE)])
@pytest.mark.parametrize("size", [7, 64, 100])
def test_where_a_file_is_cut_into_pieces_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text * 20)
    whole = [(pod.line, pod.pod) for pod in pods_in(tmp_path / name)]
    monkeypatch.setattr(files, "_BLOCK_BYTES", size)
    assert [(pod.line, pod.pod) for pod in pods_in(tmp_path / name)] == whole
    assert len(whole) == 20


def test_a_json_file_is_one_document_whatever_stands_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(f"{LINE}---\n{LINE}")
    (chunk,) = chunks([tmp_path / "a.json"])
    assert isinstance(chunk, Chunk)
    (problem,) = found_in(chunk)
    assert str(problem).startswith(f"{tmp_path}/a.json:2: not JSON: ")


@pytest.mark.parametrize(
    ("name", "begin", "message"),
    [
        ("a.yaml", f"{POD}---\n", "4: a document of more than "),
        ("a.json", "", "1: a document of more than "),
        ("a.jsonl", LINE, "2: a line of more than "),
    ],
)
def test_a_document_that_is_too_large_is_said_so_and_not_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, begin: str, message: str
) -> None:
    monkeypatch.setattr(files, "_BLOCK_BYTES", 1024)
    monkeypatch.setattr(files, "MOST_DOCUMENT_BYTES", 4096)
    (tmp_path / name).write_text(begin + "x" * 10_000)
    *_, problem = chunks([tmp_path / name])
    assert str(problem).startswith(f"{tmp_path / name}:{message}")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (POD, "yaml"),
        (LINE * 2, "lines"),
        (LINE, "lines"),
        ('{\n"kind": "Pod"}', "json"),
        ('\n  {"kind": "Pod",\n"a": 1}', "json"),
        ("", "yaml"),
    ],
)
def test_standard_input_is_told_by_how_it_begins(monkeypatch: pytest.MonkeyPatch, text: str, form: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    found = list(chunks([STANDARD_INPUT]))
    assert [one.form for one in found if isinstance(one, Chunk)] == ([form] if text else [])
    assert "".join(one.content.decode() for one in found if isinstance(one, Chunk)) == text
