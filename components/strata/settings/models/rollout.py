"""How servers are replaced, and what stops it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from strata.durations import duration_seconds, duration_text
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stack, by_stage
from strata.settings.models.rule import Conflict, rule
from strata.settings.models.run_once import RunOnceSettings
from strata.settings.models.verify import VerifySettings, no_time_for

__all__ = ["AlarmGate", "AlarmSettings", "GateSettings", "OnInProgress", "ProtectedServers", "Retry", "RolloutSettings"]

MAX_SPAN: Final = 100
"""StartInstanceRefresh: the difference of the two percentages."""
ALL: Final = 100
"""Percent of a fleet. As a floor it means that new servers come first."""
LEAST_HEARTBEAT_MINUTES: Final = 3
"""Fewer would mistake a request that is lost and repeated for a gate that has died."""
MOST_HEARTBEAT_MINUTES: Final = 1440
"""PutMetricAlarm: evaluation periods of less than an hour span a day at most."""
LEAST_KEPT_SECONDS: Final = 900
MOST_KEPT_SECONDS: Final = 604_800
"""A kept server is paid for like any other, and what it shows gets no better within a week."""


class OnInProgress(StrEnum):
    """What a rollout does when another one, for another release, is still running."""

    FAIL = "fail"
    """Refuse to start."""
    WAIT = "wait"
    """Start when the other one has ended."""
    SUPERSEDE = "supersede"
    """Cancel the other one, then start."""


class AlarmGate(StrEnum):
    """Whether alarms can stop a rollout; ignore-once lets a rollout start although one is in ALARM."""

    ON = "on"
    """An alarm stops a rollout, and one in ALARM lets none start."""
    OFF = "off"
    """Alarms notify and stop nothing."""
    IGNORE_ONCE = "ignore-once"
    """A rollout starts although alarms are in ALARM; those that are OK still stop it."""


class Retry(StrEnum):
    """Whether the next `up` tries a release again that was rolled back."""

    ALWAYS = "always"
    """Try it again, and announce the retry."""
    NEVER = "never"
    """Refuse it until another release is pinned."""


class ProtectedServers(StrEnum):
    """What a rollout does with servers in standby or protected from scale-in. AWS's own Wait stalls an hour."""

    IGNORE = "ignore"
    """Leave them as they are, on their old release."""
    REPLACE = "replace"
    """Replace them like all others."""


class AlarmSettings(Settings):
    """The alarms that gate a rollout, both of the service's own target group."""

    error_rate_percent: float = Field(default=5.0, gt=0, le=100)
    """Share of 5xx answers, in percent of requests. Default: 5."""
    latency_p95_seconds: float = Field(default=2.0, gt=0, le=300)
    """95th percentile of the answer time, in seconds. Default: 2."""
    period_seconds: int = Field(default=60, ge=60, le=3600, multiple_of=60)
    """Length of a data point, a multiple of 60 (CloudWatch). Default: 60."""
    periods: int = Field(default=2, ge=1, le=10)
    """Bad data points in a row that raise the alarm. Default: 2."""


