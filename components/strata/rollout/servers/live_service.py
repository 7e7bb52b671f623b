"""What a service runs and how its rollout goes, read from AWS alone: no program, no engine, no lock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from strata.errors import UsageError
from strata.naming import note_name, record_name
from strata.rollout.note import Note, read_note
from strata.rollout.record import ServerRelease, proven_by
from strata.rollout.servers.driver import Driver, read_fleet
from strata.rollout.servers.service_status import ServiceStatus, how_to_restore, read_status
from strata.rollout.servers.views import GroupView, RefreshView

__all__ = ["LiveService", "look_at_services"]


@dataclass(frozen=True)
class LiveService:
    """One service as AWS reports it now.

    Args:
        service: its name.
        status: its record beside what its group is.
        refresh: its newest instance refresh, if AWS still knows one.
        target: what that refresh rolls to: an image version, or a template version; empty for a refresh without one.
        trouble: the group's newest failure since a running refresh began; empty when there is none.
        alarms: state of each alarm that gates a running rollout.
    """

    service: str
    status: ServiceStatus
    refresh: RefreshView | None = None
    target: str = ""
    trouble: str = ""
    alarms: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def recorded(self) -> ServerRelease | None:
        """The release it is proven to run; None when nothing is proven."""
        return self.status.recorded

    @property
    def group(self) -> GroupView | None:
        """Its group; None when there is none."""
        return self.status.fleet.group if self.status.fleet else None

    @property
    def healthy(self) -> frozenset[str]:
        """Ids of its healthy servers."""
        return self.status.fleet.healthy if self.status.fleet else frozenset()

    @property
    def running(self) -> Mapping[str, int]:
        """Servers that take a place, by what they run."""
        return self.status.running

    @property
    def rolling(self) -> bool:
        """Whether a rollout is in progress."""
        return self.refresh is not None and self.refresh.active

    @property
    def deviations(self) -> tuple[str, ...]:
        """In what the service is not what its record names; while a rollout runs, it is on its way."""
        return () if self.rolling else tuple(self.status.deviations())

    @property
    def way_back(self) -> str:
        """What brings the release back; empty where nothing has to, and while a rollout runs."""
        return "" if self.rolling else how_to_restore(self.status)

    @property
    def live(self) -> str:
        """What its servers run, by name; the recorded version where that is all they run."""
        return " and ".join(sorted(self.running)) or "nothing"

    @property
    def note(self) -> Note | None:
        """What the gate of the newest refresh left; None where that was somebody else's."""
        note = self.status.note
        return note if note and self.refresh and note.rollout_id == self.refresh.id else None

    @property
    def reason(self) -> str:
        """Why the newest rollout ended or is being stopped: in the words of its gate, else in AWS's."""
        if self.refresh is None:
            return ""
        if self.note is not None and self.note.reason:
            return self.note.reason
        return self.refresh.reason

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout status` has it."""
        refresh, note = self.refresh, self.note
        return {
            "service": self.service,
            "version": self.recorded.image.version if self.recorded else None,
            "image_name": self.recorded.image.name if self.recorded else None,
            "image_id": self.recorded.image.id if self.recorded else None,
            "group": self.group.name if self.group else None,
            "desired": self.group.desired if self.group else 0,
            "healthy": len(self.healthy),
            "running": dict(self.running),
            "deviations": list(self.deviations),
            "way_back": self.way_back or None,
            "rolling": self.rolling,
            "refresh": None
            if refresh is None
            else {
                "id": refresh.id,
                "target": self.target or None,
                "status": refresh.status.value,
                "reason": self.reason,
                "percentage": refresh.percentage,
                "to_replace": refresh.remaining,
                "started": refresh.started.isoformat() if refresh.started else None,
                "ended": refresh.ended.isoformat() if refresh.ended else None,
                "gives_up_after_seconds": note.gives_up_after if note else None,
                "trouble": self.trouble or None,
                "alarms": dict(self.alarms),
            },
        }


def look_at_services(driver: Driver, project: str, stack: str, services: Iterable[str]) -> list[LiveService]:
    """Look at services of a stack.

    Args:
        driver: AWS.
        project: the Pulumi project.
        stack: the stack.
        services: names of the services.

    Raises:
        UsageError: a release record holds something else.
    """
    return [_look_at(driver, project, stack, service) for service in services]


def _look_at(driver: Driver, project: str, stack: str, service: str) -> LiveService:
    name = record_name(project, stack, service)
    try:
        recorded = proven_by(ServerRelease, driver.parameters([name]).get(name))
    except ValueError as error:
        fix = "Run `pulumi up --refresh`: it compares the record with AWS and writes it again."
        raise UsageError(f"parameter {name} is {error}", fix=fix) from error
    kept = note_name(name)
    note = read_note(driver.parameters([kept]).get(kept))
    group = _group(driver, recorded, project, stack, service)
    if group is None:
        return LiveService(service, ServiceStatus(recorded, None, note=note))
    newest = next(iter(driver.refreshes(group.name, most=1)), None)
    status = read_status(driver, recorded, read_fleet(driver, group), note)
    if newest is None:
        return LiveService(service, status)
    found = LiveService(service, status, newest, _target(driver, status, newest))
    if not newest.active:
        return found
    return replace(
        found,
        trouble=driver.last_trouble(group.name, newest.started),
        alarms={alarm: state for alarm, (state, _) in driver.alarm_states(note.alarms if note else ()).items()},
    )


def _target(driver: Driver, status: ServiceStatus, refresh: RefreshView) -> str:
    """What a refresh rolls to, in words."""
    if refresh.version is None or refresh.template is None:
        return ""
    if status.note is not None and status.note.rollout_id == refresh.id:
        return status.note.image.version
    recorded = status.recorded
    model = recorded.template_version if recorded and recorded.template == refresh.template else None
    digest = driver.release_digests(refresh.template, [refresh.version], model=model).get(refresh.version)
    if recorded is not None and (refresh.template, digest) == (recorded.template, recorded.digest):
        return recorded.image.version
    return f"template version {refresh.version}"


def _group(driver: Driver, recorded: ServerRelease | None, project: str, stack: str, service: str) -> GroupView | None:
    """By the record, or by its tags while there is no record yet."""
    found = driver.group(recorded.group) if recorded else None
    if found is not None:
        return found
    tags = {"strata:project": project, "strata:stack": stack, "strata:service": service}
    return next(iter(driver.groups_tagged(tags)), None)
