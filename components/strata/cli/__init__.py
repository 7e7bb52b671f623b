"""The command `strata`: parsing and rendering only, a module a command.

Nothing is imported here before it is needed: `strata --help` answers before Pulumi would have been imported.
"""

from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code.

    Args:
        arguments: what follows `strata`. Default: those of the process.
    """
    import sys

    from strata.exit_code import ExitCode

    try:
        from strata.cli.run import run

        code = run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        # It came while Python was still reading the command itself.
        code = ExitCode.INTERRUPTED
    sys.exit(code)
