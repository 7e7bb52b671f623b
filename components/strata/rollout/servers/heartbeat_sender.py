"""Sends the heartbeat of a gate: until its alarm is OK before a refresh starts, and with each look at the refresh."""

from dataclasses import replace

from strata.aws.outage import describe_failure
from strata.clock import Clock
from strata.errors import PreflightError
from strata.naming import heartbeat_name
from strata.resource_hooks import Console
from strata.rollout.aws_calls import GOES_ON
from strata.rollout.preflight_findings import MAKE_AGAIN
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.heartbeat import Heartbeat, heartbeat_of
from strata.rollout.servers.refresh import FORWARD
from strata.rollout.servers.server_spec import ServerRollout
from strata.rollout.servers.views import RefreshView

__all__ = ["HeartbeatSender"]

FIRST_OK_SECONDS = 900
"""How long the alarm may take to see the heartbeat: a new metric is counted after two minutes, seldom more."""

STALE_OK_SECONDS = 180
"""How long an alarm is not believed that was OK before the first heartbeat: it may be about to miss that of the gate
before, and CloudWatch counts new data only after two minutes."""


class HeartbeatSender:
    """One gate's heartbeat. It goes with the looks at a refresh: a gate that sees nothing is as good as dead.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where lines go.
        poll_seconds: pause between two heartbeats while the alarm is waited for.
    """

    def __init__(self, aws: AsyncDriver, clock: Clock, console: Console, poll_seconds: float) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds
        self._failing = False

    def expect(self, rollout: ServerRollout) -> None:
        """From here on a refresh may run that goes back when the gate is gone; errors say so."""
        if rollout.spec.heartbeat is not None:
            minutes = rollout.spec.settings.heartbeat_minutes
            self._aws.unwatched = f"goes back by itself after {minutes} min without a heartbeat"

    def bound(self, rollout: ServerRollout) -> ServerRollout:
        """The rollout with the alarm that misses the heartbeat among its own, if there is something to go back to."""
        name = rollout.spec.heartbeat
        if name is None:
            return rollout
        if not rollout.can_roll_back:
            self._aws.unwatched = GOES_ON
            self._console.say(f"{rollout.service}: no heartbeat guards this rollout: there is nothing to go back to")
            return rollout
        return replace(rollout, alarms=(*rollout.alarms, name))

    async def until_ok(self, rollout: ServerRollout) -> None:
        """Send heartbeats until the alarm is OK, since AWS starts no refresh before it is.

        Raises:
            PreflightError: AWS does not accept them, or the alarm is not there, or does not see them.
        """
        heartbeat = heartbeat_of(rollout.spec)
        if heartbeat is None or heartbeat.alarm not in rollout.alarms:
            return
        began = self._clock.now()
        stale: bool | None = None
        while True:
            await self._first_beats(rollout, heartbeat)
            states = await self._aws.alarm_states([heartbeat.alarm])
            began += self._aws.take_waited()
            passed = self._clock.now() - began
            if heartbeat.alarm not in states:
                raise PreflightError(
                    f"{rollout.service}: alarm {heartbeat.alarm} does not exist, so nothing would miss the heartbeat",
                    fix=MAKE_AGAIN,
                )
            state, _ = states[heartbeat.alarm]
            # once it was not OK, only this gate's own heartbeats can have made it so
            stale = state == "OK" and stale is not False
            if state == "OK" and (not stale or passed >= STALE_OK_SECONDS):
                return
            if passed >= FIRST_OK_SECONDS:
                raise PreflightError(
                    f"{rollout.service}: alarm {heartbeat.alarm} is {state} after {passed:.0f} s of heartbeats, and "
                    "AWS starts no refresh with it",
                    fix="Run `pulumi up --refresh`, which sets the alarm as it should be, and try again.",
                )
            self._console.tick(f"{rollout.service}: sending heartbeats until {heartbeat.alarm} counts them: {state}")
            await self._clock.sleep(self._poll_seconds)

    async def beat(self, rollout: ServerRollout, refresh: RefreshView) -> None:
        """Send one with a look at the refresh, if that waits for it. One that fails is a warning, and no verdict."""
        # by the refresh itself: one that is adopted was started with the settings of its day
        heartbeat = Heartbeat(heartbeat_name(rollout.spec.record))
        if refresh.status not in FORWARD or heartbeat.alarm not in refresh.alarms:
            return
        try:
            await self._aws.beat_once(heartbeat)
        except Exception as error:  # noqa: BLE001  whatever it is, EC2 decides by the alarm
            if not self._failing:
                self._console.warn(
                    f"{rollout.service}: a heartbeat was not accepted ({describe_failure(error)}); "
                    "EC2 takes the rollout back if it misses them for long"
                )
            self._failing = True
        else:
            if self._failing:
                self._console.say(f"{rollout.service}: heartbeats are accepted again")
            self._failing = False

    async def _first_beats(self, rollout: ServerRollout, heartbeat: Heartbeat) -> None:
        try:
            await self._aws.beat(heartbeat)
        except Exception as error:
            raise PreflightError(
                f"{rollout.service}: AWS does not accept the gate's heartbeat: {describe_failure(error)}",
                fix="Allow cloudwatch:PutMetricData to whoever runs `up`, or remove `rollout.heartbeat_minutes`.",
            ) from error
