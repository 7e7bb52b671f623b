"""Names the provider makes up for resources the program did not name."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from .row import AutoName

__all__ = ["DEFAULTS", "auto_named", "generated_name", "with_auto_name"]

DEFAULTS = "__defaults"
"""Input in which the official provider notes which properties it filled in itself; kept the same here."""

RANDOM = 7
"""Hexadecimal digits at the end of a made-up name."""


def auto_named(inputs: Mapping[str, Any], name: str) -> bool:
    """Whether the provider, not the program, chose this property."""
    return name in (inputs.get(DEFAULTS) or ())


def generated_name(base: str, limit: int, seed: bytes) -> str:
    """`base` cut to the limit, a hyphen and seven random digits.

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
