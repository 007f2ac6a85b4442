"""Whole rehearsals of small programs against a cloud of dictionaries."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.rehearsal.events import Message, ResourceDone, StepFinished, StepStarted
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.rehearsal.result import ErrorReport, Leftover, RehearsalResult
from tests.rehearsal.engine.fake_cloud import FakeCloud
from tests.rehearsal.engine.programs import program

SMALL = """
    class Part(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("shop:index:Part", name)
            mine = pulumi.ResourceOptions(parent=self)
            self.base = Thing(f"{name}-base", size=1, opts=mine)
            self.top = Thing(f"{name}-top", on=self.base.id, password=pulumi.Output.secret("hush-hush"), opts=mine)
            self.register_outputs({})

    part = Part("part")
    last = Thing("pending-last", beside=part.top.arn, opts=pulumi.ResourceOptions(depends_on=[part]))
    pulumi.export("arn", part.top.arn)
    pulumi.export("password", part.top.password)
    print("over the line")
    pulumi.log.info("said")
"""


def rehearse(
    directory: Path, text: str, cloud: FakeCloud | None = None, events: list[Any] | None = None
) -> RehearsalResult:
    cloud = cloud or FakeCloud()
    report = events.append if events is not None else None
    with Rehearsal(program(directory, text), cloud.entered, report) as rehearsal:
        return rehearsal.run()


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[RehearsalResult, list[Any]]:
    events: list[Any] = []
    return rehearse(tmp_path_factory.mktemp("small"), SMALL, events=events), events


def test_every_step_counts_what_it_did(small):
    counted = [
        (step.step, step.created, step.updated, step.replaced, step.deleted, step.same, step.mutating_calls)
        for step in small[0].steps
    ]
    assert counted == [
        ("up", 3, 0, 0, 0, 0, 3),
        ("accept", 0, 0, 0, 0, 0, 1),
        ("up-2", 0, 0, 0, 0, 3, 0),
        ("again", 0, 0, 0, 0, 3, 0),
        ("destroy", 0, 0, 0, 3, 0, 3),
    ]


def test_a_rehearsal_without_errors_and_leftovers_is_ok(small):
    assert (small[0].ok, small[0].errors, small[0].leftovers) == (True, [], [])


def test_secret_outputs_are_hidden(small):
    assert small[0].outputs == {"arn": "arn:thing-2", "password": "[secret]"}


def test_the_graph_knows_where_a_resource_was_registered(small):
    node = next(node for node in small[0].graph.nodes.values() if node.name == "pending-last")
    assert (node.file, node.line) == ("__main__.py", 13)


def test_the_graph_knows_which_input_carries_a_dependency(small):
    node = next(node for node in small[0].graph.nodes.values() if node.name == "part-top")
    base = "urn:pulumi:dev::shop::shop:index:Part$cloud:index:Thing::part-base"
    assert node.property_dependencies == {"on": (base,)}


def test_depending_on_a_component_is_depending_on_its_children(small):
    node = next(node for node in small[0].graph.nodes.values() if node.name == "pending-last")
    assert [urn.rpartition("::")[2] for urn in node.dependencies] == ["part-base", "part-top"]


def test_what_happens_is_told_in_order(small):
    steps = [event for event in small[1] if isinstance(event, (StepStarted, StepFinished))]
    assert [type(event).__name__ for event in steps] == ["StepStarted", "StepFinished"] * 5


def test_every_resource_is_told(small):
    created = [event.name for event in small[1] if isinstance(event, ResourceDone) and event.action == "create"]
    assert sorted(created) == ["part", "part-base", "part-top", "pending-last", "shop-dev"]


def test_what_the_program_prints_and_logs_is_told(small):
    told = {(event.severity, event.text) for event in small[1] if isinstance(event, Message)}
    assert told >= {("output", "over the line"), ("info", "said")}


def test_the_result_has_a_json_document(small):
    document = small[0].to_json()
    assert document["resources"] == {
        "total": 5,
        "by_type": {"cloud:index:Thing": 3, "pulumi:pulumi:Stack": 1, "shop:index:Part": 1},
    }


def test_an_exception_of_the_program_is_an_error_with_its_line(tmp_path):
    result = rehearse(tmp_path, "Thing('a')\ndef fall():\n    {}['b']\nfall()\n")
    assert result.errors == [ErrorReport("KeyError: 'b'", None, "__main__.py", 5)]


def test_what_a_failed_program_made_is_destroyed(tmp_path):
    cloud = FakeCloud()
    result = rehearse(tmp_path, "Thing('a')\nraise ValueError('no')\n", cloud)
    assert (cloud.calls, [step.step for step in result.steps]) == (["create a", "delete a"], ["up", "destroy"])


def test_a_failed_registration_names_its_line_and_lets_the_others_be_tried(tmp_path):
    text = """
        broken = Thing("broken")
        Thing("after", beside=broken.arn)
        Thing("free")
        also = Thing("also", colour="red")
        pulumi.export("arn", broken.arn)
    """
    events: list[Any] = []
    result = rehearse(tmp_path, text, events=events)
    done = {event.name: event.action for event in events if isinstance(event, ResourceDone) and event.step == "up"}
    assert (done, [(error.message, error.line) for error in result.errors]) == (
        {"shop-dev": "create", "broken": "failed", "after": "skipped", "free": "create", "also": "failed"},
        [("label: 'broken' cannot be made", 4), ("colour: unknown input", 7)],
    )


def test_a_function_call_that_fails_is_an_error_with_its_line(tmp_path):
    result = rehearse(tmp_path, "pulumi.runtime.invoke('cloud:index:nothing', {})\n")
    expected = "invoke of cloud:index:nothing failed: there is no function cloud:index:nothing"
    assert result.errors == [ErrorReport(expected, None, "__main__.py", 3)]


def test_a_program_may_call_functions(tmp_path):
    result = rehearse(tmp_path, "pulumi.export('count', count(asked='x'))\n")
    assert (result.outputs, result.errors) == ({"count": 0}, [])


def test_a_logged_error_fails_the_run(tmp_path):
    result = rehearse(tmp_path, "pulumi.log.error('that is wrong')\n")
    assert [error.message for error in result.errors] == ["that is wrong"]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Thing('a', opts=pulumi.ResourceOptions(import_='x'))", "the option import_ ('x')"),
        ("pulumi.runtime.register_resource_transform(lambda args: None)", "a transform of all resources"),
        ("Thing('a', opts=pulumi.ResourceOptions(transforms=[lambda args: None]))", "the option transforms"),
        ("Thing('a', content=pulumi.FileArchive('.'))", "content: an archive"),
        ("Thing('a', content=pulumi.RemoteAsset('https://example.com'))", "content: a remote asset"),
        (
            "bound = pulumi.ResourceHookBinding(after_create=[print])\n"
            "Thing('a', opts=pulumi.ResourceOptions(hooks=bound))",
            "a resource hook",
        ),
        ("pulumi.runtime.call('cloud:index:Thing/method', {})", "calling a method of a resource"),
        ("Thing('a', opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create='soon')))", "'soon'"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(tmp_path, text, refused):
    assert refused in rehearse(tmp_path, text).errors[0].message


def test_an_existing_resource_can_be_read(tmp_path):
    text = """
        class Found(pulumi.CustomResource):
            arn: pulumi.Output[str]

            def __init__(self, name, id):
                super().__init__("cloud:index:Thing", name, {"arn": None}, pulumi.ResourceOptions(id=id))

        pulumi.export("arn", Found("found", "thing-0").arn)
    """
    cloud = FakeCloud(things={"thing-0": {"label": "standing"}})
    result = rehearse(tmp_path, text, cloud)
    assert (result.outputs, result.ok, list(cloud.things)) == ({"arn": "arn:thing-0"}, True, ["thing-0"])


def test_a_program_that_never_settles_is_an_error(tmp_path):
    result = rehearse(tmp_path, "Thing('a')\n", FakeCloud(unsettled=True))
    assert [error.message for error in result.errors] == [
        "the unchanged program asks for another update of it (size): it never settles"
    ]


def test_what_is_left_behind_is_a_leftover(tmp_path):
    result = rehearse(tmp_path, "Thing('stays')\n")
    assert (result.ok, result.leftovers) == (
        False,
        [Leftover("thing stays (thing-1)", "still there after everything was deleted", protected=False)],
    )


def test_what_stood_before_must_stand_afterwards(tmp_path):
    cloud = FakeCloud(things={"thing-0": {"label": "standing"}})
    with Rehearsal(program(tmp_path, "Thing('a')\n"), cloud.entered) as rehearsal:
        rehearsal.up()
        del cloud.things["thing-0"]
        rehearsal.destroy()
    assert rehearsal.result.errors == [
        ErrorReport("thing standing (thing-0) was there before the first up, and is gone")
    ]


def test_protected_resources_are_named_and_the_rehearsal_is_ok(tmp_path):
    cloud = FakeCloud()
    result = rehearse(tmp_path, "Thing('a', opts=pulumi.ResourceOptions(protect=True))\n", cloud)
    assert (result.ok, [one.reason for one in result.leftovers], cloud.things) == (True, ["protected"], {})


def test_a_changed_configuration_is_the_programs_to_act_upon(tmp_path):
    text = "Thing('a', size=int(pulumi.Config().require('size')))\n"
    cloud = FakeCloud()
    with Rehearsal(program(tmp_path, text, {"shop:size": "1"}), cloud.entered) as rehearsal:
        rehearsal.up()
        rehearsal.up("up-2", program(tmp_path, text, {"shop:size": "2"}))
    assert cloud.calls == ["create a", "update a"]


def test_every_run_imports_the_program_afresh(tmp_path):
    cloud = FakeCloud()
    (tmp_path / "shelf.py").write_text("SIZE = 1\n")
    text = "import shelf\nshelf.SIZE += 1\nThing('a', size=shelf.SIZE)\n"
    with Rehearsal(program(tmp_path, text), cloud.entered) as rehearsal:
        rehearsal.up()
        (tmp_path / "shelf.py").write_text("SIZE = 7\nMORE = 1\n")
        rehearsal.up("up-2")
    assert [one["size"] for one in cloud.things.values()] == [8]


def test_a_process_that_dies_is_an_error(tmp_path):
    result = rehearse(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert [error.message for error in result.errors] == ["the program's process was ended by signal SIGKILL"]


def test_an_interrupt_ends_all_processes_and_removes_the_folder(tmp_path):
    with _interruptible(tmp_path) as (started, (child, zygote, home)):
        started.send_signal(signal.SIGINT)
        started.wait(30)
    assert (_gone(child), _gone(zygote), home.exists()) == (True, True, False)


def test_an_interrupt_that_another_thread_takes_ends_the_rehearsal_too(tmp_path):
    with _interruptible(tmp_path, of_another_thread=True) as (started, _):
        assert started.wait(30) != 0


@contextmanager
def _interruptible(directory: Path, *, of_another_thread: bool = False):
    """A rehearsal in a process of its own, in the middle of its first step; and its processes and its folder."""
    program(directory, "import os, time\nprint('pid', os.getpid(), os.getppid(), os.environ['HOME'])\ntime.sleep(60)\n")
    driver = f"""
        import signal, threading
        from pathlib import Path
        from airflow_infra.rehearsal.program.program import Program
        from airflow_infra.rehearsal.rehearsal import Rehearsal
        from tests.rehearsal.engine.fake_cloud import FakeCloud

        def show(event):
            print(getattr(event, "text", ""), flush=True)
            if {of_another_thread} and getattr(event, "text", "").startswith("pid"):
                threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT)).start()

        with Rehearsal(Program(Path({str(directory)!r}), "shop", "dev"), FakeCloud().entered, show) as rehearsal:
            rehearsal.run()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(driver)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as started:
        assert started.stdout is not None
        try:
            line = next(line for line in started.stdout if line.startswith("pid"))
            _, child, zygote, home = line.split()
            yield started, (int(child), int(zygote), Path(home))
        finally:
            started.kill()


def _gone(pid: int) -> bool:
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return True
        time.sleep(0.1)
    return False
