"""The event log: every API call and every state change, one JSON object a line, at simulated time."""

import json
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["WorldLog", "shortened"]

KEPT_IN_MEMORY = 20_000
TEXT_LIMIT = 120
LIST_LIMIT = 10


class WorldLog:
    """Numbered events from 1, the newest in memory and all of them in a file.

    Args:
        path: the file to write, emptied first; None keeps the newest events in memory only.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file = path.open("w", encoding="utf-8") if path else None
        self._recent: deque[str] = deque(maxlen=KEPT_IN_MEMORY)
        self._count = 0

    @property
    def count(self) -> int:
        """The number of the newest event."""
        return self._count

    def write(self, now: float, kind: str, **fields: object) -> None:
        """Append an event of simulated time `now`; fields that are None are left out."""
        self._count += 1
        moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        event: dict[str, object] = {"number": self._count, "time": moment, "at": round(now, 3), "kind": kind}
        event.update((key, value) for key, value in fields.items() if value is not None)
        line = json.dumps(event, default=str)
        self._recent.append(line)
        if self._file:
            self._file.write(line + "\n")

    def since(self, number: int) -> list[dict[str, Any]]:
        """Every event after `number`, oldest first."""
        wanted = max(0, self._count - max(0, number))
        if wanted <= len(self._recent):
            recent = list(self._recent)
            return [json.loads(line) for line in recent[len(recent) - wanted :]]
        if self._path is None:
            return [json.loads(line) for line in self._recent]
        self.flush()
        with self._path.open(encoding="utf-8") as lines:
            return [json.loads(line) for order, line in enumerate(lines, 1) if order > number]

    def flush(self) -> None:
        """Hand what was written to the operating system, so that other processes can read it."""
        if self._file:
            self._file.flush()

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def shortened(value: object) -> object:
    """The value as the log shows it: long texts and lists are cut."""
    if isinstance(value, str):
        return value if len(value) <= TEXT_LIMIT else f"{value[:TEXT_LIMIT]}... ({len(value)} characters)"
    if isinstance(value, dict):
        return {str(key): shortened(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        shown = [shortened(item) for item in value[:LIST_LIMIT]]
        return [*shown, f"... ({len(value)} items)"] if len(value) > LIST_LIMIT else shown
    return value
