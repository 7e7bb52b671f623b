"""What a record says beside what runs, whatever runs it; `ServiceStatus` and `TaskStatus` add what is compared (pure).

Where the image of the release proves to be what its record does not call it, `with_proven_name` has asked for that.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from strata.rollout.aws_calls import BaseDriver
from strata.rollout.forbidden_versions import ForbiddenVersions, read_named
from strata.rollout.note import Note, Phase
from strata.rollout.proven_names import ProvenName, find_renamed
from strata.rollout.record import ImageRef, Release
from strata.rollout.true_records import describe_launcher
from strata.rollout.unrecorded import Unrecorded

__all__ = ["RecordedStatus", "with_proven_name"]

Kind = TypeVar("Kind", bound=Release)


@dataclass(frozen=True)
class RecordedStatus(ABC, Generic[Kind]):
    """A service's record beside what runs.

    Args:
        recorded: the release it is proven to run; None when nothing is proven.
        note: what the gate of the last rollout left.
        command_line: AWS's command line as it reaches the same AWS.
        least: how many servers or tasks it has at least by its settings.
        unwritten: whether there is no record at all: it was never made, or somebody has deleted it.
        unreadable: that the record is none, as a clause; empty where it can be read, or is not there.
        forbidden: versions that it must not run.
        renamed: what the recorded image proves to be, where the record calls it something else.
        truth: the release as its record is to name it, where one field of that is false, see `true_release`. Default:
            it is as recorded.
    """

    recorded: Kind | None
    note: Note | None = field(default=None, kw_only=True)
    command_line: str = field(default="aws", kw_only=True)
    least: int = field(default=0, kw_only=True)
    unwritten: bool = field(default=False, kw_only=True)
    unreadable: str = field(default="", kw_only=True)
    forbidden: ForbiddenVersions = field(default_factory=ForbiddenVersions, kw_only=True)
    renamed: ProvenName | None = field(default=None, kw_only=True)
    truth: Kind | None = field(default=None, kw_only=True)

    @property
    @abstractmethod
    def misnamed(self) -> str:
        """That the record names another image than what it names launches, as a clause; empty where not."""

    @abstractmethod
    def differences(self) -> Iterator[str]:
        """As `deviations`, of everything but the name of the release."""

    @property
    def true(self) -> Kind | None:
        """The release as its record is to name it, as far as what runs shows that."""
        return self.truth or self.recorded

    @property
    def wrong(self) -> str:
        """In what the record is not what runs, but for a name, as a clause; empty where it is."""
        recorded, true = self.recorded, self.true
        if recorded is None or true is None:
            return ""
        return describe_launcher(recorded, true) or self.misnamed

    @property
    def versions(self) -> tuple[str, ...]:
        """As which version the image of the release proves itself, or what the record calls it; none without one."""
        if self.renamed is not None:
            return self.renamed.versions
        return (self.recorded.image.version,) if self.recorded is not None else ()

    @property
    def unrecorded(self) -> Unrecorded:
        """What there is instead of a record, while no release is recorded."""
        return Unrecorded(self.note, written=not self.unwritten, unreadable=bool(self.unreadable))

    @property
    def unproven(self) -> bool:
        """Whether the last rollout brought a release that nothing has run, and that is not proven since."""
        if self.note is None or self.note.phase is not Phase.NOT_PROVEN:
            return False
        return self.recorded is None or self.recorded.digest != self.note.digest

    @property
    def spoiled(self) -> tuple[str, ...]:
        """What follows from a record that cannot be read, whatever runs; nothing where it can."""
        return (f"{self.unreadable}, so nothing says which release is proven",) if self.unreadable else ()

    def deviations(self) -> Iterator[str]:
        """Everything in which what runs, or would be launched, is not the release; nothing when all is true."""
        found = list(self.differences())
        yield from found
        if self.renamed is not None:
            yield self.renamed.deviation
        if found and self.recorded:
            yield from self.forbidden.deviations(self.versions, self.recorded.image.version)


Status = TypeVar("Status", bound=RecordedStatus[Any])


def with_proven_name(
    status: Status, driver: BaseDriver, record: str, called: Callable[[ImageRef], tuple[tuple[str, ...], str]]
) -> Status:
    """A status with what its image proves to be, and with what forbids that; itself where that is as recorded.

    Args:
        status: the record beside what runs.
        driver: AWS.
        record: name of the service's release record.
        called: gives the versions that an image proves to be or is called, see `find_renamed`.
    """
    renamed = find_renamed(driver, status.true, status.note, called)
    if renamed is None:
        return status
    # what forbids a version is asked of what the image is, and not of what it is called
    forbidden = read_named(driver, record, status.true, status.note, renamed.versions)
    return replace(status, renamed=renamed, forbidden=forbidden)
