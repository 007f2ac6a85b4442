"""The policies' CEL, evaluated by Google's engine.

Several policies are one program, which answers with a list of booleans; a pod that every policy admits costs a few
evaluations. Where one does not hold, or the engine fails, the policies are asked one by one for their messages. A
policy that does not compile, or that the engine fails on, refuses, and says so: never does it admit what it could not
judge.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings

from airflow_infra.assurance.admission.cel_source import MATCHES, Bindings, PolicySource, Resolved, UndeclaredError
from airflow_infra.policies.stack import AppliedPolicy

_ROOTS = ("object", "oldObject", "request")
_LONGEST_REMEMBERED = 256
"""Characters of a text whose match with a pattern is remembered: quantities, images and roles repeat."""
_LONGEST_MESSAGE = 5 * 1024
"""Bytes. Kubernetes drops a longer message (apiserver 1.36, admission/plugin/policy/validating/validator.go)."""


@dataclass(frozen=True)
class Refusal:
    """What a policy says against a pod."""

    policy: AppliedPolicy
    message: str
    failed: bool = False
    """The policy could not be evaluated."""


@dataclass(frozen=True)
class _Validation:
    expression: str
    message: str | None
    holds: Resolved
    explains: Resolved | None


@cache
def environment() -> Any:
    """The engine with what the API server's CEL has and policies here use: bindings, optionals, strings."""
    texts = [cel.Type.STRING, cel.Type.STRING]
    overload = cel.Overload(MATCHES, return_type=cel.Type.BOOL, parameters=texts, is_member=True, impl=_matches)
    return cel.NewEnv(
        variables=dict.fromkeys(_ROOTS, cel.Type.DYN),
        extensions=[ext_bindings.ExtBindings(), ext_optional.ExtOptional(), ext_strings.ExtStrings()],
        functions=[cel.FunctionDecl(MATCHES, [overload])],
    )


def _matches(text: str, pattern: str) -> bool:
    return _remembered_match(text, pattern) if len(text) <= _LONGEST_REMEMBERED else _match(text, pattern)


@lru_cache(maxsize=20_000)
def _remembered_match(text: str, pattern: str) -> bool:
    return _match(text, pattern)


def _match(text: str, pattern: str) -> bool:
    """Whether the engine itself says that a text matches. Raises `ValueError` for a pattern that is none."""
    value = _match_program().eval(data={"text": text, "pattern": pattern})
    if value.type() == cel.Type.ERROR:
        raise ValueError(str(value.value()))
    return value.value()


@cache
def _match_program() -> Any:
    return cel.NewEnv(variables={"text": cel.Type.STRING, "pattern": cel.Type.STRING}).compile("text.matches(pattern)")


class CelPolicy:
    """One policy, compiled when it is first asked."""

    def __init__(self, applied: AppliedPolicy, bindings: Bindings) -> None:
        self.applied = applied
        self._bindings = bindings
        self.error: str | None = None
        """Why the policy can't be compiled."""
        self.validations: list[_Validation] = []
        source = PolicySource(bindings, applied.parameters)
        try:
            for variable in applied.policy.variables:
                source.declare(variable["name"], variable["expression"])
            for validation in applied.policy.validations:
                explains = validation.get("messageExpression")
                self.validations.append(
                    _Validation(
                        validation["expression"],
                        validation.get("message"),
                        source.resolve(validation["expression"]),
                        None if explains is None else source.resolve(explains),
                    )
                )
            _ = self._programs
        except (UndeclaredError, RuntimeError) as error:
            self.error = _first_line(error)

    def expressions(self) -> list[str]:
        """Every expression that decides or explains, complete in itself."""
        parts = [part for each in self.validations for part in (each.holds, each.explains) if part is not None]
        return [self._bindings.around(part.text, part.needs) for part in parts]

    def refusals(self, activation: Any, *, is_false: bool = False) -> list[Refusal]:
        """What the policy says against the pod of an activation. `is_false`: it is known that it does not hold."""
        if self.error is not None:
            return [self._unable(self.error)]
        if is_false and len(self.validations) == 1:
            (validation,), ((_, explains),) = self.validations, self._programs
            return [Refusal(self.applied, _message(validation, explains, activation))]
        found: list[Refusal] = []
        for validation, (holds, explains) in zip(self.validations, self._programs, strict=True):
            answer, error = _evaluated(holds, activation)
            if error is not None:
                found.append(self._unable(error))
            elif answer is not True:
                found.append(Refusal(self.applied, _message(validation, explains, activation)))
        return found

    @cached_property
    def _programs(self) -> list[tuple[Any, Any]]:
        compiled = environment().compile
        return [
            (
                compiled(self._bindings.around(each.holds.text, each.holds.needs)),
                each.explains and compiled(self._bindings.around(each.explains.text, each.explains.needs)),
            )
            for each in self.validations
        ]

    def _unable(self, error: str) -> Refusal:
        name = self.applied.policy.name
        return Refusal(
            self.applied, f"the policy {name} cannot be evaluated, so it refuses this pod: {error}", failed=True
        )


