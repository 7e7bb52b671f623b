"""The servers of a group as healing looks at them, and has them replaced."""

from collections.abc import Iterator, Sequence

from strata.aws.outage import error_code
from strata.clock import Clock
from strata.drift.drift_finding import SERVERS
from strata.healing.fleet_look import SEE_STATUS, FleetLook, Obstacle, find_unready, nothing_there
from strata.healing.replacement_batches import ReplacementTerms
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata.rollout.servers.server_spec import ServerSpec
from strata.rollout.servers.views import GroupView, ServerView
from strata.rollout.spec import share

__all__ = ["HealedServers", "HealingDriver"]

_FULL = 100
_NEEDED = frozenset({"Launch", "Terminate", "ReplaceUnhealthy"})
"""Processes of a group without which it replaces nothing; `AddToLoadBalancer` too where it has a target group."""


class HealingDriver(Driver):
    """The calls of a rollout of servers, and the one that has a server replaced."""

    def mark_unhealthy(self, server: str) -> None:
        """Have the group replace a server: it is called unhealthy, whatever its checks say.

        The grace period is not respected: it keeps a booting server from being judged by its checks, and within it AWS
        would leave the call without any effect.
        """
        try:
            self._client("autoscaling").set_instance_health(
                InstanceId=server, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
            )
        except Exception as error:
            # it has gone since it was looked at
            if error_code(error) != "ValidationError" or "not found" not in str(error).lower():
                raise


class HealedServers:
    """The servers of one service.

    Args:
        driver: AWS.
        clock: time.
        project: the Pulumi project.
        stack: the stack.
        spec: how the service is rolled.
    """

    def __init__(self, driver: HealingDriver, clock: Clock, project: str, stack: str, spec: ServerSpec) -> None:
        self._driver = driver
        self._clock = clock
        self._project = project
        self._stack = stack
        self._spec = spec
        self._marked: set[str] = set()
        # from its launch to its warm-up, and as long as the one before it drains
        self.patience_seconds = spec.patience_seconds + spec.drain_seconds

    def look(self) -> FleetLook:
        asked = {self._spec.service: self._spec.least}
        (live,) = look_at_servers(self._driver, self._project, self._stack, asked)
        group = live.group
        if group is None:
            return nothing_there("its group")
        apart = [each.id for each in group.servers if each.apart]
        notes = self._driver.glass_notes(self._spec.record, apart)
        opened = {unit: note.sentence(self._clock.now()) for unit, note in notes.items()}
        return FleetLook(
            members=frozenset(each.id for each in group.servers if each.counts),
            healthy=self._working(live, group),
            terms=self._terms(group),
            held={each.id: why for each in group.servers if (why := opened.get(each.id) or _holder(each))},
            obstacle=next(_obstacles(live, group), None),
        )

    def replace(self, units: Sequence[str]) -> None:
        self._marked |= {*units}
        for each in units:
            self._driver.mark_unhealthy(each)

    def _working(self, live: LiveServers, group: GroupView) -> frozenset[str]:
        """Those that serve: one that was called unhealthy here does so until AWS ends it."""
        serving = {each.id for each in group.servers if each.in_service and each.id in self._marked}
        if group.target_groups and serving:
            serving &= self._driver.healthy_targets(group.target_groups)
        return live.healthy | serving

    def _terms(self, group: GroupView) -> ReplacementTerms:
        policy = group.terms.get("InstanceMaintenancePolicy") or {}
        least, most = (int(policy.get(f"{each}HealthyPercentage", -1)) for each in ("Min", "Max"))
        floor = share(group.desired, max(least, self._spec.settings.min_healthy_percent))
        ahead = max(1, group.desired * (most - _FULL) // _FULL) if least >= _FULL and most > _FULL else 0
        return ReplacementTerms(desired=group.desired, floor=floor, ahead=ahead)


def _holder(server: ServerView) -> str:
    """Why a server is left alone, as a clause; empty where nobody holds it."""
    if server.standby:
        return "it is in standby: somebody has taken it out of service to look at it"
    if server.protected:
        return "it is protected from scale-in: somebody keeps it"
    if not server.counts:
        return "it is on its way out already"
    if not server.in_service:
        return "it is still being launched"
    return ""


def _obstacles(live: LiveServers, group: GroupView) -> Iterator[Obstacle]:
    yield from find_unready(live, SERVERS)
    recorded, status = live.recorded, live.status
    if recorded is None:
        return
    if not status.of_release(group.template, group.saved_version):
        launches = status.called(group.template, group.saved_version)
        why = f"its group launches {launches}, and the release is {recorded.image.version}"
        yield Obstacle(f"{why}: a fresh server would not be it", f"First: {live.way_back or SEE_STATUS}.")
    needed = _NEEDED | ({"AddToLoadBalancer"} if group.target_groups else set())
    if stopped := sorted(needed & {*group.suspended}):
        resume = (
            f"{status.command_line} autoscaling resume-processes --auto-scaling-group-name {group.name} "
            f"--scaling-processes {' '.join(stopped)}"
        )
        yield Obstacle(
            f"{', '.join(stopped)} of its group is suspended, so that nothing is replaced", f"First: {resume}."
        )
