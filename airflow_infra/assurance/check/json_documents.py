"""JSON documents read fast, with the line of every field found when it is asked for."""

import re
from typing import Any

import orjson

from airflow_infra.assurance.check.lines import MOST_LEVELS, Lines, UnreadableError, check_depth, too_deep

_KEY_ENDS = b'":'
_OTHERWISE = (b" :", b"\t:", b"\n:", b"\r:", b"\\u")
"""What keys and text may be written with and orjson does not write: where one occurs, counting tells nothing."""
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,\n]|[^\s"{}\[\]:,]+')


def read_json(content: bytes, first_line: int) -> Any:
    """The value of a text that begins at a line of its file.

    Raises:
        UnreadableError: when it is not JSON, or names a key twice.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        reason = too_deep() if "depth limit" in error.msg else f"not JSON: {error.msg} (column {error.colno})"
        raise UnreadableError(reason, first_line + error.lineno - 1) from None
    if content.count(b"{") + content.count(b"[") > MOST_LEVELS:
        check_depth(value, first_line)
    # What was read writes every key once. Text may hold a key's characters too, the same number on both sides.
    if any(way in content for way in _OTHERWISE) or content.count(_KEY_ENDS) != orjson.dumps(value).count(_KEY_ENDS):
        json_lines(content, first_line)
    return value


def json_lines(content: bytes, first_line: int) -> Lines:
    """The lines of a document that was read before.

    Raises:
        UnreadableError: when a key stands twice.
    """
    line = first_line
    root: list[Lines] = []
    blocks: list[dict[str, Lines] | list[Lines]] = [root]
    key: str | None = None
    key_line = line
    for found in _WORD.finditer(content.decode()):
        word = found.group()
        block = blocks[-1]
        if word == "\n":
            line += 1
        elif word in "}]":
            blocks.pop()
        elif word in ":,":
            continue
        elif isinstance(block, dict) and key is None:
            key, key_line = orjson.loads(word), line
            if key in block:
                message = f"the key {key!r} stands here a second time, first on line {block[key].line}"
                raise UnreadableError(message, line)
        else:
            inside: dict[str, Lines] | list[Lines] | None = {} if word == "{" else [] if word == "[" else None
            if isinstance(block, dict):
                block[key or ""] = Lines(key_line, inside)
                key = None
            else:
                block.append(Lines(line, inside))
            if inside is not None:
                blocks.append(inside)
    return root[0]
