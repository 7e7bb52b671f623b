"""Shares of a capacity, as AWS reckons them."""

__all__ = ["share"]


def share(desired: int, percent: int) -> int:
    """The servers that make up a percentage of the desired capacity, rounded up."""
    return -(-desired * percent // 100)
