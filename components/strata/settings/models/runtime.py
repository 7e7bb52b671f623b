"""What a running service reads again and again: configuration that changes without a new server."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.rule import Conflict, leaks, rule

__all__ = ["ParameterTier", "RuntimeSettings", "RuntimeValueSettings"]


class ParameterTier(StrEnum):
    """How large a parameter may be: 4 KiB, or 8 KiB at a price. SSM never makes an advanced one standard again."""

    STANDARD = "standard"
    """Values up to 4 KiB, at no charge."""
    ADVANCED = "advanced"
    """Values up to 8 KiB, paid by the month. There is no way back to standard."""


BYTES: Final = {ParameterTier.STANDARD: 4096, ParameterTier.ADVANCED: 8192}
"""SSM: bytes of a value by tier."""
KEY_LEVELS: Final = 10
"""SSM: a name has at most 15 levels, of which Strata's path takes five."""
KEY_CHARACTERS: Final = 512
"""SSM: a name has at most 1011 characters; project and stack may have 100 each."""


class RuntimeValueSettings(Settings):
    """One value. In a stack file a plain text is short for a value that needs no restart."""

    value: str = Field(examples=["on"])
    """The value, 1 byte to 4 KiB, to 8 KiB in tier advanced (SSM). Never a secret."""
    restart: bool = False
    """Whether a change replaces the servers, through the rollout of each service that reads it. Default: false."""


def _short_form(schema: dict[str, Any]) -> None:
    """A plain text is a value too."""
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

    @rule("runtime-key", "SSM accepts a key as the end of a parameter's name.")
    def _keys(self) -> Iterator[Conflict]:
        for key in self.values:
            if key.count("/") >= KEY_LEVELS or len(key) > KEY_CHARACTERS:
                yield Conflict(
                    ("values", key),
                    key,
                    expected=f"a key of at most {KEY_LEVELS} levels and {KEY_CHARACTERS} characters (SSM)",
                    fix="Use a shorter key.",
                )

    @rule("runtime-size", "SSM accepts a value in its tier.")
    def _sizes(self) -> Iterator[Conflict]:
        for key, setting in self.values.items():
            size, most = len(setting.value.encode()), BYTES[self.tier]
            if not 0 < size <= most:
                larger = size <= BYTES[ParameterTier.ADVANCED] and size > 0
                yield Conflict(
                    ("values", key),
                    f"{size} bytes",
                    expected=f"1 to {most} bytes, which SSM accepts in tier {self.tier}",
                    fix="Set tier: advanced." if larger else "Leave it out when empty, and keep large ones in S3.",
                    reads=(("tier",),),
                )

    @rule("runtime-reference", "A value names no other parameter.")
    def _references(self) -> Iterator[Conflict]:
        for key, setting in self.values.items():
            if "{{" in setting.value:
                yield Conflict(
                    ("values", key),
                    setting.value,
                    expected="a text without {{, by which SSM would name another parameter and does not",
                    fix="Write the value itself.",
                )

    @rule("runtime-secret", "Configuration holds no secrets.")
    def _confidential(self) -> Iterator[Conflict]:
        texts = {key: setting.value for key, setting in self.values.items()}
        yield from leaks(("values",), texts, "these values are readable in plans and parameters")
