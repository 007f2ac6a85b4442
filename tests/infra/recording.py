"""Runs a piece of the program against a monitor that records every registration and invents nothing.

A duplicate name, an invoke without an answer, or an id that is missing fails the run. What the program derives from an
output of a type is listed here; an output that is not listed reaches its users as None.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import Settings, configure
from pulumi.runtime.mocks import MockCallArgs, MockEngine, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.stack import run_in_stack

Outputs = Callable[[str, dict[str, Any]], dict[str, Any]]
Answers = Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]

ACCOUNT, REGION = "111122223333", "eu-west-1"


def _arn(service: str) -> Outputs:
    return lambda name, _inputs: {"arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"}


OUTPUTS: dict[str, Outputs] = {
    "aws:cloudwatch/logGroup:LogGroup": lambda _name, inputs: {
        "arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{inputs['name']}"
    },
    "aws:ec2/eip:Eip": lambda name, _inputs: {"publicIp": f"198.51.100.{len(name)}"},
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _name, _inputs: {"latestVersion": 1},
    "aws:eks/cluster:Cluster": lambda _name, inputs: {
        "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{inputs['name']}",
        "endpoint": "https://EXAMPLE.gr7.eu-west-1.eks.amazonaws.com",
        "certificateAuthority": {"data": "Y2VydGlmaWNhdGU="},
        "vpcConfig": {**inputs["vpcConfig"], "clusterSecurityGroupId": "sg-cluster"},
    },
    "aws:eks/nodeGroup:NodeGroup": lambda name, _inputs: {
        "resources": [{"autoscalingGroups": [{"name": f"eks-{name}"}]}]
    },
    "aws:iam/policy:Policy": lambda _name, inputs: {"arn": f"arn:aws:iam::{ACCOUNT}:policy/{inputs['name']}"},
    "aws:iam/role:Role": lambda _name, inputs: {
        "arn": f"arn:aws:iam::{ACCOUNT}:role{inputs.get('path', '/')}{inputs['name']}"
    },
    "aws:kms/key:Key": lambda name, _inputs: {
        "arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}",
        "keyId": name,
    },
    "aws:mwaa/environment:Environment": lambda _name, inputs: {
        "arn": f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/{inputs['name']}",
        "webserverUrl": "example.c2.airflow.eu-west-1.on.aws",
    },
    "aws:s3/bucket:Bucket": lambda _name, inputs: {"arn": f"arn:aws:s3:::{inputs['bucket']}"},
    "aws:s3/bucketObjectv2:BucketObjectv2": lambda name, _inputs: {"versionId": f"version-of-{name}"},
    "aws:sns/topic:Topic": _arn("sns"),
}


@dataclass(frozen=True, eq=False)
class Registration:
    """One resource as the program registered it."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    dependencies: frozenset[str]
    """URNs of everything that it waits for."""
    parent: str
    provider: str
    protect: bool
    ignore_changes: tuple[str, ...]


@dataclass
class Recording:
    """Everything that a program registered, in order, and what it exported."""

    registrations: dict[str, Registration] = field(default_factory=dict)
    invokes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)

    def of_type(self, type_: str) -> list[Registration]:
        """Registrations of a type, such as aws:ec2/route:Route."""
        return [one for one in self.registrations.values() if one.type == type_]

    def one(self, type_: str, name: str) -> Registration:
        """The registration of a type and logical name."""
        found = [one for one in self.of_type(type_) if one.name == name]
        assert len(found) == 1, f"{len(found)} of {type_} {name}: {[one.name for one in self.of_type(type_)]}"
        return found[0]

    def waits_for(self, waiting: Registration) -> set[Registration]:
        """What a resource waits for, directly or through others (parents do not count: they wait for nothing)."""
        seen: set[str] = set()
        pending = list(waiting.dependencies)
        while pending:
            urn = pending.pop()
            if urn not in seen and urn in self.registrations:
                seen.add(urn)
                pending.extend(self.registrations[urn].dependencies)
        return {self.registrations[urn] for urn in seen}


class _Fake(Mocks):
    def __init__(self, answers: Answers, recording: Recording) -> None:
        self.answers = answers
        self.recording = recording

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        self.recording.invokes.append((args.token, args.args))
        if args.token not in self.answers:
            raise AssertionError(f"no answer for {args.token} {args.args}")
        return self.answers[args.token](args.args), []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return "", args.inputs
        outputs = OUTPUTS.get(args.typ, lambda _name, _inputs: {})
        return f"{args.name}-id", {**args.inputs, **outputs(args.name, args.inputs)}


class _Monitor(MockMonitor):
    def __init__(self, recording: Recording, answers: Answers) -> None:
        super().__init__(_Fake(answers, recording))
        self.recording = recording

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        response = super().RegisterResource(request)
        if request.type == "pulumi:pulumi:Stack":
            return response
        if response.urn in self.recording.registrations:
            raise AssertionError(f"registered twice: {response.urn}")
        self.recording.registrations[response.urn] = Registration(
            urn=response.urn,
            type=request.type,
            name=request.name,
            inputs=pulumi.runtime.rpc.deserialize_properties(request.object),
            dependencies=frozenset(request.dependencies),
            parent=request.parent,
            provider=request.provider,
            protect=request.protect,
            ignore_changes=tuple(request.ignoreChanges),
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        if "pulumi:pulumi:Stack" in request.urn:
            self.recording.exports = pulumi.runtime.rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)


def record(
    program: Callable[[], None],
    answers: Answers | None = None,
    *,
    stack: str = "dev",
    into: list[Recording] | None = None,
) -> Recording:
    """Run a program to its end, so that what is not recorded was never registered.

    `into` receives the recording at once, for programs that fail.
    """
    recording = Recording()
    if into is not None:
        into.append(recording)
    configure(
        Settings(
            project="data-engineering-airflow",
            stack=stack,
            monitor=_Monitor(recording, answers or {}),
            engine=MockEngine(None),
            organization="example",
            root_directory=str(Path.cwd()),
        )
    )
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # One registration at a time: the same order on every run.
    with ThreadPoolExecutor(1) as executor:
        loop.set_default_executor(executor)
        try:
            loop.run_until_complete(run_in_stack(program))
        finally:
            # what a program that failed has left unawaited
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.close()
            asyncio.set_event_loop(None)
    return recording
