"""Text and JSON as commands print them."""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from strata.cli.local_words import in_local_words

__all__ = ["echo", "invocation", "print_columns", "print_json", "print_warning", "styled"]

_GAP = "  "


def print_json(document: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(in_local_words(document), indent=2, ensure_ascii=False))


def echo(text: str, *, err: bool = False) -> None:
    """Print a line that may say what to run next, which for the local AWS is a rehearsal.

    Args:
        text: the line.
        err: whether it goes to stderr. Default: to stdout.
    """
    click.echo(in_local_words(text), err=err)


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
    """Print a warning, on stderr."""
    echo(f"warning: {text}", err=True)


def print_columns(rows: Sequence[Sequence[str]]) -> None:
    """Print rows with their columns aligned, the last one as it is. Styled texts count without their styles."""
    rows = in_local_words(rows)
    widths = [max(len(click.unstyle(row[index])) for row in rows) for index in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        padded = [text + " " * (width - len(click.unstyle(text))) for text, width in zip(row, widths, strict=False)]
        click.echo(_GAP.join([*padded, row[-1]]).rstrip())
