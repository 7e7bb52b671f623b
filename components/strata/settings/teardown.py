"""A teardown in force: every part's protection is off, and says so."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from strata.problem import Path
from strata.settings.dates import day
from strata.settings.models import Settings, StackSettings
from strata.settings.parts import changed_parts, parts
from strata.settings.provenance import Origin, Provenance

__all__ = ["LIFTED", "lifted", "lifted_origins"]

LIFTED: Final[Mapping[str, Any]] = MappingProxyType(
    {"protect": False, "deletion_protection": False, "force_destroy": True}
)
"""Fields of parts that keep something from being deleted, and what they are while the stack is torn down.

A final snapshot keeps nothing from being deleted: it is still taken, and is the way back.
"""


def lifted(settings: StackSettings) -> StackSettings:
    """The settings with protection lifted if the stack is to be torn down, else as they are."""
    if settings.teardown is None:
        return settings

    def lift(part: Settings) -> Settings:
        return part.model_copy(update={name: LIFTED[name] for name in _fields(part)})

    return changed_parts(settings, lift)


def lifted_origins(settings: StackSettings) -> dict[Path, Provenance]:
    """Where the values that `lifted` sets came from."""
    if settings.teardown is None:
        return {}
    origin = Provenance(Origin.TEARDOWN, f"until {day(settings.teardown.until)}: {settings.teardown.reason}")
    return {(*path, name): origin for path, part in parts(settings) for name in _fields(part)}


def _fields(part: Settings) -> list[str]:
    return [name for name in LIFTED if name in type(part).model_fields]
