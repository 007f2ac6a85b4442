"""Reads a YAML file into plain data, and remembers the line of every key path.

The document is composed into nodes and never constructed into objects, so that no tag can run anything and an alias
that multiplies itself is stopped early.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from airflow_infra.settings.problems import Finding, KeyPath

_TAG = "tag:yaml.org,2002:"
_MOST_BYTES = 1_000_000
_MOST_VALUES = 50_000
_MOST_LEVELS = 40


@dataclass
class Source:
    """The content of a YAML file."""

    data: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    """Line of every key and list item, counted from 1."""
    texts: dict[KeyPath, str] = field(default_factory=dict)
    """Numbers and booleans as they are written: 1.10 is the number 1.1."""
    findings: list[Finding] = field(default_factory=list)
    """What is wrong with the file as YAML."""

    def line(self, path: KeyPath) -> int | None:
        """Line of a key path, or of the innermost block that should hold it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


class _UnreadableError(Exception):
    """The file cannot be read as a whole."""

    def __init__(self, message: str, line: int | None = None):
        self.message = message
        self.line = line
        super().__init__(message)


def read_yaml(file: Path) -> Source:
    """Read a YAML file. What is wrong with it stands in `findings`; `data` is None when nothing could be read."""
    source = Source()
    try:
        node = _compose(_text(file))
        if node is None:
            raise _UnreadableError("the file is empty: expected `config:` with the stack's settings")
        source.data = _Builder(source).build(node, (), 0)
    except _UnreadableError as error:
        if error.line is not None:
            source.lines[()] = error.line
        source.data = None
        source.findings.append(Finding((), error.message))
    return source


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _UnreadableError(f"cannot be read: {error.strerror}") from None
    if len(content) > _MOST_BYTES:
        raise _UnreadableError(f"{len(content)} bytes: expected a stack file of at most {_MOST_BYTES}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{content[error.start]:02x} is not UTF-8: save the file as UTF-8"
        raise _UnreadableError(message, line) from None


def _compose(text: str) -> Node | None:
    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.context, error.problem) if part)
        raise _UnreadableError(f"not YAML: {reason}", None if mark is None else mark.line + 1) from None
    except RecursionError:
        raise _UnreadableError(f"not a stack file: blocks are nested more than {_MOST_LEVELS} levels deep") from None
    except (YAMLError, ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        # ruamel.yaml lets plain errors out for some malformed documents, such as a bad %YAML directive.
        reason = str(error).strip().splitlines()
        raise _UnreadableError(f"not YAML: {reason[0] if reason else type(error).__name__}") from None


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


class _Builder:
    """Turns nodes into dicts, lists and scalars."""

    def __init__(self, source: Source):
        self._source = source
        self._values = 0

    def build(self, node: Node, path: KeyPath, level: int) -> Any:
        self._values += 1
        if self._values > _MOST_VALUES:
            raise _UnreadableError(f"more than {_MOST_VALUES} values, aliases counted: expected a stack file")
        if level > _MOST_LEVELS:
            raise _UnreadableError(f"blocks are nested more than {_MOST_LEVELS} levels deep")
        self._source.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path, level)
        if isinstance(node, SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.build(item, (*path, index), level + 1) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self._found(path, f"the YAML tag {node.tag} is not used in stack files: remove it", None)
        return None

    def _mapping(self, node: MappingNode, path: KeyPath, level: int) -> dict[str, Any]:
        block: dict[str, Any] = {}
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                raise _UnreadableError("a key is a block or a list: expected text", line)
            key = str(key_node.value)
            if not _is_unicode(key):
                raise _UnreadableError("a key holds half of a surrogate pair: expected Unicode text", line)
            if key in first_lines:
                self._source.lines[(*path, key)] = line
                self._found((*path, key), f"the key stands here a second time, first on line {first_lines[key]}", None)
                continue
            first_lines[key] = line
            self._source.lines[(*path, key)] = line
            block[key] = self.build(value_node, (*path, key), level + 1)
        return block

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Any:
        text = str(node.value)
        if node.tag != f"{_TAG}str":
            self._source.texts[path] = text
        match node.tag.removeprefix(_TAG):
            case "str":
                if text.isascii() or _is_unicode(text):
                    return text
                self._found(path, "half of a surrogate pair: expected Unicode text", text)
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                try:
                    return int(text.replace("_", ""), 0 if text.lstrip("+-")[:2].lower() in ("0x", "0o", "0b") else 10)
                except ValueError:
                    self._found(path, "expected a shorter number, or text in quotes", text)
            case "float":
                try:
                    number = float(text.replace("_", ""))
                except ValueError:
                    number = float("nan")
                if number - number == 0:  # neither infinite nor not-a-number
                    return number
                self._found(path, "expected a finite number, or text in quotes", text)
            case "timestamp":
                self._found(path, f'YAML reads a date: put it in quotes, "{text}"', text)
            case _:
                self._found(path, f"the YAML tag {node.tag} is not used in stack files: remove it", text)
        return None

    def _found(self, path: KeyPath, message: str, value: object) -> None:
        self._source.findings.append(Finding(path, message, value))
