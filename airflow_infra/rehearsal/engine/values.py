"""Property maps on the wire (protobuf `Struct`) and as plain values, with what is secret kept beside them.

The signatures mark special values inside a Struct; they are those of Pulumi's SDKs (`pulumi.runtime.rpc`, 3.272.0).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from google.protobuf import struct_pb2

from airflow_infra.rehearsal.engine.paths import Path, text
from airflow_infra.rehearsal.providers.protocol import Asset, Properties

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that is not known: of a resource that failed, say."""
SECRET_SHOWN = "[secret]"  # noqa: S105 - what stands in place of one

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a signature
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_OTHERS = {
    "0def7320c3a5731c473e5ecbe6d01bc7": "an archive",
    "5cf8f73096256a8f31e491e813e4eb8e": "a resource reference",
    "d0e6a833031e9bbcd3f4e8bde6ca49a4": "an output value",
}


class UnsupportedValueError(Exception):
    """A value that a rehearsal cannot handle."""


@dataclass(frozen=True)
class Decoded:
    """A property map as plain values, integral numbers as int."""

    values: Properties
    secrets: frozenset[Path] = frozenset()
    """Where the secret values are."""
    unknowns: tuple[Path, ...] = ()
    """Where values are missing because something before has failed."""


def decode(struct: struct_pb2.Struct, directory: FilePath) -> Decoded:
    """Plain values of a Struct. Asset paths are relative to `directory`.

    Raises:
        UnsupportedValueError: for archives, remote assets and other special values, and for a file that is not there.
    """
    decoder = _Decoder(directory)
    # a map on the wire has no order of its own
    values = {key: decoder.value(value, (key,)) for key, value in sorted(struct.fields.items())}
    return Decoded(values, frozenset(decoder.secrets), tuple(decoder.unknowns))


def encode(values: Properties, secrets: Iterable[Path] = ()) -> struct_pb2.Struct:
    """A Struct of plain values, with the secret ones marked."""
    secret_paths = frozenset(secrets)
    fields = {key: _encode(value, (key,), secret_paths) for key, value in values.items()}
    return struct_pb2.Struct(fields=fields)


def secrets_of_outputs(outputs: Properties, input_secrets: Iterable[Path], names: Iterable[str]) -> frozenset[Path]:
    """What is secret in outputs: what was secret in the inputs under the same path, and the outputs named."""
    found: set[Path] = {(name,) for name in names if name in outputs}
    for path in input_secrets:
        if path[0] in outputs:
            found.add(path if _exists(outputs, path) else path[:1])
    return frozenset(found)


def shown(values: Properties, secrets: Iterable[Path], directory: FilePath) -> Properties:
    """Values as anyone may see them: secrets hidden, assets as `{"text"}` or `{"path"}` relative to `directory`."""
    secret_paths = frozenset(secrets)
    return {key: _shown(value, (key,), secret_paths, directory) for key, value in values.items()}


def secret_texts(values: Any, secrets: Iterable[Path]) -> set[str]:
    """The texts that must not be shown anywhere."""
    found: set[str] = set()
    for path in secrets:
        value = values
        for segment in path:
            value = value[segment]
        found.update(_texts(value))
    return found


class _Decoder:
    def __init__(self, directory: FilePath) -> None:
        self.secrets: list[Path] = []
        self.unknowns: list[Path] = []
        self._directory = directory

    def value(self, value: struct_pb2.Value, path: Path) -> Any:
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            if value.string_value == UNKNOWN:
                self.unknowns.append(path)
            return value.string_value
        if kind == "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        if kind == "bool_value":
            return value.bool_value
        if kind == "list_value":
            return [self.value(item, (*path, index)) for index, item in enumerate(value.list_value.values)]
        if kind == "struct_value":
            fields = value.struct_value.fields
            if _SIGNATURE in fields:
                return self._special(fields, path)
            return {key: self.value(item, (*path, key)) for key, item in sorted(fields.items())}
        return None

    def _special(self, fields: Any, path: Path) -> Any:
        signature = fields[_SIGNATURE].string_value
        if signature == _SECRET:
            self.secrets.append(path)
            return self.value(fields["value"], path)
        if signature == _ASSET:
            return self._asset(fields, path)
        what = _OTHERS.get(signature, f"a value with the unknown signature {signature}")
        raise UnsupportedValueError(f"{text(path)}: {what} is not supported by a rehearsal")

    def _asset(self, fields: Any, path: Path) -> Asset:
        if "text" in fields:
            content = fields["text"].string_value
            return Asset(text=content, digest=hashlib.sha256(content.encode()).hexdigest())
        if "path" in fields:
            file = self._directory / fields["path"].string_value
            if not file.is_file():
                raise UnsupportedValueError(f"{text(path)}: there is no file {fields['path'].string_value}")
            return Asset(path=str(file), digest=hashlib.sha256(file.read_bytes()).hexdigest())
        raise UnsupportedValueError(f"{text(path)}: a remote asset cannot be fetched: nothing leaves the machine")


def _encode(value: Any, path: Path, secrets: frozenset[Path]) -> struct_pb2.Value:
    if secrets and path in secrets:
        fields = {_SIGNATURE: struct_pb2.Value(string_value=_SECRET), "value": _encode(value, path, frozenset())}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, dict):
        fields = {str(key): _encode(item, (*path, key), secrets) for key, item in value.items()}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    if isinstance(value, (list, tuple)):
        items = [_encode(item, (*path, index), secrets) for index, item in enumerate(value)]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, Asset):
        content = {"path": value.path} if value.path is not None else {"text": value.text}
        return _encode({_SIGNATURE: _ASSET, **content}, path, secrets)
    raise UnsupportedValueError(f"{text(path)}: a provider returned a {type(value).__name__}, which has no JSON form")


def _shown(value: Any, path: Path, secrets: frozenset[Path], directory: FilePath) -> Any:
    if path in secrets:
        return SECRET_SHOWN
    if isinstance(value, dict):
        return {key: _shown(item, (*path, key), secrets, directory) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item, (*path, index), secrets, directory) for index, item in enumerate(value)]
    if isinstance(value, Asset):
        if value.path is None:
            return {"text": value.text}
        file = FilePath(value.path)
        return {"path": str(file.relative_to(directory) if file.is_relative_to(directory) else file)}
    return value


def _exists(values: Any, path: Path) -> bool:
    try:
        for segment in path:
            values = values[segment]
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Asset):
        if value.text is not None:
            yield value.text
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
