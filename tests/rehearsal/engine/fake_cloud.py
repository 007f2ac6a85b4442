"""A strict cloud of dictionaries with one package, `cloud`, for tests of the engine."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from airflow_infra.rehearsal.providers.protocol import (
    Checked,
    CheckFailure,
    Created,
    Diff,
    Properties,
    ProviderError,
    Providers,
)

_TYPES: dict[str, type] = {
    "label": str,
    "size": int,
    "tags": dict,
    "on": str,
    "beside": str,
    "content": object,
    "password": str,
}
_REPLACES = {"label", "on"}
THING = "cloud:index:Thing"


@dataclass
class FakeCloud:
    """Things by id. A thing stands `on` another one, which cannot be deleted while it does."""

    things: dict[str, Properties] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    """Every change, such as `create a`."""
    configurations: list[Properties] = field(default_factory=list)
    delete_before_replace: bool = False
    pending: list[str] = field(default_factory=list)
    protections: set[str] = field(default_factory=set)
    """Labels that the cloud itself refuses to delete."""
    unsettled: bool = False
    """Every diff finds a change."""
    serial: int = 0

    @property
    def providers(self) -> Providers:
        return {"cloud": self.configure}

    def configure(self, inputs: Properties) -> "CloudProvider":
        if "region" in inputs and inputs["region"] not in ("here", "there"):
            raise ProviderError(f"region: {inputs['region']!r} is no region; expected here or there")
        self.configurations.append(inputs)
        return CloudProvider(self)

    def accept_attachments(self) -> Sequence[str]:
        accepted, self.pending = self.pending, []
        self.calls += [f"accept {one}" for one in accepted]
        return accepted

    def mutating_calls(self) -> Sequence[str]:
        return self.calls

    def inventory(self) -> Mapping[str, str]:
        return {f"thing {inputs['label']} ({id_})": "" for id_, inputs in self.things.items()}

    def lift_deletion_protection(self) -> None:
        self.protections.clear()

    def modelled(self) -> Sequence[str]:
        return ["cloud:Create"]

    def not_checked(self) -> Sequence[str]:
        return []

    @contextmanager
    def entered(self) -> Generator["FakeCloud"]:
        yield self


class CloudProvider:
    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud

    def check(self, type_: str, name: str, inputs: Properties) -> Checked:
        if type_ != THING:
            raise ProviderError(f"unknown type {type_}")
        failures = [CheckFailure(key, "unknown input") for key in inputs if key not in _TYPES]
        failures += [
            CheckFailure(key, f"expected {_TYPES[key].__name__}, got {value!r}")
            for key, value in inputs.items()
            if key in _TYPES and not isinstance(value, _TYPES[key])
        ]
        return Checked({"label": name, **inputs}, tuple(failures))

    def diff(self, type_: str, id_: str, old_inputs: Properties, inputs: Properties) -> Diff:
        changed = sorted(key for key in {*old_inputs, *inputs} if old_inputs.get(key) != inputs.get(key))
        if self.cloud.unsettled:
            changed.append("size")
        replaces = tuple(key for key in changed if key in _REPLACES)
        return Diff(tuple(changed), replaces, self.cloud.delete_before_replace)

    def create(self, type_: str, name: str, inputs: Properties) -> Created:
        if inputs["label"].startswith("broken"):
            raise ProviderError(f"label: {inputs['label']!r} cannot be made")
        if inputs["label"].startswith("bug"):
            raise KeyError("nothing")
        if "on" in inputs and inputs["on"] not in self.cloud.things:
            raise ProviderError(f"on: there is no thing {inputs['on']!r}")
        self.cloud.serial += 1
        id_ = f"thing-{self.cloud.serial}"
        self.cloud.things[id_] = inputs
        self.cloud.calls.append(f"create {inputs['label']}")
        if inputs["label"].startswith("pending"):
            self.cloud.pending.append(inputs["label"])
        return Created(id_, self._outputs(id_, inputs))

    def read(self, type_: str, id_: str, inputs: Properties) -> Properties | None:
        return self._outputs(id_, self.cloud.things[id_]) if id_ in self.cloud.things else None

    def update(self, type_: str, id_: str, old_inputs: Properties, inputs: Properties) -> Properties:
        self.cloud.things[id_] = inputs
        self.cloud.calls.append(f"update {inputs['label']}")
        return self._outputs(id_, inputs)

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        if inputs["label"] in self.cloud.protections:
            raise ProviderError(f"{inputs['label']} has deletion protection")
        if inputs["label"].startswith("stays"):
            return
        for other in self.cloud.things.values():
            if other.get("on") == id_:
                raise ProviderError(f"{inputs['label']} still carries {other['label']}")
        if self.cloud.things.pop(id_, None) is not None:
            self.cloud.calls.append(f"delete {inputs['label']}")

    def invoke(self, token: str, arguments: Properties) -> Properties:
        if token != "cloud:index:count":
            raise ProviderError(f"there is no function {token}")
        return {"count": len(self.cloud.things), "asked": arguments.get("asked", "")}

    def _outputs(self, id_: str, inputs: Properties) -> dict[str, Any]:
        return {**inputs, "arn": f"arn:{id_}"}
