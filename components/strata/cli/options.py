"""Options and arguments that commands share."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from strata.cli.local_words import in_local_words, of_the_local_aws

__all__ = [
    "always_local",
    "cwd_option",
    "dry_run_option",
    "json_option",
    "local_option",
    "stack_argument",
    "strict_option",
]

Function = TypeVar("Function", bound=Callable[..., Any])


def stack_argument(function: Function) -> Function:
    """The stack, always the first argument; passed as `stack`."""
    return click.argument("stack")(function)


def json_option(function: Function) -> Function:
    """`--json`, passed as `as_json`: one JSON document on stdout, errors too."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(function)


def cwd_option(function: Function) -> Function:
    """`-C DIR`, passed as `cwd`: where to look for the project, from there upwards."""
    return click.option(
        "-C",
        "--cwd",
        type=click.Path(path_type=Path),
        default=Path(),
        metavar="DIR",
        help="Folder of the Pulumi project. Default: here.",
    )(function)


def local_option(function: Function) -> Function:
    """`--local`, passed as `local`: use the local AWS of the last rehearsal, and say so of what to run next."""
    option = click.option("--local", is_flag=True, help="Use the local AWS of a rehearsal instead of the real one.")
    return option(_worded(function, lambda options: bool(options.get("local"))))


def always_local(function: Function) -> Function:
    """For a command that is about the local AWS and has no `--local`: it says to run next what asks that."""

    def about_local(_options: Mapping[str, Any]) -> bool:
        of_the_local_aws()
        return True

    return _worded(function, about_local)


def _worded(function: Function, is_local: Callable[[Mapping[str, Any]], bool]) -> Function:
    """A command whose errors say what to run next as its output does."""

    @functools.wraps(function)
    def worded(*args: Any, **options: Any) -> Any:
        local = is_local(options)
        try:
            return function(*args, **options)
        except Exception as error:
            if local:
                # whoever raised one has imported it, and everybody else is spared Pulumi
                from strata.errors import StrataError

                if isinstance(error, StrataError):
                    error.reword(in_local_words)
            raise

    return cast("Function", worded)


def dry_run_option(function: Function) -> Function:
    """`--dry-run`, passed as `dry_run`: say what would be done, and change nothing."""
    return click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")(function)


def strict_option(function: Function) -> Function:
    """`--strict`, passed as `strict`: warnings end with exit code 4."""
    return click.option("--strict", is_flag=True, help="End with exit code 4 when there are warnings.")(function)
