"""What a program asks for when it registers a resource, read from the request."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any, Self
from urllib.parse import unquote, urlparse

from pulumi.runtime.proto import alias_pb2, resource_pb2

from airflow_infra.rehearsal.engine.paths import Path, parse
from airflow_infra.rehearsal.engine.urns import Naming, name_of
from airflow_infra.rehearsal.engine.values import Decoded, decode

_DURATION = re.compile(r"(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+")


_Request = resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest


class UnsupportedOptionError(Exception):
    """A resource option that a rehearsal does not support, or that is malformed."""


@dataclass(frozen=True)
class Position:
    """Where in the program something was written."""

    file: str
    """Relative to the program, when it is part of it."""
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Options:
    """Resource options, as `pulumi.ResourceOptions` names them."""

    parent: str | None = None
    provider: str | None = None
    """Reference to the provider: its URN and id, joined by `::`."""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    protect: bool = False
    ignore_changes: tuple[Path, ...] = ()
    replace_on_changes: tuple[Path, ...] = ()
    delete_before_replace: bool | None = None
    additional_secret_outputs: tuple[str, ...] = ()
    retain_on_delete: bool | None = None
    deleted_with: str | None = None
    replace_with: tuple[str, ...] = ()
    replacement_trigger: Any = None

    @property
    def provider_urn(self) -> str | None:
        """URN of the provider, when one was given."""
        return self.provider.rpartition("::")[0] if self.provider else None

    def edges(self) -> tuple[str, ...]:
        """URNs of everything that has to stand while the resource does."""
        named = (self.parent, self.provider_urn, self.deleted_with)
        by_property = (urn for urns in self.property_dependencies.values() for urn in urns)
        return tuple(dict.fromkeys([urn for urn in named if urn] + [*self.dependencies, *by_property]))


@dataclass(frozen=True)
class Registration:
    """One resource as the program wants it."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Decoded
    options: Options
    position: Position | None
    aliases: tuple[str, ...] = ()
    """URNs that the resource may have had before."""

    def inheriting(self, parent: Options) -> Self:
        """With the options that Pulumi's engine takes from the parent when they are not given."""
        mine = self.options
        retain = parent.retain_on_delete if mine.retain_on_delete is None else mine.retain_on_delete
        options = replace(mine, retain_on_delete=retain, deleted_with=mine.deleted_with or parent.deleted_with)
        return replace(self, options=options)


def of_register(request: resource_pb2.RegisterResourceRequest, naming: Naming, directory: FilePath) -> Registration:
    """The registration that a request makes.

    Raises:
        UnsupportedOptionError: for an option that a rehearsal does not support, or that is malformed.
        UnsupportedValueError: for a value that a rehearsal cannot handle.
        ValueError: for a malformed property path.
    """
    _refuse_unsupported(request)
    options = Options(
        parent=request.parent or None,
        provider=request.provider or None,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={
            key: tuple(sorted(value.urns)) for key, value in sorted(request.propertyDependencies.items()) if value.urns
        },
        protect=request.protect,
        ignore_changes=tuple(parse(path) for path in request.ignoreChanges),
        replace_on_changes=tuple(parse(path) for path in request.replaceOnChanges),
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        deleted_with=request.deletedWith or None,
        replace_with=tuple(request.replace_with),
        replacement_trigger=_trigger(request),
    )
    aliases = tuple(_alias_urn(alias, request, naming) for alias in request.aliases)
    bare = without_inputs(request, naming, directory)
    return replace(bare, inputs=decode(request.object, directory), options=options, aliases=aliases)


def of_read(request: resource_pb2.ReadResourceRequest, naming: Naming, directory: FilePath) -> Registration:
    """The registration that reading an existing resource makes.

    Raises:
        UnsupportedValueError: for a value that a rehearsal cannot handle.
    """
    options = Options(
        parent=request.parent or None,
        provider=request.provider or None,
        dependencies=tuple(sorted(request.dependencies)),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
    )
    bare = without_inputs(request, naming, directory)
    return replace(bare, inputs=decode(request.properties, directory), options=options)


def without_inputs(request: _Request, naming: Naming, directory: FilePath) -> Registration:
    """Which resource a request is about, for one that cannot be read further."""
    parent = request.parent or None
    return Registration(
        urn=naming.urn(request.type, request.name, parent),
        type=request.type,
        name=request.name,
        custom=isinstance(request, resource_pb2.ReadResourceRequest) or request.custom,
        inputs=Decoded({}),
        options=Options(parent=parent),
        position=_position_of(request, directory),
    )


def _position_of(request: _Request, directory: FilePath) -> Position | None:
    """Innermost line of the program that led to the request; what a library registers is its caller's line."""
    for frame in request.stackTrace.frames:
        file = FilePath(unquote(urlparse(frame.pc.uri).path))
        if file.is_relative_to(directory) and "site-packages" not in file.parts:
            return Position(str(file.relative_to(directory)), frame.pc.line)
    return None


def _refuse_unsupported(request: resource_pb2.RegisterResourceRequest) -> None:
    if request.importId:
        raise UnsupportedOptionError(f"the option import_ ({request.importId!r}) is not supported by a rehearsal")
    if request.remote:
        raise UnsupportedOptionError("a component of another language's package is not supported by a rehearsal")
    if request.transforms:
        raise UnsupportedOptionError("the option transforms is not supported by a rehearsal")
    if request.state_migrations:
        raise UnsupportedOptionError("the option state_migrations is not supported by a rehearsal")
    if any(names for _, names in request.hooks.ListFields()):
        raise UnsupportedOptionError("the option hooks is not supported by a rehearsal")
    if request.envVarMappings:
        raise UnsupportedOptionError("the option env_var_mappings is not supported by a rehearsal")
    for what, duration in request.customTimeouts.ListFields():
        if not _DURATION.fullmatch(duration):
            raise UnsupportedOptionError(f"custom_timeouts.{what.name}: {duration!r} is no duration such as 1h30m")


def _trigger(request: resource_pb2.RegisterResourceRequest) -> Any:
    if not request.HasField("replacement_trigger"):
        return None
    # compared, and never read: the message itself is as good as its value
    return request.replacement_trigger.SerializeToString(deterministic=True)


def _alias_urn(alias: alias_pb2.Alias, request: resource_pb2.RegisterResourceRequest, naming: Naming) -> str:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    former = Naming(spec.stack or naming.stack, spec.project or naming.project)
    parent: str | None = spec.parentUrn or request.parent or None
    if spec.noParent:
        parent = None
    return former.urn(spec.type or request.type, spec.name or request.name, parent)


def inherited_aliases(registration: Registration, former_parent: str, naming: Naming) -> tuple[str, ...]:
    """URNs that a resource may have had when its parent had another URN.

    A name that begins with the parent's name is taken to have been derived from it.
    """
    parent = registration.options.parent
    name = registration.name
    if parent is not None and name.startswith(name_of(parent)):
        name = name_of(former_parent) + name.removeprefix(name_of(parent))
    return (naming.urn(registration.type, name, former_parent),)
