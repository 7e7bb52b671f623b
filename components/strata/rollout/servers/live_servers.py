"""What the servers of a service run and how its rollout goes, read from AWS alone: no program, no engine, no lock."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from strata.naming import record_name
from strata.rollout.forbidden_versions import read_forbidden
from strata.rollout.live_service import LiveRollout, described, read_record, tags_of
from strata.rollout.note import Note
from strata.rollout.record import ServerRelease
from strata.rollout.servers.driver import Driver, read_fleet
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.service_status import ServiceStatus, how_to_restore, read_status
from strata.rollout.servers.views import GroupView, RefreshView

__all__ = ["LiveServers", "look_at_servers"]


@dataclass(frozen=True)
class LiveServers:
    """One service that servers run, as AWS reports it now; see `LiveService`.

    Args:
        service: its name.
        status: its record beside what its group is.
        refresh: its newest instance refresh, if AWS still knows one.
        target: what that refresh rolls to: an image version, or a template version; empty for a refresh without one.
        trouble: the group's newest failure since a running refresh began; empty when there is none.
        alarms: state of each alarm that gates a running rollout.
    """

    UNIT: ClassVar[str] = "server"

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
    def unreadable(self) -> str:
        """That its release record is none, as a clause; empty where it can be read, or is not there."""
        return self.status.unreadable

    @property
    def deployed(self) -> bool:
        """Whether there is a group."""
        return self.status.fleet is not None

    @property
    def desired(self) -> int:
        """Servers that its group wants."""
        return self.group.desired if self.group else 0

    @property
    def healthy(self) -> frozenset[str]:
        """Ids of its healthy servers."""
        return self.status.fleet.healthy if self.status.fleet else frozenset()

    @property
    def running(self) -> Mapping[str, int]:
        """Servers that take a place, by what they run."""
        running, renamed = self.status.running, self.status.renamed
        return running if renamed is None else renamed.named(running)

    @property
    def apart(self) -> tuple[str, ...]:
        """Ids of its servers in standby or protected from scale-in."""
        return tuple(each.id for each in self.group.servers if each.apart) if self.group else ()

    @property
    def in_service(self) -> frozenset[str]:
        """Ids of its servers in service, whatever their health."""
        return frozenset(each.id for each in self.group.servers if each.in_service) if self.group else frozenset()

    @property
    def rolling(self) -> bool:
        """Whether a rollout is in progress."""
        return self.refresh is not None and self.refresh.active

    @property
    def deviations(self) -> tuple[str, ...]:
        """In what the service is not what its record names; while a rollout runs, only that the record is none."""
        return self.status.spoiled if self.rolling else tuple(self.status.deviations())

    @property
    def way_back(self) -> str:
        """What brings the release back; empty where nothing has to, and while a rollout runs."""
        return "" if self.rolling else how_to_restore(self.status)

    @property
    def live(self) -> str:
        """What its servers run, by name; the recorded version where that is all they run."""
        return " and ".join(sorted(self.running)) or "nothing"

    @property
    def forbidden(self) -> tuple[str, ...]:
        """What of what runs is vetoed or revoked, and why."""
        return self.status.forbidden.running(self.running)

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

    @property
    def rollout(self) -> LiveRollout | None:
        """Its newest rollout, if AWS still knows one."""
        refresh = self.refresh
        if refresh is None:
            return None
        return LiveRollout(
            id=refresh.id,
            status=refresh.status.value,
            progress=f"{refresh.percentage} %",
            active=refresh.active,
            succeeded=refresh.status is Status.SUCCESSFUL,
            target=self.target,
            reason=self.reason,
            started=refresh.started,
            ended=refresh.ended,
            trouble=self.trouble,
            alarms=self.alarms,
        )

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout status` has it."""
        refresh, rollout, note = self.refresh, self.rollout, self.note
        return {
            **described(self, {"group": self.group.name if self.group else None}),
            "refresh": None
            if refresh is None or rollout is None
            else {
                **rollout.document(),
                "percentage": refresh.percentage,
                "to_replace": refresh.remaining,
                "gives_up_after_seconds": note.gives_up_after if note else None,
            },
        }


def look_at_servers(driver: Driver, project: str, stack: str, least: Mapping[str, int]) -> list[LiveServers]:
    """Look at services of a stack.

    Args:
        driver: AWS.
        project: the Pulumi project.
        stack: the stack.
        least: how many servers each service has at least by its settings, by the service's name.
    """
    return [_look_at(driver, project, stack, service, number) for service, number in least.items()]


def _look_at(driver: Driver, project: str, stack: str, service: str, least: int) -> LiveServers:
    read = read_record(driver, ServerRelease, project, stack, service)
    recorded, note = read.release, read.note
    record = record_name(project, stack, service)
    group = _group(driver, recorded, project, stack, service)
    if group is None:
        status = ServiceStatus(recorded, None, note=note, forbidden=read_forbidden(driver, record, recorded, note))
        return LiveServers(service, replace(status, unwritten=not read.written, unreadable=read.unreadable))
    newest = next(iter(driver.refreshes(group.name, most=1)), None)
    status = read_status(driver, recorded, read_fleet(driver, group), note, least)
    # of what the record only says nobody is told that it runs
    forbidden = read_forbidden(driver, record, status.true, note)
    status = replace(status, unwritten=not read.written, unreadable=read.spoiled, forbidden=forbidden)
    if newest is None:
        return LiveServers(service, status)
    found = LiveServers(service, status, newest, _target(driver, status, newest))
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
    recorded = status.true
    model = recorded.template_version if recorded and recorded.template == refresh.template else None
    digest = driver.release_digests(refresh.template, [refresh.version], model=model).get(refresh.version)
    if recorded is not None and (refresh.template, digest) == (recorded.template, recorded.digest):
        return status.called(recorded.template, str(recorded.template_version))
    return f"template version {refresh.version}"


def _group(driver: Driver, recorded: ServerRelease | None, project: str, stack: str, service: str) -> GroupView | None:
    """By the record, or by its tags while there is no record yet."""
    found = driver.group(recorded.group) if recorded else None
    if found is not None:
        return found
    return next(iter(driver.groups_tagged(tags_of(project, stack, service))), None)
