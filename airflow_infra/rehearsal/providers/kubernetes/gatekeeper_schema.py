"""Structural schemas of Gatekeeper's templates, constraints and mutators, as far as their authors write them.

Source: Gatekeeper's documentation (general knowledge, not read in a dated source).
"""

from airflow_infra.rehearsal.providers.kubernetes.schema import JsonSchema

ENGINES = ("K8sNativeValidation", "Rego")
_ANYTHING: JsonSchema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_TEXTS: JsonSchema = {"type": "array", "items": {"type": "string"}}


def _mapping(properties: JsonSchema, required: tuple[str, ...] = ()) -> JsonSchema:
    return {"type": "object", "properties": properties, "required": list(required)}


TEMPLATE: JsonSchema = _mapping(
    {
        "apiVersion": {},
        "kind": {},
        "metadata": {},
        "status": _ANYTHING,
        "spec": _mapping(
            {
                "crd": _mapping(
                    {
                        "spec": _mapping(
                            {
                                "names": _mapping({"kind": {"type": "string"}, "shortNames": _TEXTS}, ("kind",)),
                                "validation": _mapping(
                                    {"legacySchema": {"type": "boolean"}, "openAPIV3Schema": _ANYTHING}
                                ),
                            },
                            ("names",),
                        )
                    },
                    ("spec",),
                ),
                "targets": {
                    "type": "array",
                    "items": _mapping(
                        {
                            "target": {"type": "string"},
                            "rego": {"type": "string"},
                            "libs": _TEXTS,
                            "operations": _TEXTS,
                            "code": {
                                "type": "array",
                                "items": _mapping(
                                    {"engine": {"type": "string", "enum": list(ENGINES)}, "source": _ANYTHING},
                                    ("engine", "source"),
                                ),
                            },
                        },
                        ("target",),
                    ),
                },
            },
            ("crd", "targets"),
        ),
    },
    ("spec",),
)
"""A ConstraintTemplate, up to the sources of its code."""

_CONDITIONS: JsonSchema = {
    "type": "array",
    "items": _mapping({"name": {"type": "string"}, "expression": {"type": "string"}}, ("name", "expression")),
}
SOURCES: dict[str, JsonSchema] = {
    "Rego": _mapping(
        {"version": {"type": "string", "enum": ["v0", "v1"]}, "rego": {"type": "string"}, "libs": _TEXTS}, ("rego",)
    ),
    "K8sNativeValidation": _mapping(
        {
            "variables": _CONDITIONS,
            "matchConditions": _CONDITIONS,
            "failurePolicy": {"type": "string", "enum": ["Fail", "Ignore"]},
            "generateVAP": {"type": "boolean"},
            "validations": {
                "type": "array",
                "minItems": 1,
                "items": _mapping(
                    {field: {"type": "string"} for field in ("expression", "message", "messageExpression")},
                    ("expression",),
                ),
            },
        },
        ("validations",),
    ),
}
"""The source of each engine's code."""

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
MATCH = {
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
SCOPED_ACTIONS = {
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


def constraint(parameters: JsonSchema | None) -> JsonSchema:
    """The schema of a template's constraints; without parameters in the template they have none."""
    fields: JsonSchema = {
        "match": MATCH,
        "enforcementAction": {"type": "string", "enum": ["deny", "dryrun", "scoped", "warn"]},
        "scopedEnforcementActions": SCOPED_ACTIONS,
    }
    if parameters is not None:
        fields["parameters"] = parameters
    return _mapping({"spec": _mapping(fields), "status": _ANYTHING})


ASSIGN: JsonSchema = _mapping(
    {
        "apiVersion": {},
        "kind": {},
        "metadata": {},
        "status": _ANYTHING,
        "spec": _mapping(
            {
                "applyTo": {
                    "type": "array",
                    "items": _mapping(
                        {
                            "groups": _TEXTS,
                            "versions": _TEXTS,
                            "kinds": _TEXTS,
                            "operations": {
                                "type": "array",
                                "items": {"type": "string", "enum": ["CREATE", "UPDATE", "*"]},
                            },
                        }
                    ),
                },
                "location": {"type": "string"},
                "match": MATCH,
                "parameters": _mapping(
                    {
                        "assign": _mapping(
                            {
                                "value": {},
                                "fromMetadata": _mapping(
                                    {"field": {"type": "string", "enum": ["namespace", "name"]}}, ("field",)
                                ),
                                "externalData": _ANYTHING,
                            }
                        ),
                        "pathTests": {
                            "type": "array",
                            "items": _mapping(
                                {
                                    "subPath": {"type": "string"},
                                    "condition": {"type": "string", "enum": ["MustExist", "MustNotExist"]},
                                },
                                ("subPath", "condition"),
                            ),
                        },
                    },
                    ("assign",),
                ),
            },
            ("applyTo", "location", "parameters"),
        ),
    },
    ("spec",),
)
"""An Assign object."""
