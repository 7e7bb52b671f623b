"""A note of every id as soon as AWS gave it, for the run after one that was killed.

The engine learns an id only when a creation is over. A group that waits for its servers exists for minutes before that,
and a killed engine would leave it untracked; the next rehearsal finds it by these notes.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["NOTES_VARIABLE", "CreationJournal"]

NOTES_VARIABLE = "STRATA_CREATED"
"""Environment variable with the path of the notes; unset means that none are kept."""


class CreationJournal:
    """Notes of what was created: one JSON object `{"urn": ..., "id": ...}` a line.

    Args:
        file: where they go; None keeps none.
    """

    def __init__(self, file: Path | None) -> None:
        self.file = file

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "CreationJournal":
        """The journal that `STRATA_CREATED` asks for.

        Args:
            environment: where the variable is looked up; default `os.environ`.
        """
        path = (os.environ if environment is None else environment).get(NOTES_VARIABLE)
        return cls(Path(path) if path else None)

    def note(self, urn: str, resource_id: str) -> None:
        """Writes an id down; a whole line in one go, so that a kill leaves no half of one before another."""
        if self.file is None:
            return
        line = json.dumps({"urn": urn, "id": resource_id}) + "\n"
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
