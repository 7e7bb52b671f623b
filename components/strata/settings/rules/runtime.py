"""Runtime configuration: what SSM takes, and what does not belong into it."""

from collections.abc import Iterator
from typing import Final

from strata.settings.models import ParameterTier, RuntimeSettings
from strata.settings.rules.confidential import leaks
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

BYTES: Final = {ParameterTier.STANDARD: 4096, ParameterTier.ADVANCED: 8192}
"""SSM: bytes of a value by tier."""
KEY_LEVELS: Final = 10
"""SSM: a name has at most 15 levels, of which Strata's path takes five."""
KEY_CHARACTERS: Final = 512
"""SSM: a name has at most 1011 characters; project and stack may have 100 each."""


def some(facts: Facts) -> Iterator[Conflict]:
    for path, runtime in facts.each(RuntimeSettings):
        values = (*path, "values")
        # One that cannot be read is a problem of its own, and not a lack of values.
        unread = not runtime.values and facts.says(values) and facts.raw["runtime"][path[1]]["values"]
        if not runtime.values and not unread:
            yield Conflict(
                (*path, "values"),
                {},
                expected="at least one value",
                fix=f"Add one, or remove {path[-1]} from strata:runtime.",
            )


def keys(facts: Facts) -> Iterator[Conflict]:
    for path, runtime in facts.each(RuntimeSettings):
        for key in runtime.values:
            if key.count("/") >= KEY_LEVELS or len(key) > KEY_CHARACTERS:
                yield Conflict(
                    (*path, "values", key),
                    key,
                    expected=f"a key of at most {KEY_LEVELS} levels and {KEY_CHARACTERS} characters (SSM)",
                    fix="Use a shorter key.",
                )


def sizes(facts: Facts) -> Iterator[Conflict]:
    for path, runtime in facts.each(RuntimeSettings):
        for key, setting in runtime.values.items():
            size, most = len(setting.value.encode()), BYTES[runtime.tier]
            if not 0 < size <= most:
                larger = size <= BYTES[ParameterTier.ADVANCED] and size > 0
                yield Conflict(
                    (*path, "values", key),
                    f"{size} bytes",
                    expected=f"1 to {most} bytes, which SSM takes in tier {runtime.tier}",
                    fix="Set tier: advanced." if larger else "Leave it out when empty, and keep large ones in S3.",
                    reads=((*path, "tier"),),
                )


def references(facts: Facts) -> Iterator[Conflict]:
    for path, runtime in facts.each(RuntimeSettings):
        for key, setting in runtime.values.items():
            if "{{" in setting.value:
                yield Conflict(
                    (*path, "values", key),
                    setting.value,
                    expected="a text without {{, by which SSM would name another parameter and does not",
                    fix="Write the value itself.",
                )


def confidential(facts: Facts) -> Iterator[Conflict]:
    for path, runtime in facts.each(RuntimeSettings):
        texts = {key: setting.value for key, setting in runtime.values.items()}
        yield from leaks((*path, "values"), texts, "these values are readable in plans and parameters")


RULES: Final = (
    Rule("runtime-values", "A configuration has a value.", some),
    Rule("runtime-key", "SSM takes a key as the end of a parameter's name.", keys),
    Rule("runtime-size", "SSM takes a value in its tier.", sizes),
    Rule("runtime-reference", "A value names no other parameter.", references),
    Rule("runtime-secret", "Configuration holds no secrets.", confidential),
)
