"""Deleting: what is no longer registered, and whole stacks."""

from airflow_infra.rehearsal.result import Leftover
from tests.rehearsal.engine.bench import messages, thing, urn


def test_what_is_no_longer_registered_is_deleted_dependents_first(bench):
    bench.up(thing("a"), thing("b", ["a"], on="thing-1"), thing("c", ["b"], on="thing-2"))
    bench.cloud.calls.clear()
    bench.up()
    assert bench.cloud.calls == ["delete c", "delete b", "delete a"]


def test_what_an_undeletable_resource_needs_is_left_alone(bench):
    bench.up(thing("a"), thing("b", ["a"]), thing("c"))
    bench.cloud.protections.add("b")
    run = bench.up()
    assert (bench.labels(), messages(run)) == (["a", "b"], ["b has deletion protection"])


def test_a_protected_resource_that_is_no_longer_registered_stops_all_deletions(bench):
    bench.up(thing("a", options={"protect": True}), thing("b"))
    run = bench.up()
    assert (bench.labels(), "which is protected, so nothing was deleted" in messages(run)[0]) == (["a", "b"], True)


def test_what_goes_with_another_resource_is_not_deleted_by_itself(bench):
    bench.up(thing("a"), thing("b", options={"deleted_with": urn("a")}))
    bench.cloud.calls.clear()
    bench.up()
    assert bench.cloud.calls == ["delete a"]


def test_a_replaced_resource_is_deleted_by_the_next_run_that_succeeds(bench):
    bench.up(thing("a", label="one"))
    bench.up(thing("a", label="two"), thing("broken"))
    bench.up(thing("a", label="two"))
    assert bench.labels() == ["two"]


def test_destroying_deletes_everything_dependents_first(bench):
    bench.up(thing("a"), thing("b", ["a"], on="thing-1"), thing("c", ["b"], on="thing-2"))
    bench.cloud.calls.clear()
    bench.destroy()
    assert bench.cloud.calls == ["delete c", "delete b", "delete a"]


def test_destroying_follows_dependencies_and_not_the_order_of_registration(bench):
    bench.up(thing("a"), thing("b", ["a"], on="thing-1"))
    bench.up(thing("a"), thing("broken"))
    _, journal = bench.destroy()
    assert (bench.labels(), journal.errors) == ([], [])


def test_destroying_names_what_is_protected_and_what_that_needs(bench):
    bench.up(thing("net"), thing("base", ["net"], options={"protect": True}), thing("top", ["base"]))
    destruction, _ = bench.destroy()
    assert destruction.kept == [
        Leftover(
            "cloud:index:Thing 'net' (thing-1)", "needed by the protected cloud:index:Thing 'base'", protected=True
        ),
        Leftover("cloud:index:Thing 'base' (thing-2)", "protected", protected=True),
    ]


def test_destroying_proves_that_what_is_protected_can_be_deleted(bench):
    bench.up(thing("net"), thing("base", ["net"], options={"protect": True}))
    bench.cloud.protections.add("base")
    _, journal = bench.destroy()
    assert (bench.labels(), journal.errors) == ([], [])


def test_destroying_names_what_is_retained(bench):
    bench.up(thing("a", options={"retain_on_delete": True}))
    destruction, _ = bench.destroy()
    assert destruction.kept == [
        Leftover("cloud:index:Thing 'a' (thing-1)", "kept, as its option retain_on_delete says", protected=True)
    ]


def test_each_resource_counts_once_as_deleted(bench):
    bench.up(thing("a", options={"retain_on_delete": True}), thing("b", options={"protect": True}), thing("c"))
    destruction, _ = bench.destroy()
    assert sorted(one.registration.name for one in destruction.deleted) == ["a", "b", "c"]


def test_a_long_chain_is_deleted_without_deep_recursion(bench):
    names = [f"t{at}" for at in range(3000)]
    bench.up(*(thing(name, names[at - 1 : at]) for at, name in enumerate(names)))
    bench.destroy()
    assert bench.cloud.things == {}
