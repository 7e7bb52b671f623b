"""Which processor an instance type has."""

import re
from enum import StrEnum

__all__ = ["Architecture", "architecture_of"]

_FAMILY = re.compile(r"^(?P<series>[a-z]+)\d+(?P<attributes>[a-z-]*)")


class Architecture(StrEnum):
    """Processor architectures as EC2 names them."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


def architecture_of(instance_type: str) -> Architecture:
    """The architecture of an instance type, from its name.

    AWS marks its own Graviton processors with a g behind the generation digit (m7g, c7gn, x2gd, im4gn, is4gen); the
    first of them, a1, has none. A g before the digit means graphics (g5, gr6).

    Args:
        instance_type: such as m7g.large.
    """
    match = _FAMILY.match(instance_type.partition(".")[0])
    if match and (match["series"] == "a" or "g" in match["attributes"]):
        return Architecture.ARM64
    return Architecture.X86_64
