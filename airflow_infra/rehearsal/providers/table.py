"""Generates the table of resource types from the installed Pulumi SDK and the data file of what each type does.

    python -m airflow_infra.rehearsal.providers.table            # says whether the committed table is stale
    python -m airflow_infra.rehearsal.providers.table --write    # writes it

A type or function enters the table by an entry in `types/aws-behaviour.json`. Its inputs and outputs come from the
SDK, so that they are those of the release that `requirements.txt` pins. How the table writes down a type: see
`Field` in `aws/types.py`.
"""

import ast
import importlib
import inspect
import json
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pulumi

TYPES = Path(__file__).parent / "types"
BEHAVIOUR = TYPES / "aws-behaviour.json"
TABLE = TYPES / "aws.json"
SCALARS = {str: "str", int: "int", float: "float", bool: "bool"}
ASSETS = {"Asset", "Archive"}
SDK_NAMES = {"Output": pulumi.Output, "T": TypeVar("T")}
"""What `pulumi.Input` names in quotes."""


def generate() -> str:
    """The text of the table as the installed SDK and the behaviour file give it."""
    behaviour = json.loads(BEHAVIOUR.read_text(encoding="utf-8"))
    objects: dict[str, dict[str, str]] = {}
    sections: dict[str, dict[str, Any]] = {
        "types": {token: _resource(token, facts, objects) for token, facts in sorted(behaviour["types"].items())},
        "functions": {token: _function(token, objects) for token in sorted(behaviour["functions"])},
        "objects": dict(sorted(objects.items())),
    }
    lines = [f'"generated_from": "pulumi-aws {version("pulumi-aws")} and {BEHAVIOUR.name}"']
    for section, content in sections.items():
        entries = [f'"{key}": {_compact(value)}' for key, value in content.items()]
        lines.append(f'"{section}": {{\n' + ",\n".join(entries) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _resource(token: str, facts: dict[str, Any], objects: dict[str, dict[str, str]]) -> dict[str, Any]:
    resource = _class_of(token)
    module = importlib.import_module(resource.__module__)
    own_arguments = getattr(module, f"{resource.__name__}InitArgs", None)  # where ...Args names a nested block
    inputs = dict(_fields(own_arguments or getattr(module, f"{resource.__name__}Args"), "inputs", objects))
    for required in facts.get("required", ()):
        inputs[required] = inputs[required].removesuffix("!") + "!"
    outputs = dict(_fields(resource, "outputs", objects))
    known = {"note", "evidence", "source", "schema_year", "required"}
    return {"inputs": inputs, "outputs": outputs} | {key: facts[key] for key in facts if key not in known}


def _class_of(token: str) -> type:
    _, place, name = token.split(":")
    module, name = ("pulumi_aws", "Provider") if place == "providers" else (_module_of(place), name)
    resource = getattr(importlib.import_module(module), name)
    if resource.pulumi_type != token:
        raise ValueError(f"{token}: {resource} registers as {resource.pulumi_type}")
    return resource


def _module_of(place: str) -> str:
    """The SDK's module of the middle of a token, such as `ec2/vpc`."""
    service = place.split("/")[0]
    return "pulumi_aws" if service == "index" else f"pulumi_aws.{service}"


def _function(token: str, objects: dict[str, dict[str, str]]) -> dict[str, Any]:
    _, place, name = token.split(":")
    python_name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    function = getattr(importlib.import_module(_module_of(place)), python_name)
    module = sys.modules[function.__module__]
    hints = get_type_hints(function, localns=SDK_NAMES)
    arguments: dict[str, str] = {}
    for argument, parameter in _arguments_of(function, token):
        kind, optional = _kind(hints[parameter], "inputs", objects)
        arguments[argument] = kind if optional else f"{kind}!"
    result = getattr(module, f"{name[0].upper()}{name[1:]}Result")
    return {"arguments": arguments, "results": dict(_fields(result, "outputs", objects))}


def _arguments_of(function: Callable[..., Any], token: str) -> Iterator[tuple[str, str]]:
    """Pairs of the schema's name and the Python parameter, as the SDK's function itself pairs them."""
    source = ast.parse(inspect.getsource(function))
    if token not in {node.value for node in ast.walk(source) if isinstance(node, ast.Constant)}:
        raise ValueError(f"{function} does not invoke {token}")
    for node in ast.walk(source):
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id="__args__"), slice=ast.Constant(value=str(argument)))],
                value=ast.Name(id=parameter),
            ):
                yield argument, parameter
            case _:
                pass


def _fields(cls: type, side: str, objects: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """The properties of an SDK class: the schema's name, and the table's notation of its type."""
    for attribute in vars(cls).values():
        if not isinstance(attribute, property) or attribute.fget is None:
            continue
        name = getattr(attribute.fget, "_pulumi_name", attribute.fget.__name__)
        kind, optional = _kind(get_type_hints(attribute.fget, localns=SDK_NAMES)["return"], side, objects)
        yield name, kind if optional else f"{kind}!"


def _kind(hint: Any, side: str, objects: dict[str, dict[str, str]]) -> tuple[str, bool]:
    """The table's notation of a type hint, and whether it is optional."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _kind_of_union(arguments, side, objects)
    if hint in SCALARS or _is_enum(hint):
        return SCALARS.get(hint, "str"), False
    if hint is Any:
        return "any", False
    if origin is not None and origin.__name__ in ("Output", "Awaitable"):
        return _kind(arguments[0], side, objects)
    if origin is not None and issubclass(origin, Mapping):
        return "{" + _kind(arguments[1], side, objects)[0] + "}", False
    if origin is not None and issubclass(origin, Sequence):
        return "[" + _kind(arguments[0], side, objects)[0] + "]", False
    if hint.__name__ in ASSETS:
        return "asset", False
    return _object(hint, side, objects), False


def _kind_of_union(members: Sequence[Any], side: str, objects: dict[str, dict[str, str]]) -> tuple[str, bool]:
    members_said_once = [each for each in members if not _is_alternative_spelling(each, side)]
    if any(getattr(each, "__name__", "").startswith("PolicyDocument") for each in members_said_once):
        return "json", type(None) in members
    kinds = {_kind(each, side, objects)[0] for each in members_said_once}
    if len(kinds) != 1:
        raise ValueError(f"a union the table has no notation for: {members}")
    return kinds.pop(), type(None) in members


def _is_alternative_spelling(member: Any, side: str) -> bool:
    """Whether it only says another way to give the same value: not at all, awaited, as an output, as a dict."""
    name = getattr(get_origin(member) or member, "__name__", "")
    result = getattr(member, "__module__", "").endswith(".outputs") and side == "inputs"
    return name in ("NoneType", "Awaitable", "Output") or name.endswith("ArgsDict") or result


def _is_enum(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, str)


def _object(cls: type, side: str, objects: dict[str, dict[str, str]]) -> str:
    module = cls.__module__.split(".")
    service = module[1] if len(module) > 2 else "index"
    key = f"{service}.{cls.__name__.removesuffix('Args')}" + (".output" if side == "outputs" else "")
    if key not in objects:
        objects[key] = {}
        objects[key] = dict(_fields(cls, side, objects))
    return key


def main(arguments: Sequence[str]) -> int:
    """Write the table or say whether it is stale: 0 when it is fresh, 1 when it is not."""
    fresh = generate()
    if "--write" in arguments:
        TABLE.write_text(fresh, encoding="utf-8")
        return 0
    if TABLE.exists() and TABLE.read_text(encoding="utf-8") == fresh:
        return 0
    print(f"{TABLE.name} is stale: run `python -m {__spec__.name if __spec__ else __name__} --write`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
