"""The two readers of a stack's settings: from its file, for the command, and from Pulumi's config, for the program."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from airflow_infra.settings.checks import Surroundings, check
from airflow_infra.settings.problems import Finding, KeyPath, Problem, SettingsError, join_path, show_value
from airflow_infra.settings.source import Source, read_yaml
from airflow_infra.settings.stack import StackSettings
from airflow_infra.settings.validation import sound_part, validate

PROJECT = "data-engineering-airflow"
"""Name of the Pulumi project, and the namespace of its settings."""

# What Pulumi itself keeps beside `config` in a stack file (Pulumi documentation, stack settings file reference).
_OTHER_TOP_LEVEL_KEYS = frozenset({"encryptedkey", "encryptionsalt", "environment", "secretsprovider"})
# The bucket's name, airflow-<stack>-mwaa-<account>, has to fit into 63 characters.
_STACK_NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")


@dataclass(frozen=True)
class Stack:
    """A stack file that was read, checked, and found sound."""

    name: str
    file: Path
    settings: StackSettings
    lines: Mapping[str, int]
    """Line by key path, such as eks.cluster.kubernetes_version."""
    warnings: tuple[Problem, ...]
    """What is usable but worth a look."""
    config: Mapping[str, Any]
    """The whole `config` of the file, other namespaces included."""


def stack_names(project: Path) -> list[str]:
    """Names of the stacks that have a file in the project's directory."""
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in project.glob("Pulumi.?*.yaml"))


def load_stack(stack: str, project: Path, *, as_of: date) -> Stack:
    """Read and check the file of a stack, Pulumi.<stack>.yaml in the project's directory.

    Raises SettingsError with every problem when the settings cannot be used. `as_of` decides what is still supported.
    """
    file = project / f"Pulumi.{stack}.yaml"
    names = stack_names(project)
    if stack not in names:
        listed = ", ".join(names) or "none"
        close = get_close_matches(stack, names, n=1)
        message = f"there is no stack {stack!r}: the stacks of this project are {listed}"
        raise SettingsError([Problem(file.name, None, "", None, message, close[0] if close else None)])
    source = read_yaml(file)
    findings = list(source.findings)
    if not _STACK_NAME.fullmatch(stack):
        message = f"{stack!r} cannot name AWS resources: expected at most 30 lower-case letters, digits and hyphens"
        findings.append(Finding((), message))
    data, prefixes = _our_settings(source.data, findings)
    found = [_as_settings_path(finding, prefixes) for finding in findings]
    settings: StackSettings | None = None
    if data is not None:
        settings, more = _examine(data, found, Surroundings(as_of=as_of, project=project))
        found += more
    problems = [_problem(finding, file.name, source, prefixes) for finding in found if not finding.warning]
    if problems or settings is None:
        raise SettingsError(sorted(problems, key=lambda problem: problem.line or 0))
    lines = {join_path(path): line for path, line in _settings_lines(source, prefixes)}
    warnings = tuple(_problem(finding, file.name, source, prefixes) for finding in found if finding.warning)
    return Stack(stack, file, settings, lines, warnings, source.data["config"])


def settings_from_config(stack: str, get_object: Callable[[str], Any]) -> StackSettings:
    """The settings as Pulumi hands them to the program, by a getter such as `pulumi.Config().get_object`.

    Nothing in it depends on today's date: what is no longer supported is said by the command, not in the middle of an
    update. Raises SettingsError with every problem.
    """
    data = {name: value for name in StackSettings.model_fields if (value := get_object(name)) is not None}
    settings, found = _examine(data, [], Surroundings())
    file = f"Pulumi.{stack}.yaml"
    problems = [_problem(finding, file, Source(), {}) for finding in found if not finding.warning]
    if problems or settings is None:
        raise SettingsError(problems)
    return settings


