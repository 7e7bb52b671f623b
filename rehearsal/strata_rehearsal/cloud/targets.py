"""Who is registered with which target group, and how healthy: what moto calls healthy at once and for ever.

A target is `initial` until it has passed or failed its checks for threshold x interval seconds, then `healthy` or
`unhealthy`; one that serves is `draining` for the deregistration delay once it is deregistered. A target group that no
listener forwards to checks nobody: its targets are `unused`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strata_rehearsal.cloud.world import ScheduledEvent, World

__all__ = ["PASSING", "Registration", "TargetHealth", "Targets", "network_name"]


@dataclass(frozen=True)
class TargetHealth:
    """A target's state with AWS's reason for it."""

    state: str
    reason: str | None = None
    description: str | None = None

    @property
    def holds_back(self) -> bool:
        """Whether checks keep requests from the target; one that nobody checks is not kept from any."""
        return self.state in ("initial", "unhealthy", "draining")


INITIAL = TargetHealth("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY = TargetHealth("healthy")
UNHEALTHY = TargetHealth("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")
DRAINING = TargetHealth("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_REGISTERED = TargetHealth("unused", "Target.NotRegistered", "Target is not registered to the target group")
NOT_USED = TargetHealth(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
STOPPED = TargetHealth("unused", "Target.InvalidState", "Target is in the stopped state")
DISABLED = TargetHealth("unavailable", "Target.HealthCheckDisabled", "TargetHealth checks are disabled")

PASSING = frozenset({HEALTHY.state, DISABLED.state})
"""States in which a task behind a target group is as good as healthy."""


@dataclass(eq=False)
class Registration:
    """One target in one target group."""

    target: str
    port: Any
    sick: bool
    health: TargetHealth
    network: str = ""
    """Where its address is one: any other network may have it too."""
    pending: ScheduledEvent | None = None
    drains_until: float | None = None


class Targets:
    """The registrations of all target groups, by ARN and target id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._groups: dict[str, dict[str, Registration]] = {}
        self._used: set[str] = set()
        self.on_change: Callable[[str], None] = lambda _target: None
        """Called with a target's id when its health has changed."""

    def of(self, arn: str) -> dict[str, Registration]:
        """The registrations of a target group, draining ones included."""
        return self._groups.setdefault(arn, {})

    def health(self, arn: str, target: str) -> TargetHealth:
        """The health of a target, `unused` for one that is not registered."""
        registration = self._groups.get(arn, {}).get(target)
        return registration.health if registration else NOT_REGISTERED

    def register(self, group: Any, target: str, port: Any, *, sick: bool = False) -> None:
        """Register a target, whose checks begin now.

        Args:
            group: moto's target group.
            target: instance id or address.
            port: the port it listens on; None is the target group's.
            sick: whether it fails its checks.
        """
        present = self.of(group.arn).get(target)
        if present is not None and present.drains_until is None:
            return
        if present is not None and present.pending:
            present.pending.cancel()
        network = network_name(group.arn, group.vpc_id)
        registration = Registration(target, port if port is not None else group.port, sick, NOT_USED, network)
        self._groups[group.arn][target] = registration
        self._begin(group, registration)

    def deregister(self, group: Any, target: str, *, at_once: bool = False) -> float:
        """Deregister a target and return when it has drained: now, for one without requests in flight."""
        registration = self.of(group.arn).get(target)
        if registration is None:
            return self._world.now
        if registration.drains_until is not None and not at_once:
            return registration.drains_until
        if registration.pending:
            registration.pending.cancel()
        delay = float(group.attributes.get("deregistration_delay.timeout_seconds", 300))
        if at_once or delay <= 0 or registration.health is not HEALTHY:
            self._remove(group.arn, registration)
            return self._world.now
        registration.drains_until = self._world.now + delay
        self._become(group.arn, registration, DRAINING)
        registration.pending = self._world.after(delay, lambda: self._remove(group.arn, registration))
        return registration.drains_until

    def sicken(self, group: Any, target: str, *, sick: bool) -> None:
        """Make a registered target fail its checks from now on, or pass them."""
        registration = self.of(group.arn).get(target)
        if registration and registration.sick != sick and registration.drains_until is None:
            registration.sick = sick
            self._begin(group, registration)

    def use(self, groups: dict[str, Any], used: set[str]) -> None:
        """Say to which of these target groups listeners forward now; checks begin or stop where that changed."""
        changed = (self._used & set(groups)) ^ used
        self._used ^= changed
        for name in sorted(changed):
            for registration in self.of(name).values():
                if registration.drains_until is None:
                    registration.health = NOT_USED
                    self._begin(groups[name], registration)

    def forget(self, arn: str) -> None:
        """Drop a deleted target group."""
        for registration in self._groups.pop(arn, {}).values():
            if registration.pending:
                registration.pending.cancel()

    def _begin(self, group: Any, registration: Registration) -> None:
        if registration.pending:
            registration.pending.cancel()
            registration.pending = None
        if group.arn not in self._used:
            self._become(group.arn, registration, NOT_USED)
            return
        if not group.health_check_enabled:
            self._become(group.arn, registration, DISABLED)
            return
        threshold = group.unhealthy_threshold_count if registration.sick else group.healthy_threshold_count
        seconds = int(threshold) * int(group.health_check_interval_seconds)
        verdict = UNHEALTHY if registration.sick else HEALTHY
        if registration.health not in (HEALTHY, UNHEALTHY):
            self._become(group.arn, registration, INITIAL)
        registration.pending = self._world.after(seconds, lambda: self._become(group.arn, registration, verdict))

    def _become(self, arn: str, registration: Registration, health: TargetHealth) -> None:
        if registration.health is health and health is not NOT_USED:
            return
        registration.health = health
        self._record(arn, registration, health.state, reason=health.reason)
        self.on_change(registration.target)

    def _remove(self, arn: str, registration: Registration) -> None:
        if self._groups.get(arn, {}).get(registration.target) is registration:
            del self._groups[arn][registration.target]
            self._record(arn, registration, "deregistered")
            self.on_change(registration.target)

    def _record(self, arn: str, registration: Registration, state: str, **details: object) -> None:
        self._world.record(
            "target", registration.target, state, target_group=_name(arn), network=registration.network, **details
        )


def network_name(arn: str, vpc: str | None) -> str:
    """What tells a network from every other one, of which some may have its addresses and some even its id.

    Args:
        arn: of anything that is in its account and region.
        vpc: its id.
    """
    region, account = arn.split(":")[3:5]
    return f"{account}/{region}/{vpc}"


def _name(arn: str) -> str:
    return arn.split("/")[1] if "/" in arn else arn
