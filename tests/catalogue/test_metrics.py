import pytest

from airflow_infra.catalogue.metrics import metric, metrics


def test_dimensions_are_filled_in() -> None:
    assert metric("scheduler_heartbeat").dimensions_of(environment="airflow-dev") == {
        "Function": "Scheduler",
        "Environment": "airflow-dev",
    }


def test_a_dimension_without_a_value_is_refused() -> None:
    with pytest.raises(KeyError, match="environment"):
        metric("scheduler_heartbeat").dimensions_of(cluster="airflow-dev")


def test_every_metric_says_where_it_was_read() -> None:
    assert all(each.source for each in metrics().metrics.values())


def test_a_metric_that_nobody_read_about_is_refused() -> None:
    with pytest.raises(KeyError):
        metric("scheduler_heart_beat")
