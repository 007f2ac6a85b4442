import pytest

from airflow_infra.airflow.lines import DagLines, TaskLines


def line(source: str, task_id: str) -> int | None:
    task = DagLines(source.encode()).task(task_id)
    return task.line if task else None


def test_a_task_stands_where_its_operator_is_called() -> None:
    assert line("\n\nOperator(\n    task_id='hello',\n)", "hello") == 3


def test_tasks_of_one_file_are_told_apart_by_their_names() -> None:
    source = "Operator(task_id='first')\nOperator(task_id='second')"
    assert (line(source, "first"), line(source, "second")) == (1, 2)


def test_a_task_of_a_group_is_found_by_its_own_name() -> None:
    assert line("Operator(task_id='hello')", "group.hello") == 1


def test_tasks_of_a_loop_stand_at_the_call() -> None:
    source = "for table in tables:\n    Operator(task_id=f'load_{table}')"
    assert line(source, "load_users") == 2


def test_a_written_name_wins_over_one_made_in_a_loop() -> None:
    source = "Operator(task_id=f'load_{table}')\nOperator(task_id='load_users')"
    assert line(source, "load_users") == 2


def test_a_computed_name_fits_any_task() -> None:
    assert line("Operator(task_id=NAME)", "hello") == 1


def test_a_name_that_is_nowhere_has_no_line() -> None:
    assert line("Operator(task_id='other')", "hello") is None


def test_a_mapped_task_stands_where_its_fixed_arguments_are_given() -> None:
    assert line("Operator.partial(\n task_id='hello').expand(image=['a'])", "hello") == 1


@pytest.mark.parametrize("decorator", ["@task.kubernetes", "@task.kubernetes(image='x')", "@task.kubernetes_cmd()"])
def test_a_decorated_function_stands_at_its_decorator(decorator: str) -> None:
    assert line(f"\n{decorator}\ndef hello(): ...", "hello") == 2


def test_a_second_call_of_a_decorated_function_is_found_too() -> None:
    assert line("@task.kubernetes\ndef hello(): ...", "hello__1") == 1


def test_other_decorators_make_no_task() -> None:
    assert line("@task.branch\ndef hello(): ...", "hello") is None


@pytest.mark.parametrize("source", [b"x = (", b"\0", b"\xff\xfe", b"(" * 100_000, b"-" * 200_000 + b"1"])
def test_what_cannot_be_parsed_has_no_lines(source: bytes) -> None:
    assert DagLines(source).task("hello") is None


TASK = TaskLines(3, {"task_id": 4, "image": 5, "container_security_context": 6, "tolerations": 7, "labels": 8})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec.containers[0].image", 5),
        ("spec.containers[0].securityContext.privileged", 6),
        ("spec.tolerations[0].key", 7),
        ('metadata.labels["a/b"]', 8),
    ],
)
def test_a_field_stands_at_the_argument_that_fills_it_in(path: str, expected: int) -> None:
    assert TASK.field_line(path) == expected


@pytest.mark.parametrize("path", ["spec.hostNetwork", "spec.containers[0].imagePullPolicy", "spec.containers[1].image"])
def test_a_field_that_no_argument_fills_in_stands_at_the_task(path: str) -> None:
    assert TASK.field_line(path) == 3
