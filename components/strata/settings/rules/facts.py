"""What a rule looks at and what it finds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from strata.problem import Path
from strata.settings.dates import today
from strata.settings.models import Settings, StackSettings
from strata.settings.parts import parts

__all__ = ["Conflict", "Facts", "Rule"]

Part = TypeVar("Part", bound=Settings)


@dataclass(frozen=True)
class Facts:
    """The settings of a stack, and what is known about them.

    Args:
        settings: with defaults put in.
        raw: what the stack file itself says.
        region: AWS region of the stack. Default: not known.
        today: the day the settings are read. Default: the system's.
    """

    settings: StackSettings
    raw: Mapping[str, Any]
    region: str | None = None
    today: date = field(default_factory=today)

    def each(self, model: type[Part]) -> Iterator[tuple[Path, Part]]:
        """Every part of a kind with its path, such as every service."""
        for path, part in parts(self.settings):
            if isinstance(part, model):
                yield path, part

    def says(self, path: Path) -> bool:
        """Whether the stack file itself says something at a place."""
        at: Any = self.raw
        for part in path:
            if not isinstance(at, Mapping) or part not in at:
                return False
            at = at[part]
        return True


@dataclass(frozen=True)
class Conflict:
    """What a rule found.

    Args:
        path: the setting to change.
        got: its value.
        expected: what would be right, to follow "expected".
        fix: what to do about it, as a full sentence.
        reads: the other settings the finding rests on; it is dropped when one of them could not be read.
    """

    path: Path
    got: Any
    expected: str
    fix: str
    reads: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule about settings that are each fine alone.

    Args:
        id: its name in JSON output and tests.
        says: what holds, as a sentence.
        check: yields a conflict for every place where it does not hold.
    """

    id: str
    says: str
    check: Callable[[Facts], Iterable[Conflict]]
