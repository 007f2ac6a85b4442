from decimal import Decimal

import pytest

from airflow_infra.assurance.kubernetes import quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("400", "400"),
        ("500m", "0.5"),
        ("0.5", "0.5"),
        ("1.5k", "1500"),
        ("2e3", "2000"),
        ("1E", "1e18"),
        ("1Ki", "1024"),
        ("1600Gi", str(1600 * 1024**3)),
    ],
)
def test_a_quantity_is_read_as_kubernetes_reads_it(text: str, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "abc", "1 Gi", "1gi", "1ki"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no Kubernetes quantity"):
        quantity(text)
