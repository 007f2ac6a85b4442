"""A pod's types and field names: what the API server refuses with status 400, when it reads the manifest."""

import json
import re
from functools import cached_property, lru_cache

import jsonschema_rs
import orjson

from airflow_infra.assurance.admission.nulls import AS_JSON, without_nulls
from airflow_infra.assurance.check.types import Finding, Manifest
from airflow_infra.rehearsal.providers.kubernetes.schema import JsonSchema, describe, schemas
from airflow_infra.rehearsal.providers.kubernetes.syntax import quantity

_POD = "io.k8s.api.core.v1.Pod"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_SYSCTL = "io.k8s.api.core.v1.Sysctl"
_PREFERRED = "io.k8s.api.core.v1.PreferredSchedulingTerm"
_REFERENCE = re.compile(r'"\$ref": "#/\$defs/([^"]+)"')
_BITS = {"int32": 31, "int64": 63}


class PodSchema:
    """The strict schema of pods in one Kubernetes minor, such as `1.36`."""

    def __init__(self, minor: str) -> None:
        """Raises `UnknownMinorError` where no schemas of that minor are at hand."""
        self._schemas = schemas(minor)

    def findings(self, pod: Manifest) -> tuple[Finding, ...]:
        """What is wrong with the types and the field names of a pod, nulls included."""
        try:
            orjson.dumps(pod, option=AS_JSON)
        except TypeError as error:
            return (Finding("schema", f"the pod holds something that JSON has no word for: {error}"),)
        if self._validator.is_valid(pod):
            return () if pod.get("spec") is not None else (Finding("schema", "spec: missing, but required", "spec"),)
        kind = self._schemas.kinds["v1", "Pod"][0]
        known = {problem.property: problem.reason for problem in self._schemas.problems(kind, pod)}
        found: dict[str, str] = {}
        for error in self._validator.iter_errors(pod):
            for problem in describe(error, lambda _: []):
                reason = known.get(problem.property, problem.reason)
                if error.kind.name == "format":
                    reason = f"{error.instance!r} is no quantity, such as 500m, 2 or 1.5Gi"
                found[problem.property] = reason
        return tuple(
            Finding("schema", f"{path or 'the pod'}: {reason}", path or None) for path, reason in found.items()
        )

    def without_nulls(self, pod: Manifest) -> Manifest:
        """A sound pod as the API server takes its nulls. The pod given is left as it is."""
        return without_nulls(pod, self._schemas)

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft4Validator:
        """Draft 4, in which 1.0 is no integer: the API server reads it as none either."""
        needed: dict[str, JsonSchema] = {}
        waiting = [_POD]
        while waiting:
            name = waiting.pop()
            if name not in needed:
                text = json.dumps(self._schemas.definitions[name])
                needed[name] = json.loads(text, object_hook=_bounded)
                waiting += _REFERENCE.findall(text)
        # The schemas' choices of types exclude null, which the API server takes.
        needed[_QUANTITY] = {"type": ["string", "number", "null"], "format": "quantity"}
        needed[_INT_OR_STRING] = {"type": ["string", "integer", "null"]}
        # Required in words only: the API server takes their absence for an empty value.
        needed[_SYSCTL] = {**needed[_SYSCTL], "required": ["name"]}
        needed[_SYSCTL]["properties"]["value"]["type"] = ["string", "null"]
        needed[_PREFERRED] = {**needed[_PREFERRED], "required": ["weight"]}
        return jsonschema_rs.Draft4Validator(
            {"$ref": f"#/$defs/{_POD}", "$defs": needed}, formats={"quantity": _is_quantity}, validate_formats=True
        )


def _bounded(schema: JsonSchema) -> JsonSchema:
    """A schema with the bounds of its integers, which its format only names."""
    bits = _BITS.get(schema.get("format", "")) if isinstance(schema.get("format"), str) else None
    return schema if bits is None else {**schema, "minimum": -(2**bits), "maximum": 2**bits - 1}


@lru_cache(maxsize=4096)
def _is_quantity(text: str) -> bool:
    return quantity(text) is not None
