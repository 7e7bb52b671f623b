"""The settings of a stack line by line, each with its value and its origin."""

from dataclasses import dataclass
from typing import Any

from strata.errors import UsageError
from strata.problem import Path, config_path, nearest, shown
from strata.settings.load import Loaded
from strata.settings.provenance import Provenance, leaves

__all__ = ["Line", "explain"]


@dataclass(frozen=True)
class Line:
    """One setting.

    Args:
        path: where it is below `strata:`.
        value: its value, as JSON has it.
        provenance: where the value came from.
    """

    path: Path
    value: Any
    provenance: Provenance

    @property
    def name(self) -> str:
        """The path as a person writes it."""
        return config_path(self.path)

    @property
    def shown(self) -> str:
        """The value on one line."""
        if isinstance(self.value, str) and self.value:
            return self.value
        return shown(self.value) if self.value != {} else "{}"

    def as_json(self) -> dict[str, Any]:
        """The line as values for JSON output."""
        return {
            "path": self.name,
            "value": self.value,
            "origin": self.provenance.origin.value,
            "note": self.provenance.note or None,
            "line": self.provenance.line,
        }


def explain(loaded: Loaded, below: str | None = None) -> list[Line]:
    """Every setting, in the order of the models.

    Args:
        loaded: the settings of a stack.
        below: a path such as `services.web`, with or without `strata:`; only it and what is below it. Default: all.

    Raises:
        UsageError: there is nothing at that path.
    """
    values = leaves(loaded.settings.model_dump(mode="json"))
    lines = [Line(path, value, loaded.provenance[path]) for path, value in values]
    if below is None:
        return lines
    wanted = f"strata:{below.removeprefix('strata:')}"
    found = [line for line in lines if _within(line.name, wanted)]
    if not found:
        places = sorted({config_path(line.path[: end + 1]) for line in lines for end in range(len(line.path))})
        near = nearest(wanted, places)
        raise UsageError(
            f"no setting {wanted} in {loaded.source}",
            fix=f"Did you mean {near}?" if near else "Leave the path out to see every setting.",
        )
    return found


def _within(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith((f"{wanted}.", f"{wanted}["))
