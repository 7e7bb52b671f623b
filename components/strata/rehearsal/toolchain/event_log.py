"""Read what the engine writes, while it writes it."""

import codecs
import os
from collections.abc import Callable
from pathlib import Path

from strata.rehearsal.toolchain.events import Event, parse_event

__all__ = ["EventLog", "Lines"]


class Lines:
    """Cuts a stream of bytes into lines of text, however it is chopped."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def feed(self, content: bytes) -> None:
        *whole, self._rest = (self._rest + self._decoder.decode(content)).split("\n")
        for line in whole:
            self._take(line.rstrip("\r"))

    def close(self) -> None:
        rest = self._rest + self._decoder.decode(b"", final=True)
        if rest:
            self._take(rest)


class EventLog:
    """Reads a growing event log; a line still being written waits for its end. What an earlier run left is removed."""

    def __init__(self, file: Path) -> None:
        file.unlink(missing_ok=True)
        self._file = file
        self._descriptor: int | None = None
        self._lines = Lines(lambda line: self._fresh.append(parse_event(line)))
        self._fresh: list[Event] = []
        self.events: list[Event] = []

    def read(self) -> list[Event]:
        """The events that came since the last call."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._file, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return []
        while content := os.read(self._descriptor, 1 << 20):
            self._lines.feed(content)
        fresh, self._fresh = self._fresh, []
        self.events += fresh
        return fresh

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
