"""Pulumi's inputs as boto3's parameters, key by key: what has no conversion is refused, never dropped."""

from collections.abc import Callable, Mapping
from typing import Any

from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

Convert = Callable[[Any, str], Any]
"""Turns an input's value into the API's. The text is the input's path, for messages."""

Fields = Mapping[str, tuple[str, Convert]]
"""Parameter name and conversion, by input name."""


def as_is(value: Any, path: str) -> Any:  # noqa: ARG001
    """The value unchanged: text, booleans, and lists and maps of them."""
    return value


def integer(value: Any, path: str) -> int:
    """A whole number: Pulumi sends numbers as floats, boto3 refuses those."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise ProviderError(f"{path}: expected a whole number, got {value!r}") from None
    if number != float(value):
        raise ProviderError(f"{path}: expected a whole number, got {value!r}")
    return number


def block(fields: Fields) -> Convert:
    """The conversion of a nested block; a key outside `fields` raises ProviderError."""

    def convert(value: Any, path: str) -> Properties:
        unknown = [key for key in value if value[key] is not None and key not in fields]
        if unknown:
            raise ProviderError(
                f"{path}.{unknown[0]} is not handled by the rehearsal; handled are {', '.join(sorted(fields))}"
            )
        return parameters(value, fields, path)

    return convert


def each(convert: Convert) -> Convert:
    """The conversion of a list, item by item."""
    return lambda value, path: [convert(item, f"{path}[{index}]") for index, item in enumerate(value)]


def parameters(inputs: Mapping[str, Any], fields: Fields, path: str = "") -> Properties:
    """The API parameters of those of `inputs` that are in `fields` and set."""
    converted: Properties = {}
    for key, (name, convert) in fields.items():
        value = inputs.get(key)
        if value is not None:
            converted[name] = convert(value, f"{path}.{key}" if path else key)
    return converted


def same_names(*keys: str) -> Fields:
    """Fields that the API calls as Pulumi does and takes unchanged."""
    return {key: (key, as_is) for key in keys}


def capitalised(*keys: str) -> Fields:
    """Fields that the API spells with a capital and takes unchanged."""
    return {key: (key[0].upper() + key[1:], as_is) for key in keys}
