import pytest

from infra.eks.charts import UnknownChartValueError, check_values

KEYS = ("image.tag", "resources", "extraArgs.*", "host.iptables")


@pytest.mark.parametrize(
    "values",
    [
        {"image": {"tag": "v1"}},
        {"resources": {"requests": {"cpu": "1"}}},
        {"extraArgs": {"expander": "least-waste", "skip-nodes": False}},
        {"host": {"iptables": True}, "image": {"tag": "v1"}},
        {"resources": {}},
    ],
)
def test_values_that_the_chart_knows_are_accepted(values: dict[str, object]) -> None:
    check_values("example", "1.0.0", values, KEYS)


def test_a_misspelt_value_is_refused_with_a_suggestion() -> None:
    with pytest.raises(
        UnknownChartValueError, match=r"example 1\.0\.0 has no value image\.tga \(did you mean image\.tag"
    ):
        check_values("example", "1.0.0", {"image": {"tga": "v1"}}, KEYS)


def test_every_misspelt_value_is_named() -> None:
    with pytest.raises(UnknownChartValueError, match=r"image\.tga.*host\.iptable "):
        check_values("example", "1.0.0", {"image": {"tga": "v1"}, "host": {"iptable": True}}, KEYS)


def test_a_value_in_the_place_of_a_block_is_refused() -> None:
    with pytest.raises(UnknownChartValueError, match="no value image"):
        check_values("example", "1.0.0", {"image": "v1"}, KEYS)


def test_a_block_that_only_begins_like_a_known_one_is_refused() -> None:
    with pytest.raises(UnknownChartValueError, match="no value resourcesFor"):
        check_values("example", "1.0.0", {"resourcesFor": {"cpu": 1}}, KEYS)
