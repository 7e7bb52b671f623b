"""Where a service is: its stack, found in a project's folder or by names alone, and its release record."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from strata.naming import record_name
from strata.rollback.record_store import RecordStore
from strata.rollout.stack_place import StackPlace, find_stack

__all__ = ["ServicePlace", "find_service"]


@dataclass(frozen=True, kw_only=True)
class ServicePlace(StackPlace):
    """One service of one stack, in one AWS.

    Args:
        service: the service.
        given: the stack as a person named it. Default: by its bare name.
    """

    service: str
    given: str = ""

    @property
    def called(self) -> str:
        """The stack as a further command finds it from the same folder."""
        return self.given or self.stack

    @property
    def record(self) -> RecordStore:
        """Its release record."""
        return RecordStore(self.clients, self.clock, record_name(self.project, self.stack, self.service))

    @property
    def title(self) -> str:
        """As messages name it."""
        return f"{self.service} of {self.project}/{self.stack}"


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
        SettingsError: the project or the stack file has problems, and it is needed.
        UsageError: there is no project or no such stack file and it is needed, or the stack is not named in full.
    """
    found = find_stack(cwd, given, local=local, needs_project=needs_project, warn=warn)
    return ServicePlace(**vars(found), service=service, given=given)
