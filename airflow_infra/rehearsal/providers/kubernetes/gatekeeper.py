"""A model of Gatekeeper's controller: it turns constraint templates into kinds, while its release stands.

Source: Gatekeeper's documentation on constraint templates, and on Kubernetes-native validation (general knowledge, not
read in a dated source); facts of chart 3.23.
"""

import re
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes import releases
from airflow_infra.rehearsal.providers.kubernetes.api import InMemoryApi
from airflow_infra.rehearsal.providers.kubernetes.cel import cel_problems
from airflow_infra.rehearsal.providers.kubernetes.client import Object, Reference, reference_of
from airflow_infra.rehearsal.providers.kubernetes.custom import CustomKind, schema_problems
from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.schema import JsonSchema, suggestion

TEMPLATE_GROUP = "templates.gatekeeper.sh"
CONSTRAINT_GROUP = "constraints.gatekeeper.sh"
TARGET = "admission.k8s.gatekeeper.sh"
ENGINES = ("K8sNativeValidation", "Rego")
_CHART = "gatekeeper"
_TEMPLATE_FIELDS: dict[str, tuple[str, ...]] = {
    "spec": ("crd", "targets"),
    "spec.crd": ("spec",),
    "spec.crd.spec": ("names", "validation"),
    "spec.crd.spec.names": ("kind", "shortNames"),
    "spec.crd.spec.validation": ("legacySchema", "openAPIV3Schema"),
}
_TARGET_FIELDS = ("target", "rego", "libs", "code", "operations")
_CODE_FIELDS = ("engine", "source")
_REGO_FIELDS = ("version", "rego", "libs")
_KIND_SELECTOR = {
    "type": "object",
    "properties": {
        "apiGroups": {"type": "array", "items": {"type": "string"}},
        "kinds": {"type": "array", "items": {"type": "string"}},
    },
}
_LABEL_SELECTOR = {
    "type": "object",
    "properties": {
        "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}},
        "matchExpressions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "operator"],
                "properties": {
                    "key": {"type": "string"},
                    "operator": {"type": "string", "enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
                    "values": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_NAMES = {"type": "array", "items": {"type": "string", "pattern": r"^\*?[-:a-z0-9]*\*?$"}}
_MATCH = {
    "type": "object",
    "properties": {
        "kinds": {"type": "array", "items": _KIND_SELECTOR},
        "scope": {"type": "string", "enum": ["*", "Cluster", "Namespaced"]},
        "namespaces": _NAMES,
        "excludedNamespaces": _NAMES,
        "labelSelector": _LABEL_SELECTOR,
        "namespaceSelector": _LABEL_SELECTOR,
        "name": {"type": "string"},
        "source": {"type": "string", "enum": ["All", "Generated", "Original"]},
    },
}
_SCOPED_ACTIONS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["action", "enforcementPoints"],
        "properties": {
            "action": {"type": "string", "enum": ["deny", "dryrun", "warn"]},
            "enforcementPoints": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": {
                            "type": "string",
                            "enum": [
                                "validation.gatekeeper.sh",
                                "audit.gatekeeper.sh",
                                "gator.gatekeeper.sh",
                                "vap.k8s.io",
                                "*",
                            ],
                        }
                    },
                },
            },
        },
    },
}


class Gatekeeper:
    """Gatekeeper's controller and webhook. Implements Controller."""

    def admit(self, api: InMemoryApi, manifest: Object) -> list[Problem]:
        """What is wrong with a constraint template; other objects pass."""
        if not _is_template(manifest):
            return []
        for engine, name in _engines(manifest):
            if engine == "Rego":
                api.not_checked.add(f"Rego of ConstraintTemplate {name}: only Gatekeeper itself compiles it")
        return template_problems(manifest, api.not_checked)

    def changed(self, api: InMemoryApi, obj: Object, deleted: bool) -> None:
        """Register the kinds of templates when they or Gatekeeper's release appear; remove those of deleted ones."""
        if _is_template(obj) and deleted:
            api.discard(_definition_reference(obj))
        elif _is_template(obj) or obj.get("type") == "helm.sh/release.v1":
            if not any(release.chart == _CHART for release in releases.deployed(api)):
                return
            templates = [obj] if _is_template(obj) else api.objects(f"{TEMPLATE_GROUP}/v1", "ConstraintTemplate")
            for template in templates:
                self._register(api, template)

    def _register(self, api: InMemoryApi, template: Object) -> None:
        api.modelled.add("Gatekeeper: a template becomes a kind, status.created")
        api.put(constraint_kind(template).definition(), _CHART)
        api.set_status(reference_of(template), {"created": True})


def constraint_kind(template: Object) -> CustomKind:
    """The kind that a template brings, with the schema of its constraints."""
    word = template["spec"]["crd"]["spec"]["names"]["kind"]
    parameters = template["spec"]["crd"]["spec"].get("validation", {}).get("openAPIV3Schema")
    fields: JsonSchema = {
        "match": _MATCH,
        "enforcementAction": {"type": "string", "enum": ["deny", "dryrun", "scoped", "warn"]},
        "scopedEnforcementActions": _SCOPED_ACTIONS,
    }
    if parameters is not None:
        fields["parameters"] = parameters
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": fields}, "status": anything}}
    return CustomKind(CONSTRAINT_GROUP, ("v1beta1",), word, word.lower(), "Cluster", schema)


