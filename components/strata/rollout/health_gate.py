"""When a gate gives up on a running rollout: pure decisions over what each poll saw."""

from collections import deque
from dataclasses import dataclass, field

from strata.rollout.spec import RolloutSpec, share

__all__ = ["POLLS_UNDER_FLOOR", "HealthGate", "Poll"]

POLLS_WITHOUT_ALARM = 2
"""One empty answer of CloudWatch is no proof that an alarm is gone."""

POLLS_UNDER_FLOOR = 2
"""One poll may fall between a server leaving and the next one counting; two in a row are an outage."""


@dataclass(frozen=True)
class Poll:
    """What one look at AWS saw. Times are seconds of the gate's clock."""

    at: float
    going_forward: bool
    """Whether the rollout can still be stopped: it has neither ended nor is it on its way back."""
    percentage: int
    desired: int
    old: int
    """Servers of another release that still take a place."""
    healthy_new: int
    healthy: int
    """All healthy servers, of whatever release."""
    baking: bool = False
    """Whether everything is replaced and only the alarms are still watched."""
    missing_alarms: tuple[str, ...] = ()
    """Alarms that gate the rollout and are not there any more."""
    failed: int = 0
    """Those of the new release that have failed, where it waits to go on and does not because they are most of it."""
    takes_all: bool = False
    """Whether all requests reach the new release, as far as it replaces what is there."""
    tests: bool = False
    """Whether test requests reach the new release, and not all others do yet."""
    shared: bool = False
    """Whether some that are kept on another release get requests, too, although that is so."""


@dataclass
class HealthGate:
    """Watches one rollout.

    A gate is stricter than AWS in three ways: fewer healthy servers than the floor end the rollout even when no alarm
    fires, a release whose servers never become healthy is given up after `progress_deadline_seconds`, not an hour, and
    one that waits to go on and whose servers go on failing is not left to wait until AWS gives it up. The floor is not
    judged where nothing better could come back.
    """

    spec: RolloutSpec
    cure: bool = False
    """Whether the rollout replaces a fleet that is neither proven nor healthy."""
    lowest_healthy: int | None = None
    _was_at_floor: bool = False
    _under: int = 0
    _without: int = 0
    _best: tuple[int, int] | None = None
    _progress_at: float = 0.0
    _desired: deque[tuple[float, int]] = field(default_factory=deque)

    def observe(self, poll: Poll) -> str | None:
        """Take in a poll; gives the reason to stop the rollout, or None to go on."""
        self.lowest_healthy = poll.healthy if self.lowest_healthy is None else min(self.lowest_healthy, poll.healthy)
        if not poll.going_forward:
            return None
        return self._failed(poll) or self._floor(poll) or self._alarms(poll) or self._progress(poll)

    def unseen(self, seconds: float) -> None:
        """Leave out time in which AWS did not answer: what could not be seen is no lack of progress."""
        self._progress_at += seconds

    def _failed(self, poll: Poll) -> str | None:
        """What has failed stays so, unlike what is healthy at a moment: one poll is enough."""
        if not poll.failed:
            return None
        units = self.spec.UNIT if poll.failed == 1 else f"{self.spec.UNIT}s"
        return f"{poll.failed} {units} of the new release failed, of {poll.desired} desired"

    def _alarms(self, poll: Poll) -> str | None:
        """AWS itself would wait an hour for data of an alarm that was deleted."""
        self._without = self._without + 1 if poll.missing_alarms else 0
        if self._without < POLLS_WITHOUT_ALARM:
            return None
        names = ", ".join(poll.missing_alarms)
        return f"{names} gated the rollout and was deleted, so that nothing watches it any more"

    def _floor(self, poll: Poll) -> str | None:
        held = share(self._settled_desired(poll), self.spec.settings.min_healthy_percent)
        if poll.healthy >= held:
            self._was_at_floor, self._under = True, 0
            return None
        # A fleet that was sick before the rollout began is no reason to stop its cure. Nor is one that seems well for
        # a while: servers that never work are healthy to EC2 until its first check, again and again.
        if self.cure or not self._was_at_floor:
            return None
        self._under += 1
        if self._under < POLLS_UNDER_FLOOR:
            return None
        return f"{poll.healthy} healthy, under the floor of {held}"

    def _settled_desired(self, poll: Poll) -> int:
        """The smallest desired capacity of late: servers of a fresh scale-out cannot be healthy yet."""
        window = self.spec.warm_up_seconds + self.spec.boot_seconds
        self._desired.append((poll.at, poll.desired))
        while self._desired[0][0] < poll.at - window:
            self._desired.popleft()
        return min(desired for _, desired in self._desired)

    def _progress(self, poll: Poll) -> str | None:
        seen = (poll.healthy_new, -poll.old)
        if self._best is None or seen > self._best or poll.baking:
            self._best = seen if self._best is None else max(seen, self._best)
            self._progress_at = poll.at
            return None
        limit = self.spec.patience_seconds + self.spec.pause_seconds
        if poll.at - self._progress_at < limit:
            return None
        return f"no further {self.spec.UNIT} of the new release became healthy within {limit} s"
