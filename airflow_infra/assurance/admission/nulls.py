"""Nulls in a manifest, as the API server takes them.

A field that is null is unset. In a list or a map there is no unset: there null is the type's zero value, `""` for a
label (Go's encoding/json, whose rules the API server follows).
"""

from typing import Any

import orjson

from airflow_infra.assurance.check.types import Manifest
from airflow_infra.rehearsal.providers.kubernetes.schema import JsonSchema, Schemas

AS_JSON = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
"""Nothing is taken for JSON that isn't: a date that YAML made is no text."""
_POD = {"$ref": "#/$defs/io.k8s.api.core.v1.Pod"}
_ZEROS: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}


def without_nulls(pod: Manifest, schemas: Schemas) -> Manifest:
    """A pod that follows its schema, without nulls. The pod given is left as it is."""
    if b"null" not in orjson.dumps(pod, option=AS_JSON):
        return pod
    return _without(pod, _POD, schemas)


def _without(value: Any, schema: JsonSchema, schemas: Schemas) -> Any:
    schema = _resolved(schema, schemas)
    if isinstance(value, dict):
        fields, others = schema.get("properties", {}), schema.get("additionalProperties")
        return {
            key: _element(item, others, schemas) if isinstance(others, dict) else _without(item, fields[key], schemas)
            for key, item in value.items()
            if item is not None or isinstance(others, dict)
        }
    if isinstance(value, list):
        return [_element(item, schema["items"], schemas) for item in value]
    return value


def _element(value: Any, schema: JsonSchema, schemas: Schemas) -> Any:
    return _zero(_resolved(schema, schemas)) if value is None else _without(value, schema, schemas)


def _zero(schema: JsonSchema) -> Any:
    if "oneOf" in schema:
        return "0"  # a quantity: the only choice of types that lists and maps of a pod hold
    types = schema.get("type", "object")
    return next((_ZEROS[word] for word in (types if isinstance(types, list) else [types]) if word in _ZEROS), {})


def _resolved(schema: JsonSchema, schemas: Schemas) -> JsonSchema:
    reference = schema.get("$ref")
    return schemas.definitions[reference.rpartition("/")[2]] if reference else schema
