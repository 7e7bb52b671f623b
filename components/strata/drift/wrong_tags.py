"""Tags that are not as they were made, in words (pure)."""

from collections.abc import Mapping

__all__ = ["wrong_tags_said"]


def wrong_tags_said(wanted: Mapping[str, str], found: Mapping[str, str | None]) -> str:
    """What is wrong about tags, as a sentence without its subject.

    Args:
        wanted: those that are wrong, with the values that they were made with.
        found: the values that they have; None of one that is not there.
    """
    return "; ".join(
        f"lacks its tag {key}" if found[key] is None else f"has {found[key]!r} as its tag {key} instead of {value!r}"
        for key, value in wanted.items()
    )
