"""The last lines on the console of a server, as people can read them (pure)."""

import re
from typing import Final

__all__ = ["CONSOLE_LINES", "readable_lines"]

CONSOLE_LINES: Final = 20
"""Lines of a console that are worth an error message."""
_WIDEST: Final = 200
"""Characters of a line that are kept: what is drawn on a console has no end."""
_CONTROL: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]|[^\x20-\x7e\t\xa0-\uffff]")
"""Colours, movements of the cursor, and whatever else a terminal obeys."""


def readable_lines(output: str) -> tuple[str, ...]:
    """The last lines of a console that have anything in them.

    Args:
        output: what the console shows, as EC2 gives it.
    """
    lines = (_CONTROL.sub("", each).rstrip() for each in re.split(r"\r?\n|\r", output))
    return tuple(each[:_WIDEST] for each in lines if each)[-CONSOLE_LINES:]
