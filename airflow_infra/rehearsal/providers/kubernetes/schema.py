"""The strict JSON schemas of one Kubernetes minor, from the package kubernetes-validate, read when first needed.

All definitions of a minor are one file of 1.6 MB, which parses in about 10 ms; only the schemas of kinds in use are
compiled, with what they refer to.
"""

import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.kinds import (
    CLUSTER_SCOPED,
    PSEUDO_KINDS,
    Kind,
    plural,
)
from airflow_infra.rehearsal.providers.suggestions import suggestion

JsonSchema = dict[str, Any]
Position = tuple[tuple[str | int, ...], str, Any]
"""A value of a manifest: its path, the definition it follows (`Quantity`, `Container` ...), and the value."""

_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_JSON_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
_REFERENCE = re.compile(r'"\$ref": "#/\$defs/([^"]+)"')
_WORDS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}


class UnknownMinorError(ValueError):
    """No schemas of that Kubernetes minor are at hand."""


class Schemas:
    """The kinds of one Kubernetes minor, such as `1.36`, and what their manifests may hold."""

    def __init__(self, minor: str) -> None:
        self.minor = minor
        self._path = _schema_folder() / f"v{minor}.0-local-strict" / "_definitions.json"
        if not self._path.exists():
            known = sorted(path.name[1:].split(".0-")[0] for path in _schema_folder().glob("v*-local-strict"))
            raise UnknownMinorError(f"no schemas of Kubernetes {minor} are at hand; there are {', '.join(known)}")
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    @cached_property
    def definitions(self) -> dict[str, JsonSchema]:
        """Every definition, by its full name such as `io.k8s.api.core.v1.Pod`."""
        return json.loads(self._path.read_text(encoding="utf-8"))["$defs"]

    @cached_property
    def kinds(self) -> dict[tuple[str, str], tuple[Kind, str]]:
        """Kinds and the names of their definitions, by API version and kind.

        Alpha and beta APIs are left out: a new cluster does not serve them unless told to, and EKS cannot be told
        (Kubernetes has switched new beta APIs off by default since 1.24; general knowledge).
        """
        found: dict[tuple[str, str], tuple[Kind, str]] = {}
        for name, definition in self.definitions.items():
            served = definition.get("x-kubernetes-group-version-kind", [])
            if len(served) != 1 or "metadata" not in definition.get("properties", {}):
                continue
            group, version, word = served[0]["group"], served[0]["version"], served[0]["kind"]
            if word in PSEUDO_KINDS or word.endswith("List") or "alpha" in version or "beta" in version:
                continue
            kind = Kind(group, version, word, plural(word), namespaced=word not in CLUSTER_SCOPED)
            found[kind.api_version, word] = (kind, name)
        return found

    def problems(self, kind: Kind, manifest: dict[str, Any]) -> list[Problem]:
        """What the schema of a built-in kind finds wrong in a manifest."""
        return self._following(self.kinds[kind.api_version, kind.kind][1], manifest)

    def metadata_problems(self, manifest: dict[str, Any]) -> list[Problem]:
        """What the schema finds wrong in the metadata of a manifest of any kind."""
        found = self._following(_METADATA, manifest.get("metadata") or {})
        return [Problem(f"metadata.{problem.property}".rstrip("."), problem.reason) for problem in found]

    def schema_problems(self, schema: Any, path: str) -> list[Problem]:
        """What is wrong with a structural schema that a CustomResourceDefinition or a template holds at a path."""
        found = self._following(_JSON_SCHEMA, schema)
        return [Problem(f"{path}.{problem.property}".rstrip("."), problem.reason) for problem in found]

    def positions(self, kind: Kind, manifest: dict[str, Any]) -> Iterator[Position]:
        """Every value of a manifest that follows a definition of its own, outermost first."""
        definition = self.kinds[kind.api_version, kind.kind][1]
        yield from self._walk(self.definitions[definition], manifest, ())

    def _following(self, definition: str, value: Any) -> list[Problem]:
        return [
            problem
            for error in self._validator(definition).iter_errors(value)
            for problem in describe(error, lambda path: self._known_keys(definition, path))
        ]

    def _walk(self, schema: JsonSchema, value: Any, path: tuple[str | int, ...]) -> Iterator[Position]:
        reference = schema.get("$ref")
        if reference:
            name = reference.rpartition("/")[2]
            yield path, name.rpartition(".")[2], value
            schema = self.definitions[name]
        if isinstance(value, dict):
            properties, others = schema.get("properties", {}), schema.get("additionalProperties")
            for key, item in value.items():
                below = properties.get(key, others)
                if isinstance(below, dict):
                    yield from self._walk(below, item, (*path, key))
        elif isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                yield from self._walk(schema["items"], item, (*path, index))

    def _validator(self, definition: str) -> jsonschema_rs.Draft202012Validator:
        if definition not in self._validators:
            needed: dict[str, JsonSchema] = {}
            waiting = [definition]
            while waiting:
                name = waiting.pop()
                if name not in needed:
                    needed[name] = self.definitions[name]
                    waiting += _REFERENCE.findall(json.dumps(needed[name]))
            schema = {"$ref": f"#/$defs/{definition}", "$defs": needed}
            self._validators[definition] = jsonschema_rs.Draft202012Validator(schema)
        return self._validators[definition]

    def _known_keys(self, definition: str, path: list[str | int]) -> list[str]:
        schema = self._resolve(self.definitions[definition])
        for part in path:
            below = (
                schema.get("items")
                if isinstance(part, int)
                else schema.get("properties", {}).get(part, schema.get("additionalProperties"))
            )
            schema = self._resolve(below) if isinstance(below, dict) else {}
        return list(schema.get("properties", {}))

    def _resolve(self, schema: JsonSchema) -> JsonSchema:
        reference = schema.get("$ref")
        return self.definitions[reference.rpartition("/")[2]] if reference else schema


