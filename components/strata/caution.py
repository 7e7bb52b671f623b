"""What a person should know although the command goes on.

A module of its own: the command line shows cautions before it needs Pulumi.
"""

import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager

__all__ = ["Caution", "caution", "cautions_shown"]


class Caution(UserWarning):
    """Something is not as a person would think, and nothing is wrong."""


def caution(text: str) -> None:
    """Tell the person; a command line shows it once, a program as any warning of Python's.

    Args:
        text: a full sentence, with what to do.
    """
    warnings.warn(text, Caution, stacklevel=2)


@contextmanager
def cautions_shown(show_text: Callable[[str], object]) -> Generator[None]:
    """Show every caution of a command, each once.

    Args:
        show_text: shows one.
    """
    said: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *place: object) -> None:
        if not issubclass(category, Caution):
            before(message, category, *place)  # type: ignore[arg-type]
        elif str(message) not in said:
            said.add(str(message))
            show_text(str(message))

    with warnings.catch_warnings():
        before = warnings.showwarning
        warnings.simplefilter("always", Caution)
        warnings.showwarning = show  # type: ignore[assignment]
        yield
