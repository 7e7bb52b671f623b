"""What a person may have meant by a word that is not known."""

import difflib
from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The known word a person probably meant.

    Args:
        word: what the person wrote.
        known: what would have been right.
        likeness: how alike both must be, from 0 to 1; more of it for long words that have much in common anyway.
    """
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=likeness)
    return found[0] if found else None
