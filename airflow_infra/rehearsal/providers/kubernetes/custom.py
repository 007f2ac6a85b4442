"""Custom resources: what a CustomResourceDefinition object says about its kinds, and validation against it."""

from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from airflow_infra.rehearsal.providers.kubernetes import rules
from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.kinds import Kind
from airflow_infra.rehearsal.providers.kubernetes.schema import JsonSchema, Schemas, describe

_ENVELOPE: JsonSchema = {"apiVersion": {}, "kind": {}, "metadata": {}}


@dataclass(frozen=True)
class CustomKind:
    """A kind that a chart or a program brings with a CustomResourceDefinition."""

    group: str
    versions: tuple[str, ...]
    """Served versions; the first is the one that objects are stored in."""
    kind: str
    plural: str
    scope: str
    """`Namespaced` or `Cluster`."""
    schema: JsonSchema | None = None
    """Structural OpenAPI schema of the whole object, or None when it is not at hand: then nothing is checked."""

    def definition(self) -> dict[str, Any]:
        """The manifest of its CustomResourceDefinition."""
        schema = self.schema or {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        return {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{self.plural}.{self.group}"},
            "spec": {
                "group": self.group,
                "names": {"kind": self.kind, "plural": self.plural, "singular": self.kind.lower()},
                "scope": self.scope,
                "versions": [
                    {
                        "name": version,
                        "served": True,
                        "storage": version == self.versions[0],
                        "schema": {"openAPIV3Schema": schema},
                    }
                    for version in self.versions
                ],
            },
        }


def kinds_of(definition: dict[str, Any]) -> dict[Kind, JsonSchema | None]:
    """The kinds that a CustomResourceDefinition object serves, with the schema of each (None: it allows anything)."""
    spec = definition["spec"]
    found: dict[Kind, JsonSchema | None] = {}
    for version in spec["versions"]:
        if version.get("served"):
            kind = Kind(
                spec["group"],
                version["name"],
                spec["names"]["kind"],
                spec["names"]["plural"],
                namespaced=spec["scope"] == "Namespaced",
                custom=True,
            )
            schema = version.get("schema", {}).get("openAPIV3Schema", {})
            anything = schema.get("x-kubernetes-preserve-unknown-fields") and not schema.get("properties")
            found[kind] = None if anything else schema
    return found


def problems(schemas: Schemas, kind: Kind, schema: JsonSchema | None, manifest: dict[str, Any]) -> list[Problem]:
    """What is wrong in a custom resource. Unknown fields are refused, as server-side apply refuses them."""
    found = schemas.metadata_problems(manifest) or rules.custom_problems(kind, manifest)
    if schema is None:
        return found
    return found + structural_problems(
        {**schema, "properties": {**_ENVELOPE, **schema.get("properties", {})}}, manifest
    )


def structural_problems(schema: JsonSchema, value: Any, path: str = "") -> list[Problem]:
    """What a structural OpenAPI schema finds wrong in a value, fields that it does not declare included."""
    strict = _strict(schema)
    found = [
        problem
        for error in jsonschema_rs.Draft202012Validator(strict).iter_errors(value)
        for problem in describe(error, lambda at: _known_keys(strict, at))
    ]
    if not path:
        return found
    return [Problem(f"{path}.{problem.property}".rstrip("."), problem.reason) for problem in found]


def definition_problems(schemas: Schemas, definition: dict[str, Any]) -> list[Problem]:
    """What is wrong in a CustomResourceDefinition that follows its own schema."""
    spec, found = definition["spec"], list[Problem]()
    name = f"{spec['names']['plural']}.{spec['group']}"
    if definition["metadata"]["name"] != name:
        found.append(Problem("metadata.name", f"expected {name!r}, the plural and the group"))
    stored = [version["name"] for version in spec["versions"] if version["storage"]]
    if len(stored) != 1:
        found.append(Problem("spec.versions", f"expected one version with storage: true, got {len(stored)}"))
    for index, version in enumerate(spec["versions"]):
        path = f"spec.versions[{index}].schema.openAPIV3Schema"
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        found += schema_problems(schemas, schema, path) if schema else [Problem(path, "missing, but required")]
    return found


def schema_problems(schemas: Schemas, schema: JsonSchema, path: str) -> list[Problem]:
    """What is wrong with a structural schema itself."""
    found = schemas.schema_problems(schema, path)
    if found:
        return found
    try:
        jsonschema_rs.Draft202012Validator(_strict(schema))
    except jsonschema_rs.ValidationError as error:
        return [Problem(path, f"no valid schema: {error.message}")]
    return []


def _strict(schema: JsonSchema) -> JsonSchema:
    """A structural OpenAPI schema as JSON schema, with fields that it does not declare refused."""
    strict = {key: value for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    nullable = strict.pop("nullable", False)
    if schema.get("x-kubernetes-int-or-string"):
        strict.pop("anyOf", None)
        strict["type"] = ["integer", "string"]
    if nullable and isinstance(strict.get("type"), str):
        strict["type"] = [strict["type"], "null"]
    if isinstance(strict.get("properties"), dict):
        strict["properties"] = {key: _strict(value) for key, value in strict["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            strict.setdefault("additionalProperties", False)
    if isinstance(strict.get("additionalProperties"), dict):
        strict["additionalProperties"] = _strict(strict["additionalProperties"])
    if isinstance(strict.get("items"), dict):
        strict["items"] = _strict(strict["items"])
    return strict


def _known_keys(schema: JsonSchema, path: list[str | int]) -> list[str]:
    for part in path:
        others = schema.get("additionalProperties")
        below = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part, others)
        schema = below if isinstance(below, dict) else {}
    return list(schema.get("properties", {}))
