"""One reason not to trust an image, whoever asks."""

from dataclasses import dataclass

__all__ = ["Doubt"]


@dataclass(frozen=True)
class Doubt:
    """Why an image is not to be promoted, or rolled out.

    Args:
        text: what is wrong: where, what it is, and what was expected.
        fix: what to do about it, as full sentences.
    """

    text: str
    fix: str
