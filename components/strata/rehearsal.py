"""The door to the distribution `pulumi-strata-rehearsal`: what commands need of the local AWS, if it is installed.

The library never imports it. It announces itself by the entry point `strata.rehearsal`, whose object is a `Rehearsal`.
"""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import click

    from strata.clock import Clock
    from strata.engine.engine_run import EngineResult
    from strata.engine.progress import Progress

__all__ = ["GROUP", "INSTALL", "LocalAws", "Rehearsal", "find_rehearsal", "require_rehearsal"]

GROUP: Final = "strata.rehearsal"
"""The group of entry points it announces itself in."""

INSTALL: Final = "Install them with pip install 'pulumi-strata[rehearsal]'."


class LocalAws(Protocol):
    """A local AWS that runs."""

    @property
    def endpoint(self) -> str:
        """Its URL."""
        ...

    @property
    def speed(self) -> float:
        """Simulated seconds per second."""
        ...

    @property
    def clock(self) -> "Clock":
        """Simulated time."""
        ...


class Rehearsal(Protocol):
    """What `pulumi-strata-rehearsal` offers the command line."""

    def command(self) -> "click.Command":
        """The command `strata rehearse`."""
        ...

    def missing_packages(self) -> Sequence[str]:
        """Packages the local AWS needs that are not installed."""
        ...

    def local_aws(self, project: Path) -> LocalAws | None:
        """The local AWS of a project, if it runs.

        Args:
            project: folder of the Pulumi project.
        """
        ...

    def provider(self, endpoint: str, region: str | None) -> Mapping[str, Any]:
        """The fields of `ProviderConfig` that lead clients to a local AWS.

        Args:
            endpoint: its URL.
            region: AWS region of the stack; None where its file leaves it to the environment.
        """
        ...

    def resources(self, project: Path, stack: str) -> Sequence[dict[str, Any]]:
        """What the last rehearsal of a stack left in its state, as the engine keeps it; empty if there was none.

        Args:
            project: folder of the Pulumi project.
            stack: the stack's name.
        """
        ...

    async def preview(self, project: Path, stack: str, progress: "Progress", command: Sequence[str]) -> "EngineResult":
        """Run a previewing command of the engine against the local AWS of a stack's rehearsals.

        Args:
            project: folder of the Pulumi project.
            stack: the stack's name.
            progress: called with what takes long.
            command: the engine's command and its options.

        Raises:
            SettingsError, UsageError: the stack file is wrong.
            ToolchainError, RehearsalError: it could not be started, or the local AWS of earlier rehearsals is gone.
            BusyError: another command is at work on the stack.
        """
        ...


@functools.cache
def find_rehearsal() -> Rehearsal | None:
    """The rehearsal, if it is installed."""
    from importlib.metadata import entry_points

    for each in entry_points(group=GROUP):
        found: Rehearsal = each.load()
        return found
    return None


def require_rehearsal() -> Rehearsal:
    """The rehearsal.

    Raises:
        ToolchainError: it is not installed.
    """
    found = find_rehearsal()
    if found is None:
        # Errors are Pulumi's, and Pulumi takes half a second to import: `strata --help` comes by here.
        from strata.errors import ToolchainError

        raise ToolchainError("the packages of the local AWS are not installed: pulumi-strata-rehearsal", fix=INSTALL)
    return found
