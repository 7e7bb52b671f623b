"""What a rule across the parts of a stack looks at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from strata.problem import Path
from strata.settings.dates import today
from strata.settings.models import Settings, StackSettings
from strata.settings.parts import parts

__all__ = ["Facts"]

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
