"""The messages that the runbook of break-glass quotes, so that a test can tell whether they are printed."""

import re
from pathlib import Path

__all__ = ["runbook_quotes"]

RUNBOOK = Path(__file__).parents[3] / "docs" / "runbooks" / "break_glass.md"


def runbook_quotes(message: str) -> bool:
    """Whether the first column of the runbook's table has a part of a message."""
    rows = [line for line in RUNBOOK.read_text().splitlines() if line.startswith("| ")]
    quoted = [quote for row in rows for quote in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert quoted, RUNBOOK
    return any(quote in message for quote in quoted)
