"""What the engine decides about one resource, run after run."""

from dataclasses import replace

from airflow_infra.rehearsal.engine.paths import parse
from airflow_infra.rehearsal.engine.registration import Options
from airflow_infra.rehearsal.engine.values import Decoded
from airflow_infra.rehearsal.result import ErrorReport
from tests.rehearsal.engine.bench import Bench, actions, messages, thing, urn


def test_what_is_new_is_created(bench):
    assert actions(bench.up(thing("a"))) == {"a": "create"}


def test_what_is_unchanged_stays_without_a_call(bench):
    bench.up(thing("a", size=1))
    again = bench.up(thing("a", size=1))
    assert (actions(again), bench.cloud.calls) == ({"a": "same"}, ["create a"])


def test_a_changed_input_updates(bench):
    bench.up(thing("a", size=1))
    again = bench.up(thing("a", size=2))
    assert (actions(again), again.records[urn("a")].changed) == ({"a": "update"}, ("size",))


def test_a_replacing_input_creates_the_successor_first(bench):
    bench.up(thing("a", label="one"))
    bench.up(thing("a", label="two"))
    assert bench.cloud.calls == ["create one", "create two", "delete one"]


def test_a_provider_may_ask_to_delete_first(bench):
    bench.cloud.delete_before_replace = True
    bench.up(thing("a", label="one"))
    bench.up(thing("a", label="two"))
    assert bench.cloud.calls == ["create one", "delete one", "create two"]


def test_the_option_overrides_what_the_provider_asks(bench):
    bench.cloud.delete_before_replace = True
    bench.up(thing("a", label="one"))
    bench.up(thing("a", label="two", options={"delete_before_replace": False}))
    assert bench.cloud.calls == ["create one", "create two", "delete one"]


def test_deleting_first_takes_what_would_be_replaced_with_it(bench):
    dependent = {"dependencies": (urn("a"),), "property_dependencies": {"on": (urn("a"),)}}
    bench.up(thing("a", label="one"), thing("b", on="thing-1", options=dependent))
    bench.cloud.calls.clear()
    again = bench.up(
        thing("a", label="two", options={"delete_before_replace": True}), thing("b", on="thing-3", options=dependent)
    )
    assert (bench.cloud.calls, actions(again)) == (
        ["delete b", "delete one", "create two", "create b"],
        {"a": "replace", "b": "replace"},
    )


def test_deleting_first_spares_what_could_be_updated(bench):
    dependent = {"dependencies": (urn("a"),), "property_dependencies": {"beside": (urn("a"),)}}
    bench.up(thing("a", label="one"), thing("b", beside="x", options=dependent))
    bench.cloud.calls.clear()
    bench.up(
        thing("a", label="two", options={"delete_before_replace": True}), thing("b", beside="y", options=dependent)
    )
    assert bench.cloud.calls == ["delete one", "create two", "update b"]


def test_a_protected_resource_is_not_replaced(bench):
    bench.up(thing("a", label="one", options={"protect": True}))
    again = bench.up(thing("a", label="two", options={"protect": True}))
    assert (bench.labels(), "it is protected, and label cannot change" in messages(again)[0]) == (["one"], True)


def test_replace_on_changes_turns_an_update_into_a_replacement(bench):
    bench.up(thing("a", size=1))
    again = bench.up(thing("a", size=2, options={"replace_on_changes": (parse("size"),)}))
    assert actions(again) == {"a": "replace"}


def test_a_changed_replacement_trigger_replaces(bench):
    bench.up(thing("a", options={"replacement_trigger": b"1"}))
    assert actions(bench.up(thing("a", options={"replacement_trigger": b"2"}))) == {"a": "replace"}


def test_replace_with_follows_the_other_resource(bench):
    bench.up(thing("a", label="one"), thing("b", options={"replace_with": (urn("a"),)}))
    again = bench.up(thing("a", label="two"), thing("b", options={"replace_with": (urn("a"),)}))
    assert actions(again) == {"a": "replace", "b": "replace"}


def test_another_provider_replaces(bench):
    provider = thing("p", type_="pulumi:providers:cloud")
    bench.up(thing("a"))
    again = bench.up(provider, thing("a", options={"provider": f"{provider.urn}::id"}))
    assert actions(again) == {"p": "create", "a": "replace"}


def test_an_ignored_change_is_no_change(bench):
    bench.up(thing("a", tags={"n": "1", "m": "1"}))
    again = bench.up(thing("a", tags={"n": "2", "m": "1"}, options={"ignore_changes": (parse("tags.n"),)}))
    assert actions(again) == {"a": "same"}


def test_an_alias_keeps_the_resource(bench):
    bench.up(thing("old", label="x"))
    again = bench.up(thing("new", label="x", aliases=[urn("old")]))
    assert (actions(again), bench.cloud.calls) == ({"new": "same"}, ["create x"])


def test_children_of_a_renamed_component_keep_their_resources(bench):
    old, new = urn("shop", "shop:index:Part"), urn("store", "shop:index:Part")
    bench.up(thing("shop", type_="shop:index:Part"), thing("shop-a", label="x", options={"parent": old}))
    again = bench.up(
        thing("store", type_="shop:index:Part", aliases=[old]), thing("store-a", label="x", options={"parent": new})
    )
    assert actions(again) == {"store": "same", "store-a": "same"}


