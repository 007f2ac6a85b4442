from typing import Any

import pytest

from airflow_infra.airflow.inside.placeholders import Placeholders, holds_run_time_values


class XCom:
    """A value that a running task resolves, as Airflow's XComArg."""

    def resolve(self) -> None: ...

    def __str__(self) -> str:
        return "{{ task_instance.xcom_pull('other') }}"


class Volume:
    """An object as the Kubernetes client has them."""

    openapi_types = {"name": "str", "size": "int"}

    def __init__(self, name: Any) -> None:
        self.name = name
        self.size = None


def through(value: Any) -> tuple[Any, list[str]]:
    placeholders = Placeholders()
    return placeholders.found(placeholders.stand_in(value, str), "")


def test_what_is_known_stays_as_it_is() -> None:
    value = {"spec": {"image": "a", "ports": [1, None], "flag": True}}
    assert through(value) == (value, [])


@pytest.mark.parametrize("text", ["{{ ds }}", "a-{{ ds }}-b", "{% if x %}y{% endif %}", "{# nothing #}"])
def test_a_template_makes_its_field_unknown_and_is_shown_as_written(text: str) -> None:
    assert through({"spec": {"image": text}}) == ({"spec": {"image": text}}, ["spec.image"])


def test_paths_count_the_elements_of_lists() -> None:
    assert through({"args": ["a", "{{ ds }}"]})[1] == ["args[1]"]


def test_a_key_that_is_no_word_is_quoted_in_a_path() -> None:
    assert through({"annotations": {"a.b/c": "{{ ds }}"}})[1] == ['annotations["a.b/c"]']


def test_a_template_in_a_key_makes_the_whole_block_unknown() -> None:
    assert through({"labels": {"{{ ds }}": "a"}}) == ({"labels": {"{{ ds }}": "a"}}, ["labels"])


def test_an_xcom_makes_its_field_unknown() -> None:
    assert through({"args": [XCom()]}) == ({"args": ["{{ task_instance.xcom_pull('other') }}"]}, ["args[0]"])


def test_a_function_makes_its_field_unknown() -> None:
    assert through({"args": [lambda: "x"]})[1] == ["args[0]"]


def test_objects_of_the_kubernetes_client_are_looked_into() -> None:
    placeholders = Placeholders()
    volume = placeholders.stand_in(Volume("{{ ds }}"), str)
    assert placeholders.restore(volume.name) == "{{ ds }}"


def test_what_can_be_rendered_is_known() -> None:
    placeholders = Placeholders()
    assert placeholders.stand_in("{{ dag.dag_id }}", lambda _: "hello") == "hello"


def test_a_stand_in_is_a_valid_name_in_either_case() -> None:
    placeholders = Placeholders()
    token = placeholders.token("{{ ds }}")
    assert token.isalnum()
    assert placeholders.restore(token.upper()) == "{{ ds }}"


@pytest.mark.parametrize("value", [XCom(), [XCom()], {"a": (XCom(),)}, Volume(XCom()), lambda: None])
def test_values_of_a_running_task_are_seen_wherever_they_are(value: Any) -> None:
    assert holds_run_time_values(value)


@pytest.mark.parametrize("value", ["{{ ds }}", 1, None, [{}], Volume("a"), int])
def test_nothing_else_is_taken_for_one(value: Any) -> None:
    assert not holds_run_time_values(value)
