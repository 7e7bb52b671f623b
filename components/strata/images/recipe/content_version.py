"""A semantic version that is a hash: the same content has the same version, and other content has another."""

import hashlib
from typing import Final

__all__ = ["NODE_LIMIT", "content_version"]

NODE_LIMIT: Final = 2**30 - 1
"""The largest number that Image Builder accepts as a part of a version."""
_NODES: Final = 3
_BYTES: Final = 4


def content_version(*parts: str) -> str:
    """A version of three parts, of 30 bits each, from a hash of texts.

    Args:
        parts: the texts; where one ends and the next begins counts.
    """
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    found = digest.digest()
    nodes = [int.from_bytes(found[_BYTES * at : _BYTES * (at + 1)], "big") & NODE_LIMIT for at in range(_NODES)]
    return ".".join(map(str, nodes))
