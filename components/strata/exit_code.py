"""What a `strata` command ends with. A module of its own, because the command line needs it before it needs Pulumi."""

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """What every `strata` command ends with."""

    OK = 0
    """Success."""
    FAILED = 1
    """AWS, the engine or a rollout failed, or a rollout was rolled back."""
    BAD_INPUT = 2
    """A stack file or a command line cannot be used as it is."""
    REFUSED = 3
    """A guard, a policy, a veto or a preflight refused."""
    WARNINGS = 4
    """There were warnings and `--strict` was given."""
    DRIFT = 5
    """A running fleet is not what was released, or nothing runs although `capacity.min` is above zero; or a group is
    not as immutable as it could be (`strata assess`)."""
    BUSY = 6
    """A rollout is running, or the stack is locked."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C or SIGTERM."""
