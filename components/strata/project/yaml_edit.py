"""Edit one value of a YAML file in its text: comments, order, quotes and layout of everything else stay as they are."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ruamel.yaml.error import YAMLError

from strata.project.yaml_nodes import MappingEntry, Node, root_of
from strata.yaml_scalars import resolved

__all__ = ["CannotEdit", "with_value", "without_value"]

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./](?:[A-Za-z0-9_./+@=-]|:(?=[A-Za-z0-9_./+@=-]))*")
"""Texts that need no quotes anywhere in YAML."""
_NUMBER: Final = re.compile(r"[0-9][0-9_.]*(e[0-9]+)?|0[xob][0-9a-f]+", re.IGNORECASE)
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", ".", "..", ".inf", ".nan"})
"""What readers with other rules than Pulumi's take for no text."""
_MERGE: Final = "<<"
_STEP: Final = 2
"""Columns by which a block is indented where the file shows no other habit."""


class CannotEdit(Exception):  # noqa: N818 - says what is the case
    """A file that is written in such a way that one value of it cannot be edited alone; the message says why."""


def with_value(text: str, path: Sequence[str], value: Any) -> str:
    """The text with a value in place, whether there was one before or not.

    Args:
        text: the file.
        path: keys of mappings that lead to it.
        value: a text, a number, a truth value, or a mapping of such.

    Raises:
        CannotEdit: the place cannot be edited alone.
    """
    root, missing, found = _walk(text, path)
    if root is None:
        return _appended(text, path, value)
    if found is not None and not missing:
        return _replaced(text, path, found, value)
    where = found.value if found is not None else root
    if where.empty:
        inner = _flow(_nested(missing, value), spaced=True, quoted=False)
        return f"{text[: where.start]} {inner}{text[where.start :]}"
    _require_mapping(where, path[: len(path) - len(missing)])
    return _added(text, where, missing[0], _nested(missing[1:], value))


def without_value(text: str, path: Sequence[str]) -> str:
    """The text without a key and its value; the text itself where there is none.

    Args:
        text: the file.
        path: keys of mappings that lead to it.

    Raises:
        CannotEdit: the place cannot be edited alone.
    """
    root, missing, found = _walk(text, path)
    if root is None or missing or found is None:
        return text
    _, _, above = _walk(text, path[:-1])
    mapping = above.value if above is not None else root
    _refuse_shared(found.value, path)
    if mapping.flow:
        return _cut_from_flow(text, mapping, found, path)
    begin = text.rfind("\n", 0, found.key.start) + 1
    if text[begin : found.key.start].strip(" \ufeff"):
        raise CannotEdit(f"{_said(path)} does not begin its line")
    end = _line_end(text, found.value.end)
    if end == len(text) and not text.endswith("\n"):
        # the last line has no end, and neither has the one that is now the last
        return text[:begin].removesuffix("\n").removesuffix("\r")
    return text[:begin] + text[end:]


def _walk(text: str, path: Sequence[str]) -> tuple[Node | None, list[str], MappingEntry | None]:
    """The root, the keys of a path that lead nowhere, and the last entry that is there."""
    try:
        root = root_of(text)
    except (YAMLError, ValueError) as error:
        raise CannotEdit(f"it is not YAML: {str(error).splitlines()[0]}") from error
    if root is None or root.empty:
        return None, list(path), None
    entry: MappingEntry | None = None
    for depth, key in enumerate(path):
        node = entry.value if entry is not None else root
        if node.empty:
            return root, list(path[depth:]), entry
        _require_mapping(node, path[:depth])
        following = node.entry(key)
        if following is None:
            return root, list(path[depth:]), entry
        entry = following
    return root, [], entry


def _require_mapping(node: Node, path: Sequence[str]) -> None:
    if node.kind == "alias":
        raise CannotEdit(f"{_said(path)} is *{node.anchor}, and what is changed there changes wherever else that is")
    if node.kind != "mapping":
        raise CannotEdit(f"{_said(path)} is no mapping")
    if node.entry(_MERGE) is not None:
        raise CannotEdit(f"{_said(path)} has a part of its content from elsewhere, by `<<`")


def _refuse_shared(node: Node, path: Sequence[str]) -> None:
    """Refuse to replace what something else may refer to."""
    if node.kind == "alias":
        raise CannotEdit(f"{_said(path)} is *{node.anchor}, and what is changed there changes wherever else that is")
    anchors = [each.anchor for each in node.everything() if each.anchor is not None and each.kind != "alias"]
    if anchors:
        raise CannotEdit(f"{_said(path)} has the anchor &{anchors[0]}, which other places may refer to")


def _replaced(text: str, path: Sequence[str], entry: MappingEntry, value: Any) -> str:
    node = entry.value
    _refuse_shared(node, path)
    if node.style in ("|", ">"):
        raise CannotEdit(f"{_said(path)} is written on lines of its own, after {node.style}")
    if node.kind == "mapping" and isinstance(value, Mapping) and not node.flow:
        for key in [each.key.value for each in node.entries if each.key.value not in value]:
            text = without_value(text, [*path, key])
        for key, inner in value.items():
            text = with_value(text, [*path, key], inner)
        return text
    if node.kind != "scalar" and not node.flow:
        raise CannotEdit(f"{_said(path)} is no single value")
    spaced, quoted = _habits(text, node)
    written = _flow(value, spaced=spaced, quoted=quoted)
    if isinstance(value, str) and node.style in ("'", '"') and not node.empty:
        written = _quoted(value, node.style)
    gap = " " if node.empty else ""
    return text[: node.start] + gap + written + text[node.end :]


