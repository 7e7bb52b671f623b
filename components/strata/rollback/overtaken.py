"""Another rollback of the service, to something else, that began while this one was under way: who has the last word.

Each rollback notes what it begins before it changes anything, so that each of two finds the other's note at its end.
"""

from dataclasses import dataclass

from strata.errors import RefusedError
from strata.rollback.record_store import NotedRollback
from strata.rollback.rollback_plan import RollbackPlan

__all__ = ["OtherRollback", "find_other"]


@dataclass(frozen=True)
class OtherRollback:
    """The other rollback, and how far it has got.

    Args:
        noted: its note.
        recorded: what the record names now; None where it names nothing.
        arrived: whether that is what it goes back to.
        rolling: id of its rollout, if that runs; empty otherwise.
        comes: whether it began after this one, and has not rolled yet as far as is known.
    """

    noted: NotedRollback
    recorded: str | None
    arrived: bool
    rolling: str
    comes: bool

    @property
    def prevails(self) -> bool:
        """Whether it decides what runs in the end, although this one has brought its release."""
        return self.arrived or bool(self.rolling) or self.comes

    @property
    def clause(self) -> str:
        """Who began it, when, and where to."""
        begun = self.noted.begun
        return f"another rollback, to {begun.to_version}, was begun at {begun.at}" + (
            f" by {self.noted.by}" if self.noted.by else ""
        )

    def error(self, plan: RollbackPlan, outcome: str) -> RefusedError:
        """The error for who has lost to it.

        Args:
            plan: of this rollback.
            outcome: what has become of this one, as a clause.
        """
        name, place, to = plan.place.service, plan.place.called, plan.release.image.version
        if self.arrived:
            now = f"{self.noted.begun.to_version} is what the record names now"
        elif self.rolling:
            now = (
                f"its rollout is running ({self.rolling}), and the record names {self.recorded or 'nothing'} until then"
            )
        else:
            now = f"it may replace what runs at any moment, and the record names {self.recorded or 'nothing'} now"
        return RefusedError(
            f"{name}: this rollback, to {to}, is overtaken: {outcome}; {self.clause}; {now}",
            fix=f"Agree on one of them. What runs: `strata rollout status {place} {name}`; to go to {to} all the same: "
            f"`strata rollout rollback {place} {name} --to {to} --now`, after "
            f"`strata image unveto {place} {name} {to}` if that is vetoed.",
        )


def find_other(plan: RollbackPlan) -> OtherRollback | None:
    """The newest rollback to something else that was begun since this one was planned; None where there is none.

    Args:
        plan: of this rollback.
    """
    place, to = plan.place, plan.release.digest
    since = [each for each in place.record.rollbacks() if each.number > plan.noted]
    other = next((each for each in reversed(since) if each.begun.to != to), None)
    if other is None:
        return None
    own = max((each.number for each in since if each.begun.to == to), default=plan.noted)
    recorded = place.record.release()
    running = plan.past.fleet.running() if plan.past.fleet is not None else None
    return OtherRollback(
        other,
        recorded=recorded.image.version if recorded is not None else None,
        arrived=recorded is not None and recorded.digest == other.begun.to,
        rolling=running.id if running is not None and running.digest == other.begun.to else "",
        comes=other.number > own and not _is_over(place.record.rolled(other.begun.at), other.begun.to, to),
    )


def _is_over(rolled: list[str], other: str, own: str) -> bool:
    """Whether the rollout to one release began before the last one to another, which has taken its place."""
    last = {digest: index for index, digest in enumerate(rolled)}
    return other in last and own in last and last[other] < last[own]
