"""Condition blocks of IAM policies: whether they hold for a request."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from airflow_infra.assurance.invariants.invariant import NotCheckedError

Context = Mapping[str, str | Sequence[str]]
"""Condition keys of a request, such as `aws:SourceAccount`, with their value, or values where a key holds several."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERAL_STAR, _LITERAL_QUESTION = "\ue000", "\ue001"
"""Stand for `*` and `?` themselves in a filled-in pattern (Unicode's private use area)."""
_SPECIAL = {"*": _LITERAL_STAR, "?": _LITERAL_QUESTION, "$": "$"}
"""What `${*}`, `${?}` and `${$}` stand for."""

_SETS = ("ForAllValues:", "ForAnyValue:")
_IF_EXISTS = "IfExists"


def lower_keys(context: Context) -> dict[str, tuple[str, ...]]:
    """A context by keys in lower case, since IAM ignores the case of condition keys."""
    return {key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in context.items()}


def listed(value: Any) -> list[Any]:
    """A value that a policy gives alone or as a list, as a list."""
    return value if isinstance(value, list) else [value]


def like(pattern: str, value: str) -> bool:
    """Whether a value matches a pattern with `*` and `?`, case counting."""
    return _compiled(pattern).fullmatch(value) is not None


def arn_like(pattern: str, value: str) -> bool:
    """Whether an ARN matches a pattern, part by part: a `*` in one of the first five does not reach into the next.

    An ARN with fewer than six parts stands for one with `*` in the missing ones (IAM user guide, Resource).
    """
    if pattern == "*":
        return True
    wanted, found = pattern.split(":", 5), value.split(":", 5)
    wanted += ["*"] * (6 - len(wanted))
    return len(found) == 6 and all(map(like, wanted, found))


def with_variables(text: str, context: Mapping[str, Sequence[str]]) -> str | None:
    """A pattern with its policy variables filled in, or None when the request has no value for one of them."""
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = match[1].partition(",")
        if name in _SPECIAL:
            return _SPECIAL[name]
        values = context.get(name.strip().lower(), ())
        if len(values) == 1:
            return _literally(values[0])
        if default:
            return _literally(default.strip().strip("'"))
        missing = True
        return ""

    filled = _VARIABLE.sub(value, text)
    return None if missing else filled


def conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, Sequence[str]]) -> bool:
    """Whether every condition of a statement holds.

    Args:
        conditions: the statement's Condition.
        context: as `lower_keys` gives it.

    Raises:
        NotCheckedError: a condition operator that is not evaluated here.
    """
    return all(
        _holds(name, key, listed(wanted), context)
        for name, tests in conditions.items()
        for key, wanted in tests.items()
    )


def _holds(full_name: str, key: str, wanted: Sequence[Any], context: Mapping[str, Sequence[str]]) -> bool:
    found = context.get(key.lower())
    quantifier = next((prefix for prefix in _SETS if full_name.startswith(prefix)), "")
    name = full_name.removeprefix(quantifier)
    base = name.removesuffix(_IF_EXISTS)
    if base == "Null":
        return str(wanted[0]).lower() == str(found is None).lower()
    negated = "Not" in base
    test = _TESTS.get(base.replace("Not", ""))
    if test is None:
        raise NotCheckedError(f"the condition operator {full_name} on {key} is not evaluated")
    if found is None:
        # A missing key fails a condition, but for a negated operator, IfExists and ForAllValues (IAM user guide).
        return quantifier == "ForAllValues:" or name != base or (negated and not quantifier)
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in wanted]
    patterns = [filled for text in texts if (filled := with_variables(text, context)) is not None]
    try:
        holds = [any(test(pattern, value) for pattern in patterns) != negated for value in found]
    except ValueError as error:
        raise NotCheckedError(f"{full_name} on {key} cannot be evaluated: {error}") from None
    return all(holds) if quantifier == "ForAllValues:" else any(holds)


def _in_network(network: str, address: str) -> bool:
    return ip_address(address) in ip_network(network, strict=False)


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda wanted, found: compare(float(found), float(wanted))


def _plain(pattern: str) -> str:
    """A filled-in text whose `*` and `?` mean nothing."""
    return pattern.replace(_LITERAL_STAR, "*").replace(_LITERAL_QUESTION, "?")


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, found: _plain(wanted) == found,
    "StringEqualsIgnoreCase": lambda wanted, found: _plain(wanted).lower() == found.lower(),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda wanted, found: wanted.lower() == found.lower(),
    "IpAddress": _in_network,
    "NumericEquals": _number(operator.eq),
    "NumericLessThan": _number(operator.lt),
    "NumericLessThanEquals": _number(operator.le),
    "NumericGreaterThan": _number(operator.gt),
    "NumericGreaterThanEquals": _number(operator.ge),
}
"""Operators without their negation: the policy's value and the request's, to whether they agree."""


def _literally(value: str) -> str:
    """A value with its `*` and `?` made literal, as policy variables are."""
    return value.replace("*", _LITERAL_STAR).replace("?", _LITERAL_QUESTION)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    meaning = {"*": ".*", "?": ".", _LITERAL_STAR: r"\*", _LITERAL_QUESTION: r"\?"}
    return re.compile("".join(meaning.get(one) or re.escape(one) for one in pattern), re.DOTALL)