class GateSettings(Settings):
    """What every rollout has, whatever it replaces: its floor, and what the gate does when it does not go well."""

    min_healthy_percent: int = by_stage(dev=50, staging=100, prod=100, ge=0, le=100)
    """Minimum of what is healthy, in percent of desired."""
    auto_rollback: bool = by_stage(dev=True, staging=True, prod=True)
    """Go back to the old release when the new one fails."""
    alarms: AlarmGate = by_stage(dev=AlarmGate.OFF, staging=AlarmGate.ON, prod=AlarmGate.ON)
    """Whether alarms stop a rollout."""
    on_in_progress: OnInProgress = OnInProgress.FAIL
    """What to do when a rollout of another release is running. Default: fail."""
    retry: Retry = Retry.ALWAYS
    """Whether an `up` tries a rolled-back release again. Default: always."""
    progress_deadline_seconds: int = Field(default=1200, ge=60, le=3600)
    """Seconds without further progress, beyond a boot and the first checks, until the gate gives up. Default: 1200."""
    outage_deadline_seconds: int = Field(default=1800, ge=60, le=43_200)
    """Seconds AWS may leave a call unanswered until the gate gives up, at most the twelve hours a session can last
    (IAM). Default: 1800."""
    verify: VerifySettings | None = None
    """What the new release is asked before its rollout is final. If it does not answer as expected, it is taken back.
    Default: nothing, besides its health checks and alarms."""
    before: RunOnceSettings | None = None
    """What runs once for each release, before anything is replaced and before the service is made, such as a migration
    of the database. If it fails, so does the rollout, with nothing replaced. Default: nothing."""

    @property
    def one_way(self) -> bool:
        """Whether the release before cannot run any more once the rollout has begun."""
        return self.before is not None and self.before.one_way

    @property
    def goes_back(self) -> bool:
        """Whether a rollout that fails may go back by itself."""
        return self.auto_rollback and not self.one_way

    @rule("once-rollback", "Nothing goes back by itself to a release that cannot run any more.")
    def _rollback_after(self) -> Iterator[Conflict]:
        if self.one_way and self.auto_rollback and "auto_rollback" in self.model_fields_set:
            yield Conflict(
                ("auto_rollback",),
                self.auto_rollback,
                expected="false or nothing with before.compatible none: the release before cannot run after that",
                fix="Remove it, or let before.compatible be both.",
                reads=(("before", "compatible"),),
            )

    @rule("verify-rollback", "What is verified can be taken back.")
    def _taken_back(self) -> Iterator[Conflict]:
        if self.verify is not None and not self.auto_rollback:
            yield Conflict(
                ("verify",),
                self.verify.model_dump(include=self.verify.model_fields_set),
                expected="nothing without auto_rollback: a release that fails it would stay",
                fix="Set auto_rollback to true, or remove verify.",
                reads=(("auto_rollback",),),
            )


