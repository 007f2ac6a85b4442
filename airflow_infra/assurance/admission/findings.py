"""What a message of a policy is about: the field of the pod, for the line in the file."""

import re
from collections.abc import Iterator

from airflow_infra.assurance.check.types import Manifest

_SUBJECT = re.compile(
    r"(?:(?P<kind>init container|ephemeral container|container|volume) (?P<name>\S+)|pod): (?P<rest>.*)"
)
_FIELD = re.compile(r"(?P<field>[a-z]\w*(?:\.\w+|\[[\w./-]+\])*)[, ]")
_KEY = re.compile(r"\[([\w./-]+)\]")
_LISTS = {
    "container": "containers",
    "init container": "initContainers",
    "ephemeral container": "ephemeralContainers",
    "volume": "volumes",
}
_ANOTHER = re.compile(r" \| (?!and \d+ more$)")


def messages(text: str) -> list[str]:
    """The messages that a policy's CEL joins into one, as each of its findings is written."""
    return _ANOTHER.split(text)


def field_of(message: str, pod: Manifest) -> str | None:
    """The field that a message of ours is about, such as spec.containers[0].image, or None."""
    subject = _SUBJECT.match(message)
    if subject is None:
        return None
    field = _FIELD.match(subject["rest"])
    if subject["kind"] is None:
        named = field is not None and field["field"].startswith(("spec.", "metadata."))
        return _KEY.sub(r'["\1"]', field["field"]) if named and field else "spec"
    place = next(_places(pod, _LISTS[subject["kind"]], subject["name"]), None)
    if place is None:
        return None
    return f"{place}.{field['field']}" if field else place


def _places(pod: Manifest, field: str, name: str) -> Iterator[str]:
    for index, one in enumerate(pod["spec"].get(field) or []):
        if one.get("name") == name:
            yield f"spec.{field}[{index}]"
