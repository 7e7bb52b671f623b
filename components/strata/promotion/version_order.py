"""Which of two versions is the older one (pure)."""

import re
from typing import Final

__all__ = ["is_older"]

_NUMBERED: Final = re.compile(r"v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")


def is_older(version: str, than: str, *, made: str | None = None, than_made: str | None = None) -> bool:
    """Whether a version is older than another one.

    By their numbers, if both are numbers with dots: a fix of an old version may be made after a new one. Otherwise
    by when they were made. Of what cannot be compared, none is older.

    Args:
        version: the one.
        than: the other.
        made: when the one was made, as RFC 3339 in UTC.
        than_made: when the other was made.
    """
    if version == than:
        return False
    one, other = _NUMBERED.fullmatch(version), _NUMBERED.fullmatch(than)
    if one and other:
        return _key(one) < _key(other)
    return made is not None and than_made is not None and made < than_made


def _key(found: re.Match[str]) -> tuple[list[int], bool, list[tuple[bool, int, str]]]:
    """As Semantic Versioning orders versions: a version before its release has a suffix."""
    numbers = [int(each) for each in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    suffix = [
        (not each.isdigit(), int(each) if each.isdigit() else 0, each) for each in (found[2] or "").split(".") if each
    ]
    return numbers, not suffix, suffix