class RolloutSettings(GateSettings):
    """How servers are replaced. Percentages and times are those of an EC2 instance refresh."""

    min_healthy_percent: int = by_stage(dev=50, staging=100, prod=100, ge=0, le=100)
    """Minimum of healthy servers, in percent of desired. 100 launches first: the default for one or two servers
    in each stage."""
    max_healthy_percent: int = by_stage(dev=150, staging=150, prod=125, ge=100, le=200)
    """Maximum number of servers, in percent of desired; at most 100 above the minimum (EC2)."""
    bake_seconds: int = by_stage(dev=0, staging=300, prod=600, ge=0, le=172_800)
    """Seconds to watch after the last replacement, at most two days (EC2)."""
    checkpoint_percentages: tuple[Annotated[int, Field(ge=1, le=100)], ...] = by_stack(())
    """Percentages replaced at which a rollout pauses; the last must be 100. Default: none; prod 10, 50, 100 when
    `capacity.min` is ten or more."""
    checkpoint_delay_seconds: int = Field(default=300, ge=0, le=172_800)
    """Seconds of each pause, at most two days (EC2). Default: 300."""
    scale_in_protected: ProtectedServers = ProtectedServers.REPLACE
    """Servers protected from scale-in. Default: replace."""
    standby: ProtectedServers = ProtectedServers.IGNORE
    """Servers in standby. Default: ignore."""
    progress_deadline_seconds: int = Field(default=1200, ge=60, le=3600)
    """Seconds without a further healthy new server, beyond a boot and a warm-up, until the gate gives up. AWS itself
    gives up after 3600. Default: 1200."""
    heartbeat_minutes: int | None = Field(default=None, ge=LEAST_HEARTBEAT_MINUTES, le=MOST_HEARTBEAT_MINUTES)
    """Minutes without a heartbeat of the gate after which EC2 takes the rollout back by itself, two or three later as
    CloudWatch counts, so that nothing is rolled out unwatched. Needs `auto_rollback` and `alarms`; each start waits
    some minutes for the alarm. Default: none, which lets a rollout continue in AWS although its `up` has died."""

    keep_failed: str | None = Field(default=None, pattern=patterns.DURATION, examples=["2h"])
    """How long one server of a rollout that has failed is kept, from 15m to 7d, so that somebody can look into it: out
    of service, and beside the servers that the group wants. Default: none is kept."""

    @property
    def keep_failed_seconds(self) -> int:
        """Seconds of `keep_failed`; 0 where nothing is kept."""
        return duration_seconds(self.keep_failed) or 0 if self.keep_failed is not None else 0

    @rule("keep-failed-span", "A failed server is kept from 15 minutes to a week.")
    def _kept_long_enough(self) -> Iterator[Conflict]:
        if self.keep_failed is not None and not LEAST_KEPT_SECONDS <= self.keep_failed_seconds <= MOST_KEPT_SECONDS:
            yield Conflict(
                ("keep_failed",),
                self.keep_failed,
                expected=f"{duration_text(LEAST_KEPT_SECONDS)} to {duration_text(MOST_KEPT_SECONDS)}",
                fix="Write 2h, or remove it.",
            )

    @rule("rollout-span", "The healthy percentages are at most 100 apart.")
    def _span(self) -> Iterator[Conflict]:
        low, high = self.min_healthy_percent, self.max_healthy_percent
        if high - low > MAX_SPAN:
            yield Conflict(
                ("max_healthy_percent",),
                high,
                expected=f"at most {low + MAX_SPAN}, {MAX_SPAN} above min_healthy_percent",
                fix="Lower it, or raise min_healthy_percent.",
                reads=(("min_healthy_percent",),),
            )

    @rule("checkpoints-order", "Checkpoints rise.")
    def _checkpoints(self) -> Iterator[Conflict]:
        shares = list(self.checkpoint_percentages)
        if shares != sorted(set(shares)):
            yield Conflict(
                ("checkpoint_percentages",),
                shares,
                expected="percentages that rise, each once",
                fix=f"Write {sorted(set(shares))}.",
            )

    @rule("checkpoints-end", "The last checkpoint is 100.")
    def _last_checkpoint(self) -> Iterator[Conflict]:
        shares = list(self.checkpoint_percentages)
        if shares and max(shares) != ALL:
            yield Conflict(
                ("checkpoint_percentages",),
                shares,
                expected="100 at the end: EC2 stops at the last one and leaves the rest unreplaced",
                fix=f"Write {[*sorted(set(shares)), ALL]}.",
            )

    @rule("verify-time", "A release is verified while it can be taken back.")
    def _time_to_verify(self) -> Iterator[Conflict]:
        yield from no_time_for(self.verify, ("bake_seconds",), self.bake_seconds)

    @rule("heartbeat-rollback", "A heartbeat has a rollback to prevent.")
    def _goes_back(self) -> Iterator[Conflict]:
        if self.heartbeat_minutes is not None and not self.auto_rollback:
            yield Conflict(
                ("heartbeat_minutes",),
                self.heartbeat_minutes,
                expected="none: without auto_rollback a rollout would stop halfway when its gate is gone",
                fix="Set auto_rollback to true, or remove it.",
                reads=(("auto_rollback",),),
            )
        elif self.heartbeat_minutes is not None and self.one_way:
            yield Conflict(
                ("heartbeat_minutes",),
                self.heartbeat_minutes,
                expected="none with before.compatible none: nothing may go back when the gate is gone",
                fix="Remove it for this release, or let before.compatible be both.",
                reads=(("before", "compatible"),),
            )

    @rule("heartbeat-alarms", "A heartbeat is watched by an alarm.")
    def _watched(self) -> Iterator[Conflict]:
        if self.heartbeat_minutes is not None and self.alarms is AlarmGate.OFF:
            yield Conflict(
                ("heartbeat_minutes",),
                self.heartbeat_minutes,
                expected="none: it is an alarm that misses the heartbeat, and alarms are off",
                fix="Set alarms to on, or remove it.",
                reads=(("alarms",),),
            )
