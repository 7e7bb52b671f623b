"""Tags a stack file adds to Strata's own."""

from collections.abc import Iterator, Mapping
from typing import Final

from strata.problem import Path
from strata.settings.parts import parts
from strata.settings.rules.facts import Conflict, Facts, Rule
from strata.tags import (
    KEY_LIMIT,
    RESERVED_PREFIXES,
    TAG_LIMIT,
    USER_TAG_LIMIT,
    VALUE_LIMIT,
    allowed_characters,
    is_reserved,
)

__all__ = ["RULES"]


def reserved(facts: Facts) -> Iterator[Conflict]:
    for path, tags in _maps(facts):
        for key, value in tags.items():
            if is_reserved(key):
                yield Conflict(
                    (*path, key),
                    value,
                    expected=f"a key other than Name and without the prefixes {' and '.join(RESERVED_PREFIXES)}",
                    fix="Choose another key; these are set for you.",
                )


def key_shape(facts: Facts) -> Iterator[Conflict]:
    for path, tags in _maps(facts):
        for key in tags:
            if not (0 < len(key) <= KEY_LIMIT and allowed_characters(key)):
                yield Conflict(
                    (*path, key),
                    key,
                    expected=f"a key of 1 to {KEY_LIMIT} letters, digits, spaces and .:/=+-@_",
                    fix="Rename the tag.",
                )


def value_shape(facts: Facts) -> Iterator[Conflict]:
    for path, tags in _maps(facts):
        for key, value in tags.items():
            if not (len(value) <= VALUE_LIMIT and allowed_characters(value)):
                yield Conflict(
                    (*path, key),
                    value,
                    expected=f"at most {VALUE_LIMIT} letters, digits, spaces and .:/=+-@_",
                    fix="Shorten it, or leave the other characters out.",
                )


def count(facts: Facts) -> Iterator[Conflict]:
    shared = facts.settings.tags
    for path, tags in _maps(facts):
        total = len({**shared, **tags})
        # Too many for the whole stack are reported there, and not again by parts that add none.
        if tags and total > USER_TAG_LIMIT:
            yield Conflict(
                path,
                f"{total} tags",
                expected=f"at most {USER_TAG_LIMIT} with those of the stack: AWS takes {TAG_LIMIT}, Strata needs some",
                fix="Remove some.",
                reads=(("tags",),),
            )


def case(facts: Facts) -> Iterator[Conflict]:
    shared = facts.settings.tags
    for path, tags in _maps(facts):
        first = {} if path == ("tags",) else {key.lower(): key for key in shared}
        for key, value in tags.items():
            other = first.setdefault(key.lower(), key)
            if other != key:
                yield Conflict(
                    (*path, key),
                    value,
                    expected=f"one spelling of the key: {other} is there too, and IAM does not tell them apart",
                    fix=f"Write {other}.",
                )


def _maps(facts: Facts) -> Iterator[tuple[Path, Mapping[str, str]]]:
    yield ("tags",), facts.settings.tags
    for path, part in parts(facts.settings):
        tags: Mapping[str, str] | None = getattr(part, "tags", None)
        if tags is not None:
            yield (*path, "tags"), tags


RULES: Final = (
    Rule("tag-reserved", "Tags leave Strata's and AWS's own keys alone.", reserved),
    Rule("tag-key", "AWS takes the keys of tags.", key_shape),
    Rule("tag-value", "AWS takes the values of tags.", value_shape),
    Rule("tag-count", "There are no more tags than AWS takes.", count),
    Rule("tag-case", "Keys of tags differ by more than case.", case),
)
