"""What a misspelt word probably meant."""

from airflow_infra.rehearsal.providers.suggestions import suggestion


def test_a_word_close_to_a_known_one_gets_that() -> None:
    assert suggestion("cidr_blok", ["cidrBlock", "vpcId"]) == "; did you mean cidrBlock?"


def test_a_word_like_nothing_known_gets_a_short_list() -> None:
    assert suggestion("zzz", ["list", "get"]) == "; known are get, list"


def test_a_long_list_is_not_shown() -> None:
    assert suggestion("zzz", [f"input{number}" for number in range(13)]) == ""
