"""Names the provider makes up for resources the program did not name."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.type_row import AutoName

__all__ = ["DEFAULTS", "UNIQUE", "auto_named", "generated_name", "name_problem", "with_auto_name"]

DEFAULTS = "__defaults"
"""Input in which the official provider notes which properties it filled in itself; kept the same here."""

RANDOM = 7
"""Hexadecimal digits at the end of a made-up name."""

UNIQUE = 26
"""Digits the provider puts after a prefix: a moment and a counter."""


def auto_named(inputs: Mapping[str, Any], name: str) -> bool:
    """Whether the provider, not the program, chose this property."""
    return name in (inputs.get(DEFAULTS) or ())


def generated_name(base: str, limit: int, seed: bytes) -> str:
    """`base`, a hyphen and seven random digits; cut where a refusal of the name follows, see `name_problem`.

    Args:
        base: the resource's name in the program.
        limit: longest name in characters.
        seed: the engine's randomness for this resource, which makes a preview and its update agree; empty for fresh
            randomness.
    """
    digits = hashlib.sha256(seed).hexdigest()[:RANDOM] if seed else secrets.token_hex(RANDOM)[:RANDOM]
    return f"{base[: limit - RANDOM - 1]}-{digits}"


def with_auto_name(
    inputs: Mapping[str, Any], old: Mapping[str, Any], rule: AutoName, name: str, seed: bytes
) -> dict[str, Any]:
    """The inputs with a name: the program's own, the one generated before, or a new one."""
    if inputs.get(rule.property) is not None or inputs.get(rule.prefix) is not None:
        return {**inputs, DEFAULTS: []}
    kept = old.get(rule.property) if auto_named(old, rule.property) else None
    base = name.lower() if rule.lower else name
    return {**inputs, DEFAULTS: [rule.property], rule.property: kept or generated_name(base, rule.limit, seed)}


def name_problem(
    inputs: Mapping[str, Any], old: Mapping[str, Any], rule: AutoName, name: str
) -> tuple[str, str] | None:
    """The property, and what the provider finds wrong with the name it is to make up; None where it can.

    Args:
        inputs: as `with_auto_name` gives them.
        old: the inputs before.
        rule: the type's.
        name: the resource's name in the program.
    """
    prefix, most = inputs.get(rule.prefix), rule.limit - UNIQUE
    if isinstance(prefix, str) and len(prefix) > most:
        return rule.prefix, f"expected length of {rule.prefix} to be in the range (1 - {most}), got {prefix}"
    made = auto_named(inputs, rule.property) and inputs.get(rule.property) != old.get(rule.property)
    if made and len(name) + 1 + RANDOM > rule.limit:
        return (
            rule.property,
            f"name '{name}-' plus {RANDOM} random chars is longer than maximum length {rule.limit}",
        )
    return None