def test_a_resource_that_failed_under_its_new_name_is_not_forgotten(bench):
    bench.up(thing("old", label="x"))
    bench.up(thing("new", label="x", colour="red", aliases=[urn("old")]))
    assert actions(bench.up(thing("new", label="x", aliases=[urn("old")]))) == {"new": "same"}


def test_an_unknown_input_is_an_error_with_its_line(bench):
    run = bench.up(thing("a", colour="red", line=7))
    assert run.journal.errors == [ErrorReport("colour: unknown input", urn("a"), "__main__.py", 7)]


def test_every_failed_check_is_shown(bench):
    assert messages(bench.up(thing("a", colour="red", size="big"))) == [
        "colour: unknown input",
        "size: expected int, got 'big'",
    ]


def test_after_a_failure_what_is_independent_is_still_tried(bench):
    run = bench.up(thing("broken"), thing("b", ["broken"]), thing("c", ["b"]), thing("d"))
    assert actions(run) == {"broken": "failed", "b": "skipped", "c": "skipped", "d": "create"}


def test_a_skipped_resource_names_what_failed(bench):
    run = bench.up(thing("broken"), thing("b", ["broken"]))
    assert run.records[urn("b")].reason == "cloud:index:Thing 'broken' failed"


def test_nothing_is_deleted_after_a_failure(bench):
    bench.up(thing("a"))
    bench.up(thing("broken"))
    assert bench.labels() == ["a"]


def test_a_failed_update_keeps_the_resource_as_it_was(bench):
    bench.up(thing("a", size=1))
    bench.up(thing("a", size="big"))
    assert actions(bench.up(thing("a", size=1))) == {"a": "same"}


def test_a_fault_in_a_provider_fails_only_its_resource(bench):
    run = bench.up(thing("bug"), thing("a"))
    assert (messages(run), actions(run)["a"]) == (["KeyError: 'nothing'"], "create")


def test_a_duplicate_name_is_an_error_that_names_both_lines(bench):
    run = bench.up(thing("a", line=3), thing("a", line=9))
    assert "is registered twice, at __main__.py:3 and __main__.py:9" in messages(run)[0]


def test_a_duplicate_that_arrives_first_is_shown_as_it_is_written(bench):
    run = bench.up(thing("a", line=9), thing("a", line=3))
    assert "is registered twice, at __main__.py:3 and __main__.py:9" in messages(run)[0]
    assert [error.line for error in run.journal.errors] == [9]


def test_what_depends_on_a_duplicate_is_skipped(bench):
    assert actions(bench.up(thing("a"), thing("a"), thing("b", ["a"])))["b"] == "skipped"


def test_a_dependency_that_was_never_registered_is_an_error(bench):
    assert messages(bench.up(thing("a", ["ghost"]))) == [
        f"it refers to {urn('ghost')}, which the program did not register before it"
    ]


def test_an_unknown_value_is_an_error(bench):
    unknown = replace(thing("a"), inputs=Decoded({"beside": "?"}, unknowns=(("beside",),)))
    assert messages(bench.up(unknown)) == ["beside: its value is not known"]


def test_a_package_without_a_provider_is_an_error(bench):
    assert messages(bench.up(thing("a", type_="other:index:Thing"))) == [
        "a rehearsal has no provider for the package 'other'; it has cloud"
    ]


def test_a_default_provider_is_configured_by_the_stack(bench):
    bench = Bench(config={"cloud:region": "here", "shop:size": "3"})
    bench.up(thing("a"))
    assert bench.cloud.configurations == [{"region": "here"}]


def test_resources_of_a_provider_that_failed_are_skipped(bench):
    provider = thing("p", type_="pulumi:providers:cloud", region="nowhere")
    run = bench.up(provider, thing("a", options={"provider": f"{provider.urn}::id"}))
    assert actions(run) == {"p": "failed", "a": "skipped"}


def test_a_resource_inherits_from_its_component_to_be_retained(bench):
    part = thing("part", type_="shop:index:Part", options={"retain_on_delete": True})
    bench.up(part, thing("a", options={"parent": part.urn}))
    bench.up(part)
    assert bench.labels() == ["a"]


def test_a_secret_is_hidden_in_the_graph(bench):
    run = bench.up(thing("a", password="hush-hush", secrets=[("password",)]))
    node = run.graph().nodes[urn("a")]
    assert (node.inputs["password"], node.outputs["password"]) == ("[secret]", "[secret]")


def test_a_secret_is_hidden_in_errors(bench):
    run = bench.up(thing("a", size="hush-hush", secrets=[("size",)]))
    assert messages(run) == ["size: expected int, got '[secret]'"]


def test_an_output_named_secret_is_hidden(bench):
    run = bench.up(thing("a", options={"additional_secret_outputs": ("arn",)}))
    assert run.graph().nodes[urn("a")].outputs["arn"] == "[secret]"


def test_a_resource_that_is_read_is_never_deleted(bench):
    bench.cloud.things["thing-x"] = {"label": "x"}
    run = bench.start()
    run.read(thing("a"), "thing-x")
    run.finish()
    bench.up()
    assert (actions(run), bench.labels()) == ({"a": "read"}, ["x"])


def test_reading_what_does_not_exist_is_an_error(bench):
    run = bench.start()
    run.read(thing("a"), "thing-x")
    assert messages(run) == ["there is no cloud:index:Thing with the id 'thing-x'"]


def test_edges_are_named_once():
    options = Options(parent="p", dependencies=("a", "b"), property_dependencies={"x": ("b", "c")}, provider="q::id")
    assert options.edges() == ("p", "q", "a", "b", "c")
