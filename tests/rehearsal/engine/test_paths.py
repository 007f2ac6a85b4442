import pytest

from airflow_infra.rehearsal.engine.paths import covers, parse, reset, text


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("tags", ("tags",)),
        ("scaling.desired", ("scaling", "desired")),
        ("rules[0].port", ("rules", 0, "port")),
        ('tags["a.b"]', ("tags", "a.b")),
        ("rules[*].port", ("rules", "*", "port")),
    ],
)
def test_a_path_is_read_as_pulumi_writes_it(written, path):
    assert parse(written) == path


@pytest.mark.parametrize("written", ["", "a[", "a[x]", "..", '["a'])
def test_what_is_no_path_is_refused(written):
    with pytest.raises(ValueError, match="path"):
        parse(written)


@pytest.mark.parametrize("written", ["tags", "rules[0].port", 'tags["a.b"]'])
def test_a_path_is_written_as_it_was_read(written):
    assert text(parse(written)) == written


def test_a_path_covers_what_is_below_it():
    assert covers(("tags",), ("tags", "team"))


def test_a_path_does_not_cover_its_neighbour():
    assert not covers(("tags", "team"), ("tags", "owner"))


def test_resetting_takes_the_old_value():
    assert reset({"a": {"x": 1, "y": 1}}, {"a": {"x": 2, "y": 2}}, ("a", "x")) == {"a": {"x": 2, "y": 1}}


def test_resetting_removes_what_was_not_there():
    assert reset({"a": 1, "b": 1}, {"b": 1}, ("a",)) == {"b": 1}


def test_resetting_every_element_of_a_list():
    new, old = {"rules": [{"port": 1}, {"port": 2}]}, {"rules": [{"port": 8}, {"port": 9}]}
    assert reset(new, old, ("rules", "*", "port")) == old


def test_resetting_leaves_the_new_values_alone():
    new = {"a": {"x": 1}}
    reset(new, {"a": {"x": 2}}, ("a", "x"))
    assert new == {"a": {"x": 1}}
