"""Where a service is: its project, stack and AWS, found in a project's folder, or by names and the environment alone.

Whoever is on call at night may have neither the project nor a working stack file at hand. All that the AWS calls of a
rollback need beside credentials are three names and a region.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strata.aws.clients import Clients
from strata.aws.target import connect_to_aws
from strata.clock import Clock, clock_from_environment
from strata.errors import SettingsError, UsageError
from strata.naming import record_name
from strata.project.location import STACK_NAME, find_project, project_name, stack_of
from strata.project.stack_file import StackFile, read_stack
from strata.rollback.record_store import RecordStore
from strata.settings.load import load_stack
from strata.settings.models import StackSettings

__all__ = ["ServicePlace", "find_service"]

_WHOLE: Final = 3
"""Parts of a stack's full name: organisation, project, stack."""


@dataclass(frozen=True)
class ServicePlace:
    """One service of one stack, in one AWS.

    Args:
        project: name of the Pulumi project.
        stack: bare name of the stack.
        service: the service.
        clients: AWS.
        clock: time.
        folder: of the project; None where only names are known.
        settings: of the stack; None where there is no stack file, or none that can be used.
        unread: why there are no settings, as a clause; empty where there are some.
    """

    project: str
    stack: str
    service: str
    clients: Clients
    clock: Clock
    folder: Path | None = None
    settings: StackSettings | None = None
    unread: str = ""

    @property
    def record(self) -> RecordStore:
        """Its release record."""
        return RecordStore(self.clients, self.clock, record_name(self.project, self.stack, self.service))

    @property
    def title(self) -> str:
        """As messages name it."""
        return f"{self.service} of {self.project}/{self.stack}"

    @property
    def known_services(self) -> frozenset[str] | None:
        """The services that the stack file has; None where it is not known."""
        found = self.settings
        return None if found is None else frozenset({*found.services, *found.container_services})


def find_service(
    cwd: Path,
    given: str,
    service: str,
    *,
    local: bool,
    needs_project: bool = False,
    warn: Callable[[str], None] = lambda _text: None,
) -> ServicePlace:
    """Find a service's AWS.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack as a person names it; all of `ORGANISATION/PROJECT/STACK` where there is no project.
        service: the service.
        local: use the local AWS of the last rehearsal.
        needs_project: whether nothing can be done without the project and a stack file that is right.
        warn: called with what is done without.

    Raises:
        SettingsError: the stack file has problems, and it is needed.
        UsageError: there is no project or no such stack file and it is needed, or the stack is not named in full.
    """
    folder = _project(cwd, given, needed=needs_project or local)
    if folder is None:
        *_, project, stack = given.split("/")
        return ServicePlace(
            project, stack, service, Clients(), clock_from_environment(), unread="there is no project here"
        )
    project, stack = project_name(folder), stack_of(folder, given)
    try:
        file = read_stack(folder, stack)
    except (SettingsError, UsageError) as error:
        if needs_project or local:
            raise
        warn(f"{error.message.splitlines()[0]}: AWS is reached as the environment says")
        why = error.message.splitlines()[0]
        return ServicePlace(project, stack, service, Clients(), clock_from_environment(), folder, unread=why)
    clients, clock = connect_to_aws(folder, stack, file, local=local)
    settings, unread = _settings(file, needed=needs_project, warn=warn)
    return ServicePlace(project, stack, service, clients, clock, folder, settings, unread)


def _project(cwd: Path, given: str, *, needed: bool) -> Path | None:
    try:
        return find_project(cwd)
    except UsageError:
        if needed or not cwd.is_dir():
            raise
    parts = given.split("/")
    if len(parts) != _WHOLE or not all(STACK_NAME.fullmatch(part) for part in parts):
        raise UsageError(
            f"there is no Pulumi.yaml in {cwd} or above it, and {given!r} does not name the project",
            fix="Write ORGANISATION/PROJECT/STACK, or name the folder of the project with -C.",
        )
    return None


def _settings(file: StackFile, *, needed: bool, warn: Callable[[str], None]) -> tuple[StackSettings | None, str]:
    try:
        return load_stack(file).settings, ""
    except SettingsError as error:
        if needed:
            raise
        why = error.message.splitlines()[0]
        warn(f"{why}: how the service is rolled is read from AWS")
        return None, why
