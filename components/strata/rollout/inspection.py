"""What a service runs and how its rollout goes, read from AWS alone: no program, no engine, no lock."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from strata.errors import UsageError
from strata.rollout.driver import Driver
from strata.rollout.fleet import look
from strata.rollout.record import Release, record_name
from strata.rollout.views import GroupView, RefreshView

__all__ = ["Inspection", "inspect"]


@dataclass(frozen=True)
class Inspection:
    """One service as AWS reports it now.

    Args:
        service: its name.
        recorded: the release it is proven to run; None when no rollout has succeeded yet.
        group: its group; None when there is none.
        healthy: ids of its healthy servers.
        running: servers that take a place, by what they run: the image of the recorded release, or a template version.
        refresh: its newest instance refresh, if AWS still knows one.
        wanted: image id the newest refresh rolls to, if known.
    """

    service: str
    recorded: Release | None
    group: GroupView | None
    healthy: frozenset[str]
    running: Mapping[str, int]
    refresh: RefreshView | None

    @property
    def rolling(self) -> bool:
        """Whether a rollout is in progress."""
        return self.refresh is not None and self.refresh.active

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout status` has it."""
        refresh = self.refresh
        return {
            "service": self.service,
            "release": self.recorded.image.version if self.recorded else None,
            "image": self.recorded.image.id if self.recorded else None,
            "group": self.group.name if self.group else None,
            "desired": self.group.desired if self.group else 0,
            "healthy": len(self.healthy),
            "running": dict(self.running),
            "rolling": self.rolling,
            "refresh": None
            if refresh is None
            else {
                "id": refresh.id,
                "status": refresh.status.value,
                "reason": refresh.reason,
                "percentage": refresh.percentage,
                "to_replace": refresh.remaining,
                "started": refresh.started.isoformat() if refresh.started else None,
                "ended": refresh.ended.isoformat() if refresh.ended else None,
            },
        }


def inspect(driver: Driver, project: str, stack: str, services: Iterable[str]) -> list[Inspection]:
    """Look at services of a stack.

    Args:
        driver: AWS.
        project: the Pulumi project.
        stack: the stack.
        services: names of the services.

    Raises:
        UsageError: a release record holds something else.
    """
    return [_inspect(driver, project, stack, service) for service in services]


def _inspect(driver: Driver, project: str, stack: str, service: str) -> Inspection:
    name = record_name(project, stack, service)
    try:
        recorded = driver.release(name)
    except ValueError as error:
        raise UsageError(f"parameter {name} is {error}", fix="Run `pulumi up`, which writes it anew.") from error
    group = _group(driver, recorded, project, stack, service)
    if group is None:
        return Inspection(service, recorded, None, frozenset(), {}, None)
    refreshes = driver.refreshes(group.name, most=1)
    fleet = look(driver, group)
    return Inspection(
        service=service,
        recorded=recorded,
        group=fleet.group,
        healthy=fleet.healthy,
        running=_running(driver, fleet.group, recorded),
        refresh=refreshes[0] if refreshes else None,
    )


def _group(driver: Driver, recorded: Release | None, project: str, stack: str, service: str) -> GroupView | None:
    """By the record, or by its tags while there is no record yet."""
    found = driver.group(recorded.group) if recorded else None
    if found is not None:
        return found
    tags = {"strata:project": project, "strata:stack": stack, "strata:service": service}
    return next(iter(driver.groups_tagged(tags)), None)


def _running(driver: Driver, group: GroupView, recorded: Release | None) -> Mapping[str, int]:
    versions = Counter(each.template_version or "" for each in group.servers if each.counts)
    if not group.template:
        return versions
    digests = driver.release_digests(group.template, [version for version in versions if version])
    named: Counter[str] = Counter()
    for version, count in versions.items():
        proven = recorded is not None and digests.get(version) == recorded.digest
        named[recorded.image.version if proven and recorded else f"template version {version or 'unknown'}"] += count
    return named