def program_config(stack: Stack) -> dict[str, str]:
    """The config of a stack file as Pulumi hands it to a program: `namespace:key` to text, or to JSON of a block.

    Secret values of other namespaces are left out: only Pulumi can decrypt them.
    """
    flat: dict[str, str] = {}
    for key, value in stack.config.items():
        full_key = key if ":" in key else f"{PROJECT}:{key}"
        if isinstance(value, dict) and set(cast(dict[str, Any], value)) == {"secure"}:
            continue
        flat[full_key] = value if isinstance(value, str) else json.dumps(value)
    return flat


def _examine(
    data: dict[str, Any], known: Iterable[Finding], surroundings: Surroundings
) -> tuple[StackSettings | None, list[Finding]]:
    """Validate, then check across fields, as far as the fields allow it. What is `known` is not reported again."""
    settings, findings = validate(data)
    reported = {finding.path for finding in known}
    findings = [finding for finding in findings if finding.path not in reported]
    if settings is not None:
        return settings, [*findings, *check(settings, surroundings)]
    part = sound_part(data, [*findings, *known])
    return None, [*findings, *check(part, surroundings, partial=True)]


def _our_settings(content: Any, findings: list[Finding]) -> tuple[dict[str, Any] | None, dict[str, KeyPath]]:
    """The blocks of our namespace by field, and where each stands in the file."""
    if content is None and findings:
        return None, {}
    document = cast(dict[str, Any], content) if isinstance(content, dict) else {}
    for key in document.keys() - _OTHER_TOP_LEVEL_KEYS - {"config"}:
        close = get_close_matches(key, ["config", *_OTHER_TOP_LEVEL_KEYS], n=1)
        message = "Pulumi knows no such key in a stack file: settings belong below `config`"
        findings.append(Finding((key,), message, suggestion=close[0] if close else None))
    if not isinstance(document.get("config"), dict):
        findings.append(Finding(("config",), "expected a block of keys: the stack's settings"))
        return None, {}
    data: dict[str, Any] = {}
    prefixes: dict[str, KeyPath] = {}
    for key, value in cast(dict[str, Any], document["config"]).items():
        namespace, separator, name = key.rpartition(":")
        if separator and namespace != PROJECT:
            continue
        path: KeyPath = ("config", key)
        if name in data:
            findings.append(Finding(path, f"the key stands here a second time, once with {PROJECT}: and once without"))
            continue
        data[name], prefixes[name] = value, path
        findings += [Finding(secret, _NO_SECRETS) for secret in _secrets(value, path)]
    return data, prefixes


_NO_SECRETS = (
    "settings hold no secrets, so `secure:` is refused here: put it into AWS Secrets Manager and name it by its prefix "
    "in mwaa.secrets_backend"
)


def _secrets(value: Any, path: KeyPath) -> Iterable[KeyPath]:
    if isinstance(value, dict):
        block = cast(dict[str, Any], value)
        if set(block) == {"secure"}:
            yield path
            return
        for key, item in block.items():
            yield from _secrets(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(cast(list[Any], value)):
            yield from _secrets(item, (*path, index))


def _as_settings_path(finding: Finding, prefixes: dict[str, KeyPath]) -> Finding:
    for name, prefix in prefixes.items():
        if finding.path[:2] == prefix:
            return Finding((name, *finding.path[2:]), finding.message, finding.value, finding.warning)
    return finding


def _file_path(path: KeyPath, prefixes: Mapping[str, KeyPath]) -> KeyPath:
    prefix = prefixes.get(str(path[0])) if path else None
    return (*prefix, *path[1:]) if prefix else path


def _settings_lines(source: Source, prefixes: dict[str, KeyPath]) -> Iterable[tuple[KeyPath, int]]:
    names = {prefix: name for name, prefix in prefixes.items()}
    for path, line in source.lines.items():
        if path[:2] in names:
            yield (names[path[:2]], *path[2:]), line


def _problem(finding: Finding, file: str, source: Source, prefixes: Mapping[str, KeyPath]) -> Problem:
    path = _file_path(finding.path, prefixes)
    value = source.texts.get(path, finding.value) if finding.value is not None else None
    return Problem(
        file, source.line(path), join_path(finding.path), show_value(value), finding.message, finding.suggestion
    )
