"""Show what takes long: a callback for one line of text, and a block that reports when it is slow."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Progress", "announced", "silent"]


class Progress(Protocol):
    """Anything that accepts a line of text meant for a person, without a line end. It may be called from any thread."""

    def __call__(self, text: str, /) -> object: ...


def silent(text: str, /) -> None:
    """Progress for callers who want none."""


@contextmanager
def announced(progress: Progress, text: str, *, after: float = 2.0, every: float = 20.0) -> Generator[None]:
    """Print `text` if the block takes longer than `after` seconds, and how long it has run every `every` seconds.

    A block that was announced and ends well also reports how long it took; one that fails leaves that to its error.
    """
    started = time.monotonic()
    over = threading.Event()
    reported = threading.Event()

    def report() -> None:
        if over.wait(after):
            return
        reported.set()
        progress(f"{text} ...")
        while not over.wait(every):
            progress(f"{text} ... {time.monotonic() - started:.0f} s")

    reporter = threading.Thread(target=report, name="progress", daemon=True)
    reporter.start()
    try:
        yield
    finally:
        over.set()
        reporter.join()
    if reported.is_set():
        progress(f"{text}: done in {time.monotonic() - started:.0f} s")
