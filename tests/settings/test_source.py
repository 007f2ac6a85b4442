"""The YAML reader: what it reads, and what it says of a file that it cannot read."""

from pathlib import Path

import pytest

from airflow_infra.settings.source import Source, read_yaml


def read(tmp_path: Path, content: str | bytes) -> Source:
    file = tmp_path / "file.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_yaml(file)


def test_lines_are_known_for_every_key_and_item(tmp_path: Path) -> None:
    source = read(tmp_path, "a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n")
    lines = {"/".join(map(str, path)): line for path, line in source.lines.items() if path}
    assert lines == {"a": 1, "a/b": 2, "a/c": 3, "a/c/0": 4, "a/c/1": 5, "a/c/1/d": 5}


def test_the_line_of_a_missing_key_is_that_of_its_block(tmp_path: Path) -> None:
    assert read(tmp_path, "a:\n  b:\n    c: 1\n").line(("a", "b", "missing")) == 2


def test_scalars_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    content = "[yes, no, 012, 0x1f, 1_000, 1.36, ~, true, '1']"
    assert read(tmp_path, content).data == ["yes", "no", 12, 31, 1000, 1.36, None, True, "1"]


def test_a_number_is_remembered_as_it_is_written(tmp_path: Path) -> None:
    assert read(tmp_path, "version: 1.10").texts == {("version",): "1.10"}


def test_an_alias_is_what_it_stands_for(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &x {b: 1}\nc: *x").data == {"a": {"b": 1}, "c": {"b": 1}}


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", None, "the file is empty: expected `config:` with the stack's settings"),
        ("# only a comment\n", None, "the file is empty: expected `config:` with the stack's settings"),
        (b"a: 1\nb: \xff\n", 2, "byte 0xff is not UTF-8: save the file as UTF-8"),
        ("a: 1\n\tb: 2\n", 2, "not YAML: "),
        ("a: [1, 2\n", 2, "not YAML: "),
        ("a: *nowhere\n", 1, "not YAML: found undefined alias 'nowhere'"),
        ("a: 1\n---\nb: 2\n", 2, "not YAML: expected a single document"),
        ("%YAML 99.1\n---\na: 1\n", None, "not YAML: "),
        ("a: \x00", None, "not YAML: "),
        ("a: &a [*a]\n", 1, "blocks are nested more than 40 levels deep"),
        ("[" * 1000, None, "blocks are nested more than 40 levels deep"),
        (BOMB, None, "more than 50000 values, aliases counted"),
        ("? [1]\n: 2\n", 1, "a key is a block or a list: expected text"),
        ("a: " + "x" * 1_000_001, None, "1000004 bytes: expected a stack file of at most 1000000"),
        ('"\\ud800": 1\n', 1, "a key holds half of a surrogate pair"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_to_be_so(
    tmp_path: Path, content: str | bytes, line: int | None, message: str
) -> None:
    source = read(tmp_path, content)
    assert source.data is None
    assert message in source.findings[0].message
    if line is not None:
        assert source.line(()) == line


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1\na: 2\n", "the key stands here a second time, first on line 1"),
        ("a: 2026-11-22\n", 'YAML reads a date: put it in quotes, "2026-11-22"'),
        ("a: .inf\n", "expected a finite number, or text in quotes"),
        (f"a: {'9' * 5000}\n", "expected a shorter number, or text in quotes"),
        ("a: !!python/object:os.system x\n", "is not used in stack files: remove it"),
        ("a: !!set {x}\n", "is not used in stack files: remove it"),
        ('a: "\\ud800"\n', "half of a surrogate pair: expected Unicode text"),
    ],
)
def test_a_value_that_stack_files_do_not_hold_is_said_to_be_so(tmp_path: Path, content: str, message: str) -> None:
    source = read(tmp_path, content)
    assert message in source.findings[0].message
    assert source.findings[0].path == ("a",)


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in read_yaml(tmp_path / "none.yaml").findings[0].message