class CelPolicies:
    """Some policies, in as few programs as the engine's limit of nesting allows."""

    def __init__(self, policies: Sequence[AppliedPolicy]) -> None:
        bindings = Bindings()
        self.policies = tuple(CelPolicy(applied, bindings) for applied in policies)
        self._parts = [*_parts(self.policies, bindings)]

    def refusals(
        self, pod: Mapping[str, Any], request: Mapping[str, Any], old: Mapping[str, Any] | None = None
    ) -> list[Refusal]:
        """What the policies say against a pod without nulls. `request` is what of the AdmissionRequest they may read.

        `old` is the pod before an update.
        """
        activation = environment().Activation({"object": pod, "oldObject": old, "request": request})
        return [refusal for part in self._parts for refusal in part.refusals(activation)]


@dataclass(frozen=True)
class _Part:
    """Policies that one program decides; without a program each is asked by itself."""

    policies: Sequence[CelPolicy]
    program: Any

    def refusals(self, activation: Any) -> list[Refusal]:
        holding, error = (None, None) if self.program is None else _evaluated(self.program, activation)
        if holding is None or error is not None:
            return [refusal for policy in self.policies for refusal in policy.refusals(activation)]
        if all(one is True for one in holding):
            return []
        return [
            refusal
            for policy, holds in zip(self.policies, holding, strict=True)
            if holds is not True
            for refusal in policy.refusals(activation, is_false=holds is False)
        ]


def _parts(policies: Sequence[CelPolicy], bindings: Bindings) -> Iterator[_Part]:
    program = _program(policies, bindings)
    if program is None and len(policies) > 1:
        half = len(policies) // 2
        yield from _parts(policies[:half], bindings)
        yield from _parts(policies[half:], bindings)
    else:
        yield _Part(policies, program)


def _program(policies: Sequence[CelPolicy], bindings: Bindings) -> Any:
    """The program of some policies, or None where one is broken or the engine refuses what is nested too deeply.

    All variables are bound around it, none inside: what `all` and `exists` leave behind when they end early is taken
    for the value of a `bind` that comes after them (cel-expr-python 0.1.3), so that no bind may follow anything.
    """
    if not policies or any(policy.error is not None for policy in policies):
        return None
    needs = frozenset[str]().union(*(each.holds.needs for policy in policies for each in policy.validations))
    items = [" && ".join(f"({each.holds.text})" for each in policy.validations) for policy in policies]
    try:
        return environment().compile(bindings.around("[" + ",\n".join(items) + "]", needs))
    except RuntimeError:
        return None


def _evaluated(program: Any, activation: Any) -> tuple[Any, str | None]:
    """The plain value of a program, or why there is none. The engine raises some errors and returns others."""
    try:
        value = program.eval(activation)
        if value.type() == cel.Type.ERROR:
            return None, _first_line(value.value())
        return value.plain_value(), None
    except RuntimeError as error:
        return None, _first_line(error)


def _message(validation: _Validation, explains: Any, activation: Any) -> str:
    """The message of a refusal; where there is none of use, what Kubernetes falls back on."""
    if explains is not None:
        text, error = _evaluated(explains, activation)
        if error is None and isinstance(text, str):
            text = text.strip()
            if text and "\n" not in text and len(text.encode()) <= _LONGEST_MESSAGE:
                return text
    return (validation.message or "").strip() or f"failed expression: {validation.expression.strip()}"


def _first_line(error: object) -> str:
    return str(error).removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: ").partition("\n")[0].strip()
