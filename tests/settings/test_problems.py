"""How a problem reads."""

import pytest

from airflow_infra.settings.problems import KeyPath, Problem, join_path, show_value


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), ""),
        (("eks", "cluster", "node_groups", 0, "name"), "eks.cluster.node_groups[0].name"),
        (("mwaa", "configuration_options", "core.parallelism"), 'mwaa.configuration_options["core.parallelism"]'),
        (("tags", ""), 'tags[""]'),
    ],
)
def test_a_key_path_is_written_as_people_write_it(path: KeyPath, written: str) -> None:
    assert join_path(path) == written


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        ({"a": 1}, None),
        (True, "true"),
        (1.36, "1.36"),
        ("", '""'),
        (" padded ", '" padded "'),
        ("two\nlines", "two\\nlines"),
        ("x" * 100, "x" * 77 + "..."),
    ],
)
def test_a_value_is_shown_short_and_on_one_line(value: object, shown: str | None) -> None:
    assert show_value(value) == shown


def test_a_problem_stands_on_one_line_whatever_its_key_holds() -> None:
    problem = Problem("Pulumi.dev.yaml", 3, join_path(("tags", "a\rb")), None, "unknown key")
    assert str(problem) == "Pulumi.dev.yaml:3: tags.a\\rb: unknown key"


def test_what_is_not_known_is_left_out() -> None:
    assert str(Problem("Pulumi.dev.yaml", None, "", None, "not YAML")) == "Pulumi.dev.yaml: not YAML"
