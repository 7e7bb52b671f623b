"""A YAML file as Pulumi reads it, with the line and the source text of every value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from strata.errors import SettingsError, UsageError
from strata.problem import Path, Problem
from strata.yaml_scalars import as_key, as_written, is_text_tag, resolved, without_tag

__all__ = ["Document", "parse_document", "read_document"]

_MERGE = "<<"
_TAGS = "tag:yaml.org,2002:"
_DEEPEST = 100
"""Levels of mappings and lists; no setting is at a tenth of that, and Python has a limit of its own."""
_MOST_ALIASED = 100_000
"""Values that all aliases of a file may stand for together: a few lines of aliases of aliases could fill any memory."""


@dataclass(frozen=True)
class Document:
    """A YAML file.

    Args:
        value: its content, of the kinds JSON has.
        lines: line of each value by its path, from 1; for one with a key that of the key. What is merged in has none.
        written: source text of each value that is not quoted, or has a tag that makes it another one than a text.
        keys: source text of each key of which Pulumi makes another one, by the path it leads to.
    """

    value: Any
    lines: Mapping[Path, int]
    written: Mapping[Path, str]
    keys: Mapping[Path, str]


def read_document(path: FilePath) -> Document:
    """Read a YAML file.

    Args:
        path: the file.

    Raises:
        SettingsError: it is not YAML.
        UsageError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path.name}: {error}", fix="Make it a readable file in UTF-8.") from error
    return parse_document(text, path.name)


def parse_document(text: str, source: str) -> Document:
    """Read YAML.

    Args:
        text: the content of a file.
        source: name of the file, for messages.

    Raises:
        SettingsError: it is not YAML.
    """
    try:
        return _Builder(YAML(typ="safe", pure=True).parse(text)).document()
    except _Broken as broken:
        raise SettingsError([_problem(source, broken.found, broken.line)], source=source) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found = (error.problem or error.context or "a syntax error").split("\n")[0]
        line = mark.line + 1 if mark is not None else None
        raise SettingsError([_problem(source, found, line)], source=source) from error
    except (YAMLError, ValueError) as error:
        raise SettingsError([_problem(source, str(error).split("\n")[0], 1)], source=source) from error


def _problem(source: str, found: str, line: int | None) -> Problem:
    return Problem((), found, "YAML", "Correct the syntax there.", "yaml", line, source)


class _Broken(Exception):  # noqa: N818 - never seen outside
    def __init__(self, found: str, event: Any) -> None:
        super().__init__(found)
        self.found = found
        self.line = event.start_mark.line + 1


@dataclass
class _Node:
    """A value with what is known of everything in it, by paths from it."""

    value: Any
    line: int
    lines: dict[Path, int] = field(default_factory=dict[Path, int])
    written: dict[Path, str] = field(default_factory=dict[Path, str])
    keys: dict[Path, str] = field(default_factory=dict[Path, str])

    def put(self, step: str | int, inner: "_Node", line: int | None) -> None:
        if line is not None:
            self.lines[step,] = line
        for mine, others in ((self.lines, inner.lines), (self.written, inner.written), (self.keys, inner.keys)):
            mine.update({(step, *path): it for path, it in others.items()})  # type: ignore[arg-type]


class _Builder:
    """Builds a document from the events of a parser."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, _Node] = {}
        self._depth = 0
        self._aliased = 0

    def document(self) -> Document:
        root = _Node(None, 1)
        seen = False
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if seen:
                    raise _Broken("a second document", event)
                seen = True
                root = self._node(next(self._events))
            elif not isinstance(event, StreamStartEvent | DocumentEndEvent | StreamEndEvent):
                raise _Broken("a syntax error", event)
        return Document(root.value, root.lines, root.written, root.keys)

    def _node(self, event: Any) -> _Node:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        tag = event.tag
        if tag is not None and str(tag) != "!" and not str(tag).startswith(_TAGS):
            raise _Broken(f"could not determine a constructor for the tag {str(tag)!r}", event)
        match event:
            case ScalarEvent():
                node = self._scalar(event)
            case SequenceStartEvent() | MappingStartEvent():
                node = self._nested(event)
            case _:
                raise _Broken("a syntax error", event)
        self._remember(event, node)
        return node

    def _alias(self, event: Any) -> _Node:
        if event.anchor not in self._anchors:
            raise _Broken(f"found undefined alias {event.anchor!r}", event)
        node = self._anchors[event.anchor]
        self._aliased += 1 + len(node.lines)
        if self._aliased > _MOST_ALIASED:
            raise _Broken(f"aliases that stand for more than {_MOST_ALIASED} values", event)
        return node

    def _nested(self, event: Any) -> _Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Broken(f"more than {_DEEPEST} levels", event)
        node = self._sequence(event) if isinstance(event, SequenceStartEvent) else self._mapping(event)
        self._depth -= 1
        return node

    def _remember(self, event: NodeEvent, node: _Node) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = node

    def _scalar(self, event: Any) -> _Node:
        line = event.start_mark.line + 1
        tag = str(event.tag) if event.tag is not None else None
        if event.style is not None and tag in (None, "!"):
            return _Node(event.value, line)
        try:
            node = _Node(resolved(event.value, tag), line)
        except ValueError as error:
            raise _Broken(str(error), event) from error
        if tag in (None, "!") or not is_text_tag(tag):
            node.written[()] = as_written(event.value, tag)
        return node

    def _sequence(self, event: Any) -> _Node:
        node = _Node([], event.start_mark.line + 1)
        while not isinstance(item := next(self._events), SequenceEndEvent):
            inner = self._node(item)
            node.put(len(node.value), inner, item.start_mark.line + 1)
            node.value.append(inner.value)
        return node

    def _mapping(self, event: Any) -> _Node:
        node = _Node({}, event.start_mark.line + 1)
        merged: list[_Node] = []
        while not isinstance(at := next(self._events), MappingEndEvent):
            key = self._node(at)
            if isinstance(key.value, dict | list):
                raise _Broken("a key that is no single value", at)
            value = self._node(next(self._events))
            if isinstance(at, ScalarEvent) and at.style is None and at.value == _MERGE:
                merged += self._merged(at, value)
                continue
            name = as_key(key.value)
            if name in node.value:
                raise _Broken(f"found duplicate key {name!r}", at)
            node.value[name] = value.value
            node.put(name, value, at.start_mark.line + 1)
            if without_tag(key.written.get((), name))[1] != name:
                node.keys[name,] = key.written[()]
        for other in merged:
            self._merge(node, other)
        return node

    def _merged(self, at: Any, value: _Node) -> list[_Node]:
        """What `<<` names: a mapping, or several of which the first wins."""
        if isinstance(value.value, dict):
            return [value]
        if isinstance(value.value, list) and all(isinstance(each, dict) for each in value.value):
            return [_Node(each, value.line) for each in value.value]
        raise _Broken("a merge of what is no mapping", at)

    def _merge(self, node: _Node, other: _Node) -> None:
        for name, value in other.value.items():
            if name in node.value:
                continue
            node.value[name] = value
            node.put(name, _below(other, name, value), None)


def _below(node: _Node, name: str, value: Any) -> _Node:
    """A part of a node."""
    part = _Node(value, node.line)
    for mine, whole in ((part.lines, node.lines), (part.written, node.written), (part.keys, node.keys)):
        mine.update({path[1:]: it for path, it in whole.items() if path[:1] == (name,)})  # type: ignore[arg-type]
    part.lines.pop((), None)
    part.keys.pop((), None)
    return part
