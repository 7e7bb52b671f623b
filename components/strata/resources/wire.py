"""How Pulumi marks values on its wire, in its state, its plans and its event log: unknown, secret, wrapped.

The same for everybody and for good (sdk/go/common/resource/sig and plugin/rpc.go), so that nothing here needs Pulumi.
"""

from collections.abc import Mapping
from typing import Any, Final

__all__ = [
    "MASKED_SECRET",
    "MASKED_UNKNOWN",
    "OUTPUT_SIGNATURE",
    "SECRET_SIGNATURE",
    "SIGNATURE_KEY",
    "UNKNOWN",
    "UNKNOWN_MARKERS",
    "is_hidden",
    "is_signed",
    "is_unknown",
]

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
"""Key of a mapping that is no mapping but a secret, an output, an asset, an archive or a reference to a resource."""
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a signature, not a secret
"""What is under it for a secret, whose value is in `value`."""
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
"""What is under it for an output with what it depends on, whose value is in `value` where it is known."""

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""A value of any kind that only the `up` will know; the only marker that plans have."""
UNKNOWN_MARKERS: Final = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""`UNKNOWN`, which is that of texts too, and those of booleans, numbers, lists, assets, archives and objects."""

MASKED_SECRET: Final = "[secret]"  # noqa: S105 - what the engine writes in place of one
"""A secret in what the engine prints."""
MASKED_UNKNOWN: Final = "[unknown]"
"""An unknown value in the engine's event log."""


def is_unknown(value: object) -> bool:
    """Whether a value is one of the markers for "known after the update"."""
    return isinstance(value, str) and value in UNKNOWN_MARKERS


def is_hidden(value: object) -> bool:
    """Whether what the engine printed has a marker in place of a value: it is unknown, or a secret."""
    return is_unknown(value) or value == MASKED_SECRET


def is_signed(value: Any, *signatures: str) -> bool:
    """Whether a value is a mapping that represents something else.

    Args:
        value: the value.
        signatures: which signatures count. Default: any.
    """
    if not isinstance(value, Mapping) or SIGNATURE_KEY not in value:
        return False
    return not signatures or value[SIGNATURE_KEY] in signatures
