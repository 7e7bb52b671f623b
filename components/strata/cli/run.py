"""From arguments to an exit code: the one place where errors become text."""

import errno
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import click

from strata.caution import cautions_shown
from strata.cli.commands import Root
from strata.cli.output import print_warning, warnings_kept, with_warnings
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from strata.errors import StrataError

__all__ = ["DEBUG_VARIABLE", "obstacle", "root", "run"]

DEBUG_VARIABLE = "STRATA_DEBUG"
"""Environment variable; 1 shows the traceback of an unexpected exception."""
_NOT_YOURS = "Give yourself access to it, or work in a copy of the project that is yours: -C DIR."
_FULL = "Make room on that disk."
DISK_FIXES: Final = MappingProxyType(
    {
        errno.EROFS: "Work in a copy of the project on a disk that can be written: -C DIR.",
        errno.EACCES: _NOT_YOURS,
        errno.EPERM: _NOT_YOURS,
        errno.ENOSPC: _FULL,
        errno.EDQUOT: _FULL,
        errno.ENAMETOOLONG: "Work in a folder whose path is shorter.",
    }
)
"""What to do about what a disk refuses, wherever a command meets it; anything else is a bug."""


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click passes it so
    if wanted:
        from importlib.metadata import version

        click.echo(f"strata {version('pulumi-strata')}")
        ctx.exit()


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version and exit."
)
def root() -> None:
    """Immutable infrastructure on AWS: release, rehearse, explain.

    Exit codes: 0 done, 1 failed, 2 bad input or usage, 3 refused, 4 warnings under --strict, 5 drift, 6 busy,
    130 interrupted.
    """


def run(arguments: list[str]) -> int:
    """Carry out a command line.

    Args:
        arguments: what follows `strata`.

    Returns:
        the exit code, one of `ExitCode`.
    """
    with warnings_kept():
        return _run(arguments, as_json="--json" in arguments)


def _run(arguments: list[str], *, as_json: bool) -> int:
    try:
        with cautions_shown(print_warning):
            result = root.main(args=arguments, prog_name="strata", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        # Whoever presses it again and again means the same.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return ExitCode.OK
    except click.ClickException as error:
        ctx = getattr(error, "ctx", None)
        page = ctx.command_path if ctx is not None else "strata"
        _report(_lowered(error.format_message()), f"See {page} --help.", as_json=as_json)
        return ExitCode.BAD_INPUT
    except Exception as error:  # noqa: BLE001 - whatever it is, a person gets one line and not a traceback
        return _unhandled(error, as_json=as_json)
    return int(result) if isinstance(result, int) else ExitCode.OK


def _unhandled(error: Exception, *, as_json: bool) -> int:
    # Not imported here: who raised one has imported it, and everybody else is spared Pulumi.
    errors = sys.modules.get("strata.errors")
    if errors is not None and _is_ours(error, errors):
        problems = [problem.as_json() for problem in getattr(error, "problems", ())]
        _report(error.message, error.fix, as_json=as_json, **({"problems": problems} if problems else {}))
        return error.exit_code
    fix = DISK_FIXES.get(error.errno or 0) if isinstance(error, OSError) else None
    if fix and isinstance(error, OSError):
        said = (error.strerror or "it cannot be used").lower()
        # A file that output is redirected into has no name here.
        _report(f"cannot {f'use {error.filename}' if error.filename else 'write'}: {said}", fix, as_json=as_json)
        return ExitCode.FAILED
    in_the_way = obstacle(error) if isinstance(error, OSError) else None
    if in_the_way is not None:
        _report(*in_the_way, as_json=as_json)
        return ExitCode.FAILED
    if os.environ.get(DEBUG_VARIABLE) == "1":
        traceback.print_exception(error)
    detail = str(error).split("\n", 1)[0]
    _report(
        f"strata bug: {type(error).__name__}{f': {detail}' if detail else ''}",
        f"Run it again with {DEBUG_VARIABLE}=1 and report what it shows.",
        as_json=as_json,
    )
    return ExitCode.FAILED


def _is_ours(error: Exception, errors: ModuleType) -> "TypeIs[StrataError]":
    return isinstance(error, errors.StrataError)


def _report(message: str, fix: str | None, *, as_json: bool, **data: Any) -> None:
    """An error as a person reads it on stderr, or as JSON on stdout, where the result would have been."""
    if as_json:
        try:
            document = with_warnings({"error": {"message": message, "fix": fix, **data}})
            click.echo(json.dumps(document, ensure_ascii=False))
        except OSError:
            # Where stdout cannot be written, a disk is full or the reader has gone: stderr reports it then.
            pass
        else:
            return
    click.echo(f"error: {message}", err=True)
    if fix:
        click.echo(f"  fix: {fix}", err=True)


def _lowered(message: str) -> str:
    text = message.rstrip()
    return text[:1].lower() + text[1:]


def obstacle(error: OSError) -> tuple[str, str] | None:
    """What is in the way, and what to do about it; None where an error is about something else.

    The system names what it could not reach, which may lie far below what is in its way.

    Args:
        error: as it was raised.
    """
    if not isinstance(error.filename, str):
        return None
    path = Path(error.filename)
    if error.errno == errno.EISDIR and path.is_dir():
        return f"{path} is a folder, and a file is needed there", "Move that folder away, or delete it."
    if error.errno not in (errno.EEXIST, errno.ENOTDIR):
        return None
    found = next((each for each in (path, *path.parents) if os.path.lexists(each)), None)
    if found is None or found.is_dir():
        return None
    what = "is a link to nowhere" if found.is_symlink() and not found.exists() else "is a file"
    return (
        f"{found} {what}, and a folder is needed there",
        "Move it away, or delete it: the folder is created by itself.",
    )
