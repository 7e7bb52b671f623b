"""Lists in as many parts as AWS accepts in one call."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["portions"]

T = TypeVar("T")


def portions(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """The items in their order, at most so many at a time; nothing where there are none.

    Args:
        items: the items.
        most: what one call accepts.
    """
    for start in range(0, len(items), most):
        yield items[start : start + most]
