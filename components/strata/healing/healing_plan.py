"""What of a drifted service is replaced, in which batches, what is left alone and what no replacement heals (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from strata.drift.drift_finding import DriftFinding, ServiceDrift
from strata.drift.drift_kinds import DriftKind
from strata.healing.fleet_look import FleetLook, Obstacle
from strata.healing.replacement_batches import planned_batches

__all__ = ["HealingPlan", "LeftAlone", "WornUnit", "plan_healing"]

_IN_THE_WAY: Final = frozenset(
    {
        *(DriftKind.IMAGE_FORBIDDEN, DriftKind.IMAGE_GONE, DriftKind.SAVED_VERSION, DriftKind.TEMPLATE_GONE),
        *(DriftKind.DEFINITION_GONE, DriftKind.NO_RECORD, DriftKind.WRONG_RECORD),
        *(DriftKind.GROUP_GONE, DriftKind.SERVICE_GONE),
        *(DriftKind.TARGET_GROUPS, DriftKind.ROUTING, DriftKind.NO_SERVERS, DriftKind.NO_TASKS),
    }
)
"""With one of them what is started fresh is not the release, or never becomes healthy."""


@dataclass(frozen=True)
class WornUnit:
    """A server or task that is to be replaced.

    Args:
        id: its id.
        findings: what is different on it.
    """

    id: str
    findings: tuple[DriftFinding, ...]

    @property
    def why(self) -> str:
        """What is different on it, as a sentence without its subject."""
        return "; ".join(each.said for each in self.findings)

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"id": self.id, "kinds": [each.kind.value for each in self.findings], "why": self.why}


@dataclass(frozen=True)
class LeftAlone:
    """A difference that is not healed by this.

    Args:
        finding: the difference.
        why: it is left as it is, as a clause.
        fix: what to do, as a clause.
    """

    finding: DriftFinding
    why: str
    fix: str

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"kind": self.finding.kind.value, "subject": self.finding.subject, "why": self.why, "fix": self.fix}


@dataclass(frozen=True)
class HealingPlan:
    """What is to be done about one service.

    Args:
        drift: what a look found.
        look: its servers or tasks at that time; None where there is nothing to replace.
        worn: those that are to be replaced.
        batches: their ids, in the order in which they are replaced.
        together: ids of those for which the floor has no room: a rollout of the same release replaces everything, since
            it starts what is fresh first.
        left: what is left alone, or not healed by any replacement.
        obstacle: why nothing may be replaced; None where nothing speaks against it, or nothing is to be replaced.
    """

    drift: ServiceDrift
    look: FleetLook | None = None
    worn: tuple[WornUnit, ...] = ()
    batches: tuple[tuple[str, ...], ...] = ()
    together: tuple[str, ...] = ()
    left: tuple[LeftAlone, ...] = ()
    obstacle: Obstacle | None = None

    @property
    def kept(self) -> dict[str, str]:
        """Why servers or tasks with a difference that is accepted are not replaced, by their ids."""
        return {
            each.finding.subject: f"{each.finding.kind} of it is accepted {each.entry.terms}"
            for each in self.drift.accepted
            if each.finding.row.replaced
        }

    @property
    def service(self) -> str:
        """Its name."""
        return self.drift.service

    @property
    def unit(self) -> str:
        """What it is run by."""
        return self.drift.unit


def plan_healing(drift: ServiceDrift, look: FleetLook | None, *, whole: bool) -> HealingPlan:
    """Plan what heals a service.

    Args:
        drift: what a look found.
        look: its servers or tasks, a moment later; None where none of the differences is healed by replacement.
        whole: whether a rollout can replace everything where the floor has no room for a batch.
    """
    fitting = [each for each in drift.findings if each.row.replaced]
    left = [
        LeftAlone(each, "a replacement does not heal it", each.fix) for each in drift.findings if not each.row.replaced
    ]
    if look is None:
        return HealingPlan(drift, left=tuple(left))
    worn: dict[str, list[DriftFinding]] = {}
    kept = HealingPlan(drift).kept
    whole = whole and not kept.keys() & look.members
    for each in fitting:
        if each.subject in kept:
            left.append(LeftAlone(each, kept[each.subject], "when that is over, run this again"))
        elif each.subject in look.held:
            left.append(LeftAlone(each, look.held[each.subject], f"when it is free, run this again; or {each.fix}"))
        elif each.subject in look.members:
            worn.setdefault(each.subject, []).append(each)
        else:
            left.append(LeftAlone(each, f"it is not on one of the {drift.unit} that take a place", each.fix))
    units = tuple(WornUnit(name, tuple(found)) for name, found in worn.items())
    if not units:
        return HealingPlan(drift, look, left=tuple(left))
    obstacle = look.obstacle or _in_the_way(_whatever_counts(drift), look)
    if obstacle is not None:
        return HealingPlan(drift, look, units, left=tuple(left), obstacle=obstacle)
    batches, stuck = planned_batches([each.id for each in units], look.healthy, look.terms)
    if stuck and not whole:
        return HealingPlan(drift, look, units, batches, left=tuple(left), obstacle=None if batches else _no_room(look))
    return HealingPlan(drift, look, units, batches, stuck, left=tuple(left))


def _whatever_counts(drift: ServiceDrift) -> tuple[DriftFinding, ...]:
    """All differences: what is accepted or ignored keeps what is fresh from being the release all the same."""
    return (*drift.findings, *(each.finding for each in drift.accepted), *drift.ignored)


def _in_the_way(findings: Iterable[DriftFinding], look: FleetLook) -> Obstacle | None:
    for each in findings:
        if each.kind is DriftKind.ROUTING and not look.healthy:
            # requests that lead to where nobody is healthy are then no cause, but what comes of it
            continue
        if each.kind in _IN_THE_WAY:
            why = f"what is started fresh would not be the release, or not become healthy: {each.subject} {each.said}"
            return Obstacle(why, f"First: {each.fix}.")
    return None


def _no_room(look: FleetLook) -> Obstacle:
    terms = look.terms
    return Obstacle(
        f"{len(look.healthy)} are healthy, the floor is {terms.floor} of {terms.desired}, and AWS ends a server before "
        "it launches the next one",
        "`pulumi up --refresh --stack STACK` sets the maintenance policy of the stack file again; "
        "`strata rollout refresh STACK SERVICE` replaces all servers by a rollout.",
    )
