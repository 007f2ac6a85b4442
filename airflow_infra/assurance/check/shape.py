"""What of a pod its verdict depends on, as a key: pods that differ in nothing else get the same verdict.

Everything belongs to the key but a few values that vary from pod to pod while nothing looks at them, and these only
while they are well formed: the name, labels, annotations that are not of Kubernetes or AWS, and commands, arguments
and plain variables of containers. Each is left out, and that it was there is noted. tests/assurance/check/test_shape.py
holds this against what the policies' CEL reads, and against verdicts.
"""

from typing import Any

import orjson

from airflow_infra.rehearsal.providers.kubernetes.syntax import is_dns_label, is_label_value

# All annotations together may have 256 KiB: these never have more.
_LONGEST_ANNOTATION = 1024
_MOST_ANNOTATIONS = 100
_READ_ANNOTATIONS = ("kubernetes.io", "amazonaws.com")


def shape(pod: dict[str, Any], *context: str | int | None) -> bytes | None:
    """The key of a pod, and of what else its verdict depends on; None for a pod that no JSON could hold."""
    kept = {**pod}
    free: list[Any] = []
    metadata, spec = pod.get("metadata"), pod.get("spec")
    if type(metadata) is dict:
        kept["metadata"] = _metadata(metadata, free)
    if type(spec) is dict:
        spec = kept["spec"] = {**spec}
        for name in ("containers", "initContainers"):
            containers = spec.get(name)
            if type(containers) is list:
                spec[name] = [_container(one, free) if type(one) is dict else one for one in containers]
    try:
        return orjson.dumps((kept, free, context))
    except TypeError:
        return None


def _metadata(metadata: dict[str, Any], free: list[Any]) -> dict[str, Any]:
    kept = {**metadata}
    name = kept.get("name")
    if type(name) is str and is_dns_label(name):
        free.append("name")
        del kept["name"]
    labels = kept.get("labels")
    if type(labels) is dict:
        known = [key for key, value in labels.items() if type(value) is str and is_label_value(value)]
        _leave_out("labels", labels, known, kept, free)
    annotations = kept.get("annotations")
    if type(annotations) is dict and len(annotations) <= _MOST_ANNOTATIONS:
        known = [
            key
            for key, value in annotations.items()
            if type(value) is str
            and len(value) <= _LONGEST_ANNOTATION
            and not any(part in key for part in _READ_ANNOTATIONS)
        ]
        _leave_out("annotations", annotations, known, kept, free)
    return kept


def _leave_out(name: str, values: dict[str, Any], known: list[str], kept: dict[str, Any], free: list[Any]) -> None:
    free.append((name, known))
    kept[name] = {} if len(known) == len(values) else {key: values[key] for key in values.keys() - known}


def _container(container: dict[str, Any], free: list[Any]) -> dict[str, Any]:
    kept = {**container}
    for name in ("args", "command"):
        words = kept.get(name)
        if type(words) is list and all(type(word) is str for word in words):
            free.append(name)
            del kept[name]
    variables = kept.get("env")
    if type(variables) is list and all(type(one) is dict and _is_named_text(one) for one in variables):
        free.append([one["name"] for one in variables])
        kept["env"] = []
    return kept


def _is_named_text(variable: dict[str, Any]) -> bool:
    return len(variable) == 2 and type(variable.get("name")) is str and type(variable.get("value")) is str