@cache
def schemas(minor: str) -> Schemas:
    """The schemas of a Kubernetes minor, shared between clusters. Raises UnknownMinorError."""
    return Schemas(minor)


def describe(error: Any, known_keys: Any) -> list[Problem]:
    """An error of the JSON schema engine, in words. `known_keys(path)` lists the keys allowed at a path."""
    path = list(error.instance_path)
    detail = error.kind.as_dict()
    match error.kind.name:
        case "additionalProperties":
            return [
                Problem(path_text([*path, key]), f"unknown field{suggestion(key, known_keys(path))}")
                for key in detail["unexpected"]
            ]
        case "required":
            return [Problem(path_text([*path, detail["property"]]), "missing, but required")]
        case "type":
            return [Problem(path_text(path), f"expected {_either(detail['types'])}, got {error.instance!r}")]
        case "oneOf":
            types = [word for branch in detail.get("context", []) for item in branch for word in _types(item)]
            return [Problem(path_text(path), f"expected {_either(types)}, got {error.instance!r}")]
        case _:
            return [Problem(path_text(path), str(error.message))]


def path_text(path: list[str | int] | tuple[str | int, ...]) -> str:
    """A path as Pulumi writes it: `spec.containers[0].image`, and `labels["a/b"]` for keys that are no words."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[\w$-]+", part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text


def _types(error: Any) -> list[str]:
    return error.kind.as_dict().get("types", []) if error.kind.name == "type" else []


def _either(types: list[str]) -> str:
    return " or ".join(dict.fromkeys(_WORDS[word] for word in types if word != "null"))


def _schema_folder() -> Path:
    package = importlib.util.find_spec("kubernetes_validate")
    if package is None or package.origin is None:
        raise UnknownMinorError("the package kubernetes-validate, which carries Kubernetes' schemas, is not installed")
    return Path(package.origin).parent / "kubernetes-json-schema"
