"""Where in the text of a YAML file each node is, so that one of them can be edited and the rest stays as it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

__all__ = ["MappingEntry", "Node", "root_of"]


@dataclass
class Node:
    """A node and its place.

    Args:
        start: where it begins, with its anchor and tag.
        end: where its content ends, before comments that follow it.
        column: of its beginning, from 0.
        kind: mapping, sequence, scalar or alias.
        flow: whether it is written in braces or brackets.
        anchor: its anchor, or that of what an alias stands for.
        style: of a scalar: a quotation mark, `|`, `>`, or none.
        value: of a scalar, its text.
        entries: of a mapping.
        items: of a sequence.
    """

    start: int
    end: int
    column: int
    kind: str
    flow: bool = False
    anchor: str | None = None
    style: str | None = None
    value: str = ""
    entries: "list[MappingEntry]" = field(default_factory=list["MappingEntry"])
    items: "list[Node]" = field(default_factory=list["Node"])

    @property
    def empty(self) -> bool:
        """Whether nothing is written there."""
        return self.kind == "scalar" and self.start == self.end

    def entry(self, key: str) -> "MappingEntry | None":
        """What a mapping has under a key."""
        return next((each for each in self.entries if each.key.kind == "scalar" and each.key.value == key), None)

    def everything(self) -> "Iterator[Node]":
        """This node and all below it."""
        yield self
        for entry in self.entries:
            yield entry.key
            yield from entry.value.everything()
        for item in self.items:
            yield from item.everything()


@dataclass
class MappingEntry:
    """A key of a mapping and its value."""

    key: Node
    value: Node


def root_of(text: str) -> Node | None:
    """The root of a document; None where it is empty.

    Args:
        text: the source.

    Raises:
        YAMLError: it is not YAML.
    """
    events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
    for event in events:
        if isinstance(event, DocumentStartEvent):
            root = _node(next(events), events, text)
            # what follows may be broken
            for _ in events:
                pass
            return root
    return None


def _node(event: Any, events: Iterator[Any], text: str) -> Node:
    node = Node(event.start_mark.index, event.end_mark.index, event.start_mark.column, "scalar", anchor=event.anchor)
    match event:
        case AliasEvent():
            node.kind = "alias"
        case ScalarEvent():
            node.value, node.style = event.value, event.style
            if node.style is None and not event.value and event.anchor is None and event.tag is None:
                node.end = node.start
        case MappingStartEvent():
            node.kind, node.flow = "mapping", bool(event.flow_style)
            while not isinstance(at := next(events), MappingEndEvent):
                key = _node(at, events, text)
                node.entries.append(MappingEntry(key, _value(key, _node(next(events), events, text), text)))
            node.end = _end(node, at, [entry.value.end for entry in node.entries])
        case SequenceStartEvent():
            node.kind, node.flow = "sequence", bool(event.flow_style)
            while not isinstance(at := next(events), SequenceEndEvent):
                node.items.append(_node(at, events, text))
            node.end = _end(node, at, [item.end for item in node.items])
        case _:
            raise YAMLError(f"unexpected {event}")
    return node


def _value(key: Node, value: Node, text: str) -> Node:
    """The value; one that is not written is where its colon is: the parser has it where the next token begins."""
    if value.empty:
        colon = text.find(":", key.end)
        value.start = value.end = colon + 1 if 0 <= colon < value.start else key.end
    return value


def _end(node: Node, event: Any, inner: list[int]) -> int:
    """A block has no mark of its end; it ends with what is in it."""
    return event.end_mark.index if node.flow or not inner else inner[-1]
