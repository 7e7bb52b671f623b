"""Where a stack is: its project and its AWS, found in a project's folder, or by names and the environment alone.

Whoever is on call at night may have neither the project nor a working stack file at hand. All that the AWS calls need
beside credentials are names and a region.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from strata.aws.clients import Clients
from strata.aws.target import connect_to_aws
from strata.clock import Clock, clock_from_environment
from strata.errors import SettingsError, UsageError
from strata.project.location import find_project, named_in_full, project_name, stack_of
from strata.project.stack_file import StackFile, read_stack
from strata.settings.models import StackSettings
from strata.settings.unreliable_proofs import load_for_looking

__all__ = ["StackPlace", "find_by_names", "find_stack"]

_WRITE_IN_FULL = "Write ORGANISATION/PROJECT/STACK, or name the folder of the project with -C."


@dataclass(frozen=True)
class StackPlace:
    """One stack, in one AWS.

    Args:
        project: name of the Pulumi project.
        stack: bare name of the stack.
        clients: AWS.
        clock: time.
        folder: of the project; None where only names are known.
        settings: of the stack; None where there is no stack file, or none that can be used.
        unread: why there are no settings, as a clause; empty where there are some.
        local: whether it is in the local AWS of a rehearsal.
    """

    project: str
    stack: str
    clients: Clients
    clock: Clock
    folder: Path | None = None
    settings: StackSettings | None = None
    unread: str = ""
    local: bool = False

    @property
    def title(self) -> str:
        """As messages name it."""
        return f"{self.project}/{self.stack}"

    @property
    def known_services(self) -> frozenset[str] | None:
        """The services that the stack file has; None where it is not known."""
        found = self.settings
        return None if found is None else frozenset({*found.services, *found.container_services})


def find_stack(
    cwd: Path,
    given: str,
    *,
    local: bool,
    needs_project: bool = False,
    warn: Callable[[str], None] = lambda _text: None,
) -> StackPlace:
    """Find a stack's AWS.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack as a person names it; all of `ORGANISATION/PROJECT/STACK` where there is no project.
        local: use the local AWS of the last rehearsal.
        needs_project: whether nothing can be done without the project and a stack file that is right.
        warn: called with what is done without.

    Raises:
        SettingsError: the project or the stack file has problems, and it is needed.
        UsageError: there is no project or no such stack file and it is needed, or the stack is not named in full.
    """
    needed = needs_project or local
    folder = _folder(cwd, given, needed=needed)
    if folder is None:
        return _by_names(given, "there is no project here")
    try:
        project = project_name(folder)
    except (SettingsError, UsageError) as error:
        if not needed and named_in_full(given) is None:
            error.advise(_WRITE_IN_FULL)
        if needed or named_in_full(given) is None:
            raise
        why = error.message.splitlines()[0]
        warn(f"{why}: the project is left aside, and AWS is reached as the environment says")
        return _by_names(given, why)
    stack = stack_of(folder, given)
    try:
        file = read_stack(folder, stack)
    except (SettingsError, UsageError) as error:
        if needed:
            raise
        why = error.message.splitlines()[0]
        warn(f"{why}: AWS is reached as the environment says")
        return StackPlace(project, stack, Clients(), clock_from_environment(), folder, unread=why)
    clients, clock = connect_to_aws(folder, stack, file, local=local)
    settings, unread = _settings(file, needed=needs_project, warn=warn, now=clock.now())
    return StackPlace(project, stack, clients, clock, folder, settings, unread, local)


def find_by_names(cwd: Path, given: str, *, local: bool, warn: Callable[[str], None]) -> StackPlace | None:
    """Find a stack's AWS where there is no project that can be read, as `find_stack`; None where there is one.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack as a person names it.
        local: use the local AWS of the last rehearsal, which only a project has.
        warn: called with what is done without.

    Raises:
        SettingsError: the project has problems, and the stack is not named in full.
        UsageError: there is no project, and the stack is not named in full.
    """
    if local:
        return None
    try:
        project_name(find_project(cwd))
    except (SettingsError, UsageError):
        return find_stack(cwd, given, local=False, warn=warn)
    return None


def _by_names(given: str, unread: str) -> StackPlace:
    *_, project, stack = given.split("/")
    return StackPlace(project, stack, Clients(), clock_from_environment(), unread=unread)


def _folder(cwd: Path, given: str, *, needed: bool) -> Path | None:
    try:
        return find_project(cwd)
    except UsageError:
        if needed or not cwd.is_dir():
            raise
    if named_in_full(given) is None:
        raise UsageError(
            f"there is no Pulumi.yaml in {cwd} or above it, and {given!r} does not name the project",
            fix=_WRITE_IN_FULL,
        )
    return None


def _settings(
    file: StackFile, *, needed: bool, warn: Callable[[str], None], now: float
) -> tuple[StackSettings | None, str]:
    try:
        read = load_for_looking(file, now=now)
    except SettingsError as error:
        if needed:
            raise
        why = error.message.splitlines()[0]
        warn(f"{why}: how the service is rolled is read from AWS")
        return None, why
    for line in read.warnings:
        warn(line)
    return read.settings, ""
