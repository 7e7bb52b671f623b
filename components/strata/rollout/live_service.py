"""A service as AWS reports it now, whatever runs it: what a person asks about it, and what its JSON is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from strata.naming import note_name, record_name
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.note import Note, read_note
from strata.rollout.record import Release, proven_by, readable

__all__ = ["LiveRollout", "LiveService", "ReadRecord", "described", "read_record", "tags_of", "tags_of_record"]

Kind = TypeVar("Kind", bound=Release)


@dataclass(frozen=True)
class LiveRollout:
    """A service's newest rollout as AWS reports it.

    Args:
        id: as AWS knows it.
        status: in AWS's words.
        progress: how far it is, in words; empty where its status says everything.
        active: whether it has not ended yet.
        succeeded: whether it has ended, and brought what it was to bring.
        target: what it brings, in words; empty where it brings nothing in particular.
        reason: why it ended or is being stopped: in the words of its gate, else in AWS's; empty where neither has any.
        started: when it began.
        ended: when it ended.
        trouble: the newest failure of what it brings; empty where there is none.
        alarms: state of each alarm that gates it.
    """

    id: str
    status: str
    progress: str
    active: bool
    succeeded: bool
    target: str = ""
    reason: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    trouble: str = ""
    alarms: Mapping[str, str] = field(default_factory=dict[str, str])

    def document(self) -> dict[str, Any]:
        """What the JSON says of every rollout, except for how far it is."""
        return {
            "id": self.id,
            "target": self.target or None,
            "status": self.status,
            "reason": self.reason,
            "started": self.started.isoformat() if self.started else None,
            "ended": self.ended.isoformat() if self.ended else None,
            "trouble": self.trouble or None,
            "alarms": dict(self.alarms),
        }


class LiveService(Protocol):
    """One service as AWS reports it now."""

    UNIT: ClassVar[str]
    """What runs it, in one word."""

    @property
    def service(self) -> str:
        """Its name."""
        ...

    @property
    def recorded(self) -> Release | None:
        """The release it is proven to run; None when nothing is proven."""
        ...

    @property
    def unreadable(self) -> str:
        """That its release record is none, as a clause; empty where it can be read, or is not there."""
        ...

    @property
    def target(self) -> str:
        """What its newest rollout brings, in words; empty where that brings nothing in particular."""
        ...

    @property
    def deployed(self) -> bool:
        """Whether there is anything of it in AWS that could run it."""
        ...

    @property
    def desired(self) -> int:
        """How many servers or tasks it wants."""
        ...

    @property
    def healthy(self) -> frozenset[str]:
        """Ids of its healthy servers or tasks."""
        ...

    @property
    def running(self) -> Mapping[str, int]:
        """Servers or tasks that take a place, by what they run."""
        ...

    @property
    def apart(self) -> tuple[str, ...]:
        """Ids of servers or tasks that somebody may have been let into."""
        ...

    @property
    def rollout(self) -> LiveRollout | None:
        """Its newest rollout, if AWS still knows one."""
        ...

    @property
    def rolling(self) -> bool:
        """Whether a rollout is in progress."""
        ...

    @property
    def deviations(self) -> tuple[str, ...]:
        """In what the service is not what its record names; while a rollout runs, only that the record is none."""
        ...

    @property
    def way_back(self) -> str:
        """What brings the release back; empty where nothing has to, and while a rollout runs."""
        ...

    @property
    def live(self) -> str:
        """What runs, by name; the recorded version where that is all that runs."""
        ...

    @property
    def forbidden(self) -> tuple[str, ...]:
        """What of what runs is vetoed or revoked, and why."""
        ...

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout status` has it."""
        ...


def described(found: LiveService, fleet: Mapping[str, Any]) -> dict[str, Any]:
    """What the JSON says of every service, except for its rollout.

    Args:
        found: the service.
        fleet: what runs it, as AWS names it.
    """
    return {
        "service": found.service,
        "version": found.recorded.image.version if found.recorded else None,
        "image_name": found.recorded.image.name if found.recorded else None,
        "image_id": found.recorded.image.id if found.recorded else None,
        "unreadable": found.unreadable or None,
        "unit": f"{found.UNIT}s",
        **fleet,
        "desired": found.desired,
        "healthy": len(found.healthy),
        "running": dict(found.running),
        "deviations": list(found.deviations),
        "way_back": found.way_back or None,
        "forbidden": list(found.forbidden),
        "rolling": found.rolling,
    }


@dataclass(frozen=True)
class ReadRecord(Generic[Kind]):
    """What is recorded of a service.

    Args:
        release: that it is proven to run; None when nothing is proven, and where the record cannot be read.
        note: what its last gate left.
        written: whether there is a record at all.
        unreadable: that it is none, as a clause; empty where it can be read, or is not there.
        foreign: that it is of what something else runs, as a clause; empty where it is not. A service that moves from
            servers to containers has such a record until it is there; one that is there already never has.
    """

    release: Kind | None
    note: Note | None
    written: bool
    unreadable: str = ""
    foreign: str = ""

    @property
    def spoiled(self) -> str:
        """What is wrong with the record of a service that is there, as a clause; empty where nothing is."""
        return self.unreadable or self.foreign


def read_record(driver: BaseDriver, kind: type[Kind], project: str, stack: str, service: str) -> ReadRecord[Kind]:
    """What is recorded of a service. One that somebody has written over keeps nobody from the others.

    Args:
        driver: AWS.
        kind: of what the release is; a record of another kind proves nothing.
        project: the Pulumi project.
        stack: the stack.
        service: the service.
    """
    name = record_name(project, stack, service)
    kept = note_name(name)
    values = driver.parameters([name, kept])
    value, note = values.get(name), read_note(values.get(kept))
    try:
        release = proven_by(kind, value)
    except ValueError as error:
        return ReadRecord(None, note, written=True, unreadable=f"parameter {name} is {error}")
    other = readable(Release, value) if release is None else None
    foreign = f"parameter {name} names {other.image}, of what does not run {service}" if other is not None else ""
    return ReadRecord(release, note, value is not None, foreign=foreign)


def tags_of(project: str, stack: str, service: str) -> dict[str, str]:
    """Tags of what runs a service, by which it is found while no record names it."""
    return {"strata:project": project, "strata:stack": stack, "strata:service": service}


def tags_of_record(record: str) -> dict[str, str]:
    """The same of the service that a release record is of."""
    project, stack, service = record.split("/")[2:5]
    return tags_of(project, stack, service)
