"""What a running service reads again and again: configuration that changes without a new server."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings

__all__ = ["ParameterTier", "RuntimeSettings", "RuntimeValueSettings"]


class ParameterTier(StrEnum):
    """How large a parameter may be: 4 KiB, or 8 KiB at a price. SSM never takes an advanced one back to standard."""

    STANDARD = "standard"
    """Values up to 4 KiB, at no charge."""
    ADVANCED = "advanced"
    """Values up to 8 KiB, paid by the month. There is no way back to standard."""


class RuntimeValueSettings(Settings):
    """One value. In a stack file a plain text is short for a value that needs no restart."""

    value: str
    """The value, 1 byte to 4 KiB, to 8 KiB in tier advanced (SSM). Never a secret."""
    restart: bool = False
    """Whether a change replaces the servers, through the rollout of each service that reads it. Default: false."""


def _short_form(schema: dict[str, Any]) -> None:
    """A plain text stands for a value too."""
    for key, inner in schema["patternProperties"].items():
        schema["patternProperties"][key] = {"anyOf": [inner, {"type": "string"}]}


class RuntimeSettings(Settings):
    """Configuration that services read while they run, one SSM parameter a value. SSM keeps the last 100 versions."""

    values: dict[Annotated[str, Field(pattern=patterns.RUNTIME_KEY)], RuntimeValueSettings] = Field(
        default={}, json_schema_extra=_short_form
    )
    """Values by key, at least one; a slash in a key makes a level of the path."""
    tier: ParameterTier = ParameterTier.STANDARD
    """Size of the parameters. Default: standard."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of this configuration, besides the stack's. Default: none."""
