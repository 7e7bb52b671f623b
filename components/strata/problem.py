"""One thing that is wrong with an input, how its place and values are written, and what may have been meant."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from strata.yaml_scalars import without_tag

__all__ = [
    "ABSENT",
    "SECRET",
    "Path",
    "Problem",
    "Unshown",
    "Written",
    "config_path",
    "in_quotes",
    "is_full",
    "nearest",
    "shown",
]

Path = tuple[str | int, ...]
"""Where a value is below `strata:`; text for keys, numbers for places in lists."""
_LONGEST_VALUE = 60
_PLAIN_KEY = re.compile(r"[\w:-]+")
"""Keys that Pulumi's own paths need no brackets for."""


class Unshown(Enum):
    """Stands for what a message cannot quote; the value is the words it uses instead."""

    ABSENT = "nothing"
    """Not given, which is not the same as null."""
    SECRET = "a secret"  # noqa: S105 - the words for one, not one
    """Encrypted, or decrypted and not for anybody's screen."""


@dataclass(frozen=True)
class Written:
    """A value as its source has it, where Pulumi makes something else of it.

    Args:
        text: the source.
    """

    text: str


ABSENT: Final = Unshown.ABSENT


SECRET: Final = Unshown.SECRET


@dataclass(frozen=True)
class Problem:
    """One finding.

    Args:
        path: where it is.
        got: the value found there, `ABSENT` or `SECRET`.
        expected: what would be right, to follow "expected".
        fix: what to do about it, as a full sentence.
        rule: id of the cross-field rule that found it, or of the kind of field error.
        line: line in the file, from 1. Default: unknown.
        file: name of the file, where it is not the stack's own, or where the problem is the file itself. Default: the
            stack's own.
        named: the path as a person writes it, in a file that has no settings. Default: as one below `strata:`.
    """

    path: Path
    got: Any
    expected: str
    fix: str
    rule: str
    line: int | None = None
    file: str | None = None
    named: str | None = None

    def __str__(self) -> str:
        parts = [self.file or "", f"line {self.line}" if self.line is not None else ""]
        place = " ".join(filter(None, parts))
        name = self.named or config_path(self.path)
        if not self.path and self.file:
            name, place = self.file, place.removeprefix(self.file).lstrip()
        where = f" ({place})" if place else ""
        found = f"got {shown(self.got)}, expected {self.expected}"
        return f"  {name}{where}\n    {found}\n    fix: {self.fix}"

    def as_json(self) -> dict[str, Any]:
        """The problem as values for JSON output; `got` is written as in messages."""
        return {
            "path": self.file if self.file and not self.path else self.named or config_path(self.path),
            "line": self.line,
            "got": shown(self.got),
            "expected": self.expected,
            "fix": self.fix,
            "rule": self.rule,
            **({"file": self.file} if self.file else {}),
        }


def in_quotes(written: str) -> str:
    """What to do about a value that must be a text: put its source in quotes, never what became of it.

    Args:
        written: the source, with its tag where it has one.
    """
    tag, text = without_tag(written)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'Put it in quotes{f", without {tag}" if tag else ""}: "{escaped}".'


def config_path(path: Path) -> str:
    """A path as a person writes it, such as `strata:services.web.routes[0].priority`."""
    if not path:
        return "the stack file"
    first, *rest = path
    if is_full(path):
        return "".join((str(rest[0]), *map(_step, rest[1:])))
    return f"strata:{first}" + "".join(map(_step, rest))


def is_full(path: Path) -> bool:
    """Whether a path says where in the file something is, with the full key of Pulumi: `config` and `aws:region`."""
    return len(path) > 1 and path[0] == "config" and ":" in str(path[1])


def _step(part: str | int) -> str:
    match part:
        case int():
            return f"[{part}]"
        case str() if _PLAIN_KEY.fullmatch(part):
            return f".{part}"
        case _:
            return f"[{json.dumps(part, ensure_ascii=False)}]"


def shown(value: Any) -> str:
    """A value as it is quoted in a message: short, on one line, containers by their kind."""
    match value:
        case Unshown():
            return value.value
        case Written():
            return value.text or "nothing"
        case Mapping():
            return "a mapping" if value else "an empty mapping"
        case list() | tuple():
            text = json.dumps(list(value), default=str, ensure_ascii=False)
            return text if len(text) <= _LONGEST_VALUE else f"a list of {len(value)}"
        case _:
            text = json.dumps(value, default=str, ensure_ascii=False)
            return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The known word a person probably meant.

    Args:
        word: what the person wrote.
        known: what would have been right.
        likeness: how alike both must be, from 0 to 1; more of it for long words that have much in common anyway.
    """
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=likeness)
    return found[0] if found else None
