"""Text and JSON as commands print them."""

import json
import os
import shutil
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import click

from strata.cli.local_words import in_local_words

__all__ = [
    "echo",
    "invocation",
    "note_warning",
    "print_columns",
    "print_json",
    "print_note",
    "print_warning",
    "styled",
    "warnings_kept",
    "with_warnings",
]

_GAP = "  "
_WARNINGS: Final[ContextVar[list[str] | None]] = ContextVar("warnings", default=None)
"""What the command that runs has warned of so far; None where none runs."""


@contextmanager
def warnings_kept() -> Generator[None]:
    """Keep what a command warns of for the document that it prints."""
    token = _WARNINGS.set([])
    try:
        yield
    finally:
        _WARNINGS.reset(token)


def note_warning(text: str) -> None:
    """Have the document of the command that runs say what a person is warned of in another way, each text once.

    Args:
        text: the warning.
    """
    kept = _WARNINGS.get()
    if kept is not None and text not in kept:
        kept.append(text)


def with_warnings(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with what was warned of until now, so that who reads JSON learns what the text says.

    Args:
        document: the rest.
    """
    return {**document, "warnings": list(_WARNINGS.get() or ())}


def print_json(document: Mapping[str, Any]) -> None:
    """Print the one JSON document of a command, after everything that it warns of.

    Args:
        document: without its `warnings`.
    """
    click.echo(json.dumps(in_local_words(with_warnings(document)), indent=2, ensure_ascii=False))


def echo(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a line that may say what to run next, which for the local AWS is a rehearsal.

    Args:
        text: the line.
        err: whether it goes to stderr. Default: to stdout.
        nl: whether the line is ended. Default: it is.
    """
    click.echo(in_local_words(text), err=err, nl=nl)


def invocation() -> str:
    """How this program is called here: `strata` if it is on PATH, else the path it was started by."""
    started = Path(sys.argv[0])
    if shutil.which("strata") or started.name != "strata":
        return "strata"
    here = Path.cwd()
    return str(started.relative_to(here)) if started.is_absolute() and started.is_relative_to(here) else str(started)


def styled(text: str, **style: Any) -> str:
    """Text in a colour or weight, as `click.style` accepts them; plain under NO_COLOR and on a dumb terminal.

    Pipes get it plain anyway.
    """
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown")
    return text if plain else click.style(text, **style)


def print_warning(text: str) -> None:
    """Print a warning, on stderr, and have the command's document say it."""
    note_warning(text)
    echo(f"warning: {text}", err=True)


def print_note(text: str, *, err: bool) -> None:
    """Print what a person is to know beside the result, and have the command's document say it among its warnings.

    Args:
        text: the note.
        err: whether it goes to stderr, because stdout carries a document.
    """
    note_warning(text)
    echo(f"note: {text}", err=err)


def print_columns(rows: Sequence[Sequence[str]]) -> None:
    """Print rows with their columns aligned, the last one as it is. Styled texts count without their styles."""
    rows = in_local_words(rows)
    widths = [max(len(click.unstyle(row[index])) for row in rows) for index in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        padded = [text + " " * (width - len(click.unstyle(text))) for text, width in zip(row, widths, strict=False)]
        click.echo(_GAP.join([*padded, row[-1]]).rstrip())
