"""What rolling a service's pinned image would do, whatever runs the service, as `strata rollout plan` shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Protocol

from strata.rollout.live_service import LiveService
from strata.rollout.preflight_findings import PreflightFinding, PreflightSeverity
from strata.rollout.unrecorded import Unrecorded

__all__ = [
    "PlannedRollout",
    "ServicePlan",
    "before_a_plan",
    "headline_of_recorded",
    "plan_of_first",
    "plan_of_unreadable",
    "with_findings",
]


class PlannedRollout(Protocol):
    """The numbers of a plan, whatever it replaces."""

    @property
    def desired(self) -> int: ...

    @property
    def floor(self) -> int: ...

    @property
    def ceiling(self) -> int: ...

    @property
    def lowest_capacity(self) -> int: ...

    @property
    def highest_total(self) -> int: ...

    @property
    def estimated_seconds(self) -> float:
        """Infinite where nothing can move."""
        ...

    def course(self) -> Mapping[str, Any]:
        """What it does one after the other, as the JSON has it."""
        ...


@dataclass(frozen=True)
class ServicePlan:
    """What rolling a service's pinned image would do."""

    service: str
    headline: str
    lines: tuple[str, ...]
    rolls: bool | None
    """None where only a preview can tell."""
    warnings: tuple[str, ...] = ()
    before: str | None = None
    """Version that is live; None for a first deployment."""
    after: str | None = None
    """Version that is pinned; None where something else decides which."""
    plan: PlannedRollout | None = None
    """None where nothing is replaced."""
    refusals: tuple[PreflightFinding, ...] = ()
    """Why `up` refuses to roll it out, as far as that is the image's fault."""
    unreadable: str = ""
    """Why there is no plan: that the release record is none. Empty where it can be read, or is not there."""

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout plan` has it."""
        return {
            "service": self.service,
            "rolls": self.rolls,
            "from": self.before,
            "to": self.after,
            **_numbers(self.plan),
            "unreadable": self.unreadable or None,
            "headline": self.headline,
            "lines": list(self.lines),
            "warnings": list(self.warnings),
            "refusals": [{"reason": each.text, "fix": each.fix, "passes": each.passes} for each in self.refusals],
        }


def with_findings(plan: ServicePlan, findings: Sequence[PreflightFinding]) -> ServicePlan:
    """A plan that says first of all why `up` refuses it, and then what it warns of, or what nobody could check."""
    refusals = tuple(each for each in findings if each.severity is PreflightSeverity.REFUSE)
    warned = tuple(each for each in findings if each.severity is PreflightSeverity.WARN)
    lines = [line for each in refusals for line in (f"up refuses to roll it out: {each.text}", f"fix: {each.fix}")]
    lines += [line for each in warned for line in (f"warning: {each.text}", f"fix: {each.fix}")]
    warnings = (*plan.warnings, *(each.text for each in warned))
    return replace(plan, lines=(*lines, *plan.lines), refusals=refusals, warnings=warnings)


def plan_of_unreadable(found: LiveService, pinned: str | None) -> ServicePlan:
    """What stands for the plan of a service whose record cannot be read: nothing says what a rollout would begin from.

    Args:
        found: the service as it is now.
        pinned: the version that is pinned; None where something else decides which.
    """
    headline = f"{found.service}: no plan, since its release record cannot be read"
    return ServicePlan(
        found.service, headline, before_a_plan(found), rolls=None, after=pinned, unreadable=found.unreadable
    )


def headline_of_recorded(found: LiveService, version: str, pinned: str | None) -> str:
    """The first line of a plan where the image that is recorded is pinned.

    Args:
        found: the service as it is now.
        version: the recorded version.
        pinned: the version that the stack file calls it; None where it calls it none.
    """
    live = f"recorded, and not what runs ({found.live})" if found.deviations else "live"
    if not found.running:
        live = f"recorded, and no {found.UNIT} runs"
    if pinned not in (None, version):
        live = f"the image is {live}, as {version}"
        return f"{found.service}: {pinned} is pinned, and {live}; rolls only if something else differs"
    return f"{found.service}: {version} is pinned and {live}; rolls only if something else differs"


def plan_of_first(
    found: LiveService, wanted: str, seen: Unrecorded, *, after: str | None, once: Sequence[str], fleet: str
) -> ServicePlan:
    """The plan of a service of which no release is recorded, or of whose release nothing is there any more.

    Args:
        found: the service as it is now.
        wanted: what is to be rolled out.
        seen: what there is instead of a record.
        after: the version that is pinned; None where something else decides which.
        once: what is to run once before.
        fleet: what is there of it, such as "group".
    """
    lines = before_a_plan(found)
    if found.recorded is not None:
        headline = f"{fleet} {found.recorded.fleet} is gone; up makes a new one for {wanted}"
    elif found.deployed and not (seen.written and seen.first):
        # its first rollout may not have ended well, and somebody may have deleted the record
        headline = f"is there and {seen.missing}: rolls out {wanted}, and records it"
    elif seen.first:
        headline = f"first deployment of {wanted}"
    else:
        headline = f"{seen.headline('')}: rolls out {wanted}, and records it"
    last = (seen.last,) if found.recorded is None and not seen.first else ()
    return ServicePlan(found.service, f"{found.service}: {headline}", (*lines, *last, *once), rolls=True, after=after)


def before_a_plan(found: LiveService) -> tuple[str, ...]:
    """What is to be known before anything else: a rollout that is running, and a service that is not its release."""
    rollout, lines = found.rollout, [f"not the release: {line}" for line in found.deviations]
    if rollout is None or not found.rolling:
        return (*lines, *([found.way_back] if found.way_back else []))
    since = f" since {rollout.started:%Y-%m-%d %H:%M} UTC" if rollout.started else ""
    target = f" to {rollout.target}" if rollout.target else ""
    return (*lines, f"a rollout{target} is running{since}: {rollout.status} {rollout.progress}".rstrip())


def _numbers(plan: PlannedRollout | None) -> dict[str, Any]:
    """A plan's numbers under the names they have in the report of a rehearsal, which measures them."""
    seconds = plan.estimated_seconds if plan else None
    return {
        "desired": plan.desired if plan else None,
        "floor": plan.floor if plan else None,
        "ceiling": plan.ceiling if plan else None,
        "lowest_healthy": plan.lowest_capacity if plan else None,
        "highest_total": plan.highest_total if plan else None,
        "batches": None,
        "stages": None,
        "waits_at": None,
        **(plan.course() if plan else {}),
        "estimated_seconds": round(seconds) if seconds is not None and isfinite(seconds) else None,
    }
