"""Read what the engine writes, while it writes it."""

import codecs
import os
from collections.abc import Callable
from pathlib import Path

from strata.engine.events import Event, parse_event

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
    """Reads the engine's growing event log and keeps what may be kept; a line still being written waits for its end.

    The engine logs what programs debug, and Pulumi's SDK debugs secret outputs in the clear. So the engine writes to a
    file that loses its name as soon as it is there, and every event but those is written on into another.

    Args:
        written: the file the engine is told to write.
        kept: where events are kept; what an earlier run left there is gone.
    """

    def __init__(self, written: Path, kept: Path) -> None:
        written.unlink(missing_ok=True)
        self._written = written
        self._descriptor: int | None = None
        self._kept = kept.open("w", encoding="utf-8")
        self._lines = Lines(self._take)
        self._fresh: list[Event] = []
        self.events: list[Event] = []

    def read(self) -> list[Event]:
        """The events that came since the last call."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._written, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return []
            self._written.unlink()
        while content := os.read(self._descriptor, 1 << 20):
            self._lines.feed(content)
        fresh, self._fresh = self._fresh, []
        if fresh:
            self._kept.flush()
        self.events += fresh
        return fresh

    def close(self) -> None:
        """Let go of the files."""
        self._kept.close()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, line: str) -> None:
        event = parse_event(line)
        if event.diagnostic is not None and event.diagnostic.severity == "debug":
            return
        self._kept.write(f"{line}\n")
        self._fresh.append(event)