def _added(text: str, mapping: Node, key: str, value: Any) -> str:
    """The text with a further entry at the end of a mapping."""
    spaced, quoted = _habits(text, mapping)
    if mapping.flow:
        entry = f"{_scalar(key, quoted=quoted)}: {_flow(value, spaced=spaced, quoted=quoted)}"
        if not mapping.entries:
            opened = mapping.end - 1
            inner = f" {entry} " if spaced else entry
            begin = text.rfind("{", mapping.start, opened) + 1
            return text[:begin] + inner + (text[begin:] if text[begin:opened].strip() else text[opened:])
        end = mapping.entries[-1].value.end
        return f"{text[:end]}, {entry}{text[end:]}"
    first = mapping.entries[0]
    newline = "\r\n" if "\r\n" in text else "\n"
    like = next((each.value for each in reversed(mapping.entries) if each.value.kind == "mapping"), None)
    lines = _block(key, value, first.key.column, _step(mapping), like, spaced=spaced)
    entry = newline.join(lines)
    end = mapping.entries[-1].value.end
    at = end if text[end - 1 : end] == "\n" else _line_end(text, end)
    if text[at - 1 : at] == "\n":
        return f"{text[:at]}{entry}{newline}{text[at:]}"
    return f"{text[:at]}{newline}{entry}{text[at:]}"


def _block(key: str, value: Any, column: int, step: int, like: Node | None, *, spaced: bool) -> list[str]:
    """Lines of an entry in a block: a mapping is written as its neighbour is, one with others in it on lines each."""
    begin = f"{' ' * column}{_scalar(key, quoted=False)}:"
    nested = isinstance(value, Mapping) and any(isinstance(each, Mapping) for each in value.values())
    if isinstance(value, Mapping) and (nested or like is None or not like.flow) and value:
        lines = [begin]
        for inner, it in value.items():
            lines += _block(inner, it, column + step, step, None, spaced=spaced)
        return lines
    return [f"{begin} {_flow(value, spaced=spaced, quoted=False)}"]


def _appended(text: str, path: Sequence[str], value: Any) -> str:
    """A document without content, with its first."""
    newline = "\r\n" if "\r\n" in text else "\n"
    begin = text if not text or text.endswith("\n") else text + newline
    lines = _block(path[0], _nested(path[1:], value), 0, _STEP, None, spaced=True)
    return begin + newline.join(lines) + newline


def _cut_from_flow(text: str, mapping: Node, found: MappingEntry, path: Sequence[str]) -> str:
    place = mapping.entries.index(found)
    if place:
        begin, end = mapping.entries[place - 1].value.end, found.value.end
        between = text[begin : found.key.start]
    elif len(mapping.entries) > 1:
        begin, end = found.key.start, mapping.entries[1].key.start
        between = text[found.value.end : end]
    else:
        return text[: found.key.start].rstrip(" ") + text[found.value.end :].lstrip(" ")
    if "#" not in between:
        return text[:begin] + text[end:]
    if not between.lstrip().startswith(","):
        raise CannotEdit(f"before the comma at {_said(path)} is a comment, which would be lost")
    return text[:begin] + between.replace(",", "", 1) + text[end:]


def _line_end(text: str, at: int) -> int:
    """Where the line ends in which something is, after its newline."""
    if at and text[at - 1] == "\n":
        return at
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _habits(text: str, node: Node) -> tuple[bool, bool]:
    """Whether braces have spaces within them, and whether everything is in quotes, as in JSON."""
    inner = next((each for each in node.everything() if each.kind == "mapping" and each.flow and each.entries), None)
    if inner is None:
        return True, False
    opening = text.rfind("{", inner.start, inner.entries[0].key.start)
    return text[opening + 1 : opening + 2].isspace(), inner.entries[0].key.style == '"'


def _step(mapping: Node) -> int:
    """By how many columns the blocks of a mapping are indented."""
    for entry in mapping.entries:
        inner = entry.value
        if inner.kind == "mapping" and not inner.flow and inner.entries:
            return inner.entries[0].key.column - entry.key.column
    return _STEP


def _nested(path: Sequence[str], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _flow(value: Any, *, spaced: bool, quoted: bool) -> str:
    """A value on one line."""
    if not isinstance(value, Mapping):
        return _scalar(value, quoted=quoted)
    inner = ", ".join(
        f"{_scalar(key, quoted=quoted)}: {_flow(each, spaced=spaced, quoted=quoted)}" for key, each in value.items()
    )
    return f"{{ {inner} }}" if spaced and inner else f"{{{inner}}}"


def _scalar(value: Any, *, quoted: bool) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    return value if not quoted and _is_plain(value) else _quoted(value, '"')


def _is_plain(text: str) -> bool:
    """Whether a text is one without quotes too, to Pulumi and to other readers."""
    numeric = _NUMBER.fullmatch(text) and text.count(".") <= 1
    return bool(_PLAIN.fullmatch(text)) and not numeric and text.lower() not in _WORDS and resolved(text) == text


def _quoted(text: str, mark: str) -> str:
    # single quotes escape nothing, so they can hold no more than what is printed on a line
    if mark == "'" and text.isascii() and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text)


def _said(path: Sequence[str]) -> str:
    """A path as a person writes it."""
    return ".".join(path[1:] if path[:1] == ["config"] and len(path) > 1 else path) or "the file"