def template_problems(template: Object, not_checked: set[str]) -> list[Problem]:
    """What Gatekeeper would find wrong in a template; what cannot be looked at is added to `not_checked`."""
    found = _unknown_fields(template)
    spec = template.get("spec") or {}
    names: dict[str, Any] = _at(template, "spec.crd.spec.names") or {}
    word, name = names.get("kind"), template["metadata"]["name"]
    if not isinstance(word, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,62}", word):
        found.append(Problem("spec.crd.spec.names.kind", f"expected the name of a kind, got {word!r}"))
    elif word.lower() != name:
        reason = f"expected {word.lower()!r}, the lower case of spec.crd.spec.names.kind, got {name!r}"
        found.append(Problem("metadata.name", reason))
    parameters = _at(template, "spec.crd.spec.validation.openAPIV3Schema")
    if parameters is not None:
        found += schema_problems(parameters, "spec.crd.spec.validation.openAPIV3Schema")
    targets = spec.get("targets") or []
    if len(targets) != 1:
        return [*found, Problem("spec.targets", f"expected one target, got {len(targets)}")]
    return found + _target_problems(targets[0], f"ConstraintTemplate {name}", not_checked)


def _target_problems(target: dict[str, Any], what: str, not_checked: set[str]) -> list[Problem]:
    at = "spec.targets[0]"
    found = _extra_fields(at, target, _TARGET_FIELDS)
    if target.get("target") != TARGET:
        found.append(Problem(f"{at}.target", f"expected {TARGET}, got {target.get('target')!r}"))
    code = target.get("code") or []
    if not code and not target.get("rego"):
        found.append(Problem(f"{at}.code", f"missing: expected code of {' or '.join(ENGINES)}"))
    if target.get("rego"):
        found += _rego_problems(f"{at}.rego", target["rego"])
    for index, entry in enumerate(code):
        path, source = f"{at}.code[{index}]", entry.get("source")
        found += _extra_fields(path, entry, _CODE_FIELDS)
        if entry.get("engine") not in ENGINES:
            reason = f"expected one of {', '.join(ENGINES)}, got {entry.get('engine')!r}"
            found.append(Problem(f"{path}.engine", reason))
        elif not isinstance(source, dict):
            found.append(Problem(f"{path}.source", f"expected a mapping, got {source!r}"))
        elif entry["engine"] == "Rego":
            found += _extra_fields(f"{path}.source", source, _REGO_FIELDS)
            found += _rego_problems(f"{path}.source.rego", source.get("rego"))
            if source.get("version") not in {None, "v0", "v1"}:
                found.append(Problem(f"{path}.source.version", f"expected v0 or v1, got {source['version']!r}"))
        else:
            found += cel_problems(f"{path}.source", source, what, not_checked)
    engines = [entry.get("engine") for entry in code]
    found += [
        Problem(f"{at}.code", f"engine {word} stands {engines.count(word)} times")
        for word in ENGINES
        if engines.count(word) > 1
    ]
    return found


def _rego_problems(path: str, rego: Any) -> list[Problem]:
    """What shows without a Rego parser: the package, and a rule that Gatekeeper asks for."""
    if not isinstance(rego, str) or not rego.strip():
        return [Problem(path, f"expected Rego source, got {rego!r}")]
    if not re.search(r"(?m)^package\s+[A-Za-z_]", rego):
        return [Problem(path, "no package declaration")]
    if not re.search(r"(?m)^violation\b", rego):
        return [Problem(path, "no rule named violation: Gatekeeper asks for no other")]
    return []


def _unknown_fields(template: Object) -> list[Problem]:
    found: list[Problem] = []
    for path, known in _TEMPLATE_FIELDS.items():
        value = _at(template, path)
        if value is not None and not isinstance(value, dict):
            found.append(Problem(path, f"expected a mapping, got {value!r}"))
        else:
            found += _extra_fields(path, value or {}, known)
    return found


def _extra_fields(path: str, value: dict[str, Any], known: tuple[str, ...]) -> list[Problem]:
    return [
        Problem(f"{path}.{key}", f"unknown field{suggestion(key, list(known))}") for key in value if key not in known
    ]


def _engines(template: Object) -> list[tuple[str, str]]:
    name = template["metadata"]["name"]
    targets = (template.get("spec") or {}).get("targets") or []
    engines = [entry.get("engine", "") for target in targets for entry in target.get("code") or []]
    return [(engine, name) for engine in [*engines, *("Rego" for target in targets if target.get("rego"))]]


def _is_template(obj: Object) -> bool:
    return obj.get("kind") == "ConstraintTemplate" and str(obj.get("apiVersion")).startswith(f"{TEMPLATE_GROUP}/")


def _definition_reference(template: Object) -> Reference:
    definition = constraint_kind(template).definition()
    return Reference(definition["apiVersion"], definition["kind"], None, definition["metadata"]["name"])


def _at(obj: Object, path: str) -> Any:
    value: Any = obj
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
