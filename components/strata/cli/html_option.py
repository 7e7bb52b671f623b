"""`--html FILE`: a report as one page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["html_option", "write_page"]


def html_option(what: str, **settings: Any) -> Callable[[Any], Any]:
    """`--html FILE`, passed as `html_file`.

    Args:
        what: is written, for the help.
        **settings: further ones of the option.
    """
    return click.option(
        "--html",
        "html_file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=f"Write {what} to FILE.",
        **settings,
    )


def write_page(file: Path, text: str) -> None:
    """Write a page.

    Args:
        file: where.
        text: the page.

    Raises:
        UsageError: the file cannot be written.
    """
    from strata.errors import UsageError

    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write {file}: {error.strerror}", fix="Name a file in a folder that exists."
        ) from error
