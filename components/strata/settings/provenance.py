"""Where the value of each setting came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from strata.problem import Path
from strata.settings.models import StackSettings
from strata.settings.models.by_stage import Applied

__all__ = ["Origin", "Provenance", "leaves", "line_of", "trace"]


class Origin(StrEnum):
    """Who decided a value."""

    FILE = "stack file"
    PROJECT = "Pulumi.yaml"
    STAGE = "stage default"
    DEFAULT = "default"
    TEARDOWN = "teardown"


@dataclass(frozen=True)
class Provenance:
    """Where one value came from.

    Args:
        origin: who decided it.
        note: why, where that is not plain from the origin. Default: nothing.
        line: line in the stack file, from 1. Default: unknown.
    """

    origin: Origin
    note: str = ""
    line: int | None = None

    def __str__(self) -> str:
        told = [part for part in (self.note, f"line {self.line}" if self.line is not None else "") if part]
        return f"{self.origin} ({', '.join(told)})" if told else str(self.origin)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every single value below a nested one, with its path; empty mappings and lists of plain values are single."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, Sequence) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def trace(
    settings: StackSettings,
    raw: Mapping[str, Any],
    applied: Sequence[Applied],
    lines: Mapping[Path, int],
    elsewhere: Mapping[str, str],
) -> dict[Path, Provenance]:
    """The origin of every single value.

    Args:
        settings: the settings that came out.
        raw: what the stack file says.
        applied: the defaults that were put in.
        lines: lines of the stack file by path.
        elsewhere: the file of each setting that is not from the stack file, by its name.
    """
    put_in = {default.path: default.why for default in applied}
    return {
        path: _origin(path, raw, put_in, lines, elsewhere)
        for path, _ in leaves(settings.model_dump(mode="json"))
        if path != ()
    }


def line_of(path: Path, lines: Mapping[Path, int]) -> int | None:
    """The line of a value, or of the nearest thing around it that has one."""
    return next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), None)


def _origin(
    path: Path, raw: Any, put_in: Mapping[Path, str], lines: Mapping[Path, int], elsewhere: Mapping[str, str]
) -> Provenance:
    if _says(raw, path):
        origin = Origin.PROJECT if path[0] in elsewhere else Origin.FILE
        return Provenance(origin, line=line_of(path, lines))
    if path in put_in:
        return Provenance(Origin.STAGE, put_in[path])
    return Provenance(Origin.DEFAULT)


def _says(raw: Any, path: Path) -> bool:
    for part in path:
        match raw, part:
            case Mapping(), _ if part in raw:
                raw = raw[part]
            case list(), int() if part < len(raw):
                raw = raw[part]
            case _:
                return False
    return True
