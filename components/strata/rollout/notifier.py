"""Notifies an SNS topic of how a rollout goes. A message that cannot be sent is a warning and decides nothing."""

import asyncio

from strata.resource_hooks import Console
from strata.rollout.aws_calls import AsyncAws
from strata.rollout.spec import Rollout

__all__ = ["Notifier"]


class Notifier:
    """One rollout's messages: its start, each checkpoint, and how it ended.

    Args:
        aws: AWS.
        rollout: the rollout; without a topic in its spec nothing is sent.
        console: where a message that could not be sent is reported.
    """

    def __init__(self, aws: AsyncAws, rollout: Rollout, console: Console) -> None:
        self._aws = aws
        self._rollout = rollout
        self._console = console
        self._checkpoints = list(rollout.spec.checkpoints)
        self._sending: asyncio.Future[None] | None = None

    async def started(self) -> None:
        self._send("started", f"rolling to {self._rollout.release.image}")

    async def reached(self, percentage: int) -> None:
        """Notify of the checkpoints that the rollout has passed since the last call."""
        while self._checkpoints and percentage >= self._checkpoints[0]:
            percent = self._checkpoints.pop(0)
            self._send(f"{percent} %", f"checkpoint of {percent} % reached on {self._rollout.release.image}")

    async def failed(self, reason: str) -> None:
        self._send("failed", reason)
        await self.finish()

    async def unwatched(self, reason: str) -> None:
        """The gate has given up watching before the end: AWS may go on, and nobody reports how it ends."""
        self._send("no longer watched", f"the gate gave up on {self._rollout.release.image}: {reason}")
        await self.finish()

    async def succeeded(self) -> None:
        self._send("succeeded", f"every {self._rollout.spec.UNIT} runs {self._rollout.release.image}")
        await self.finish()

    async def finish(self) -> None:
        """Wait until every message was sent or given up."""
        if self._sending is not None:
            await self._sending

    def _send(self, what: str, message: str) -> None:
        """Send it after those before it, while the rollout goes on: a topic out of reach must not blind the gate."""
        if (topic := self._rollout.spec.topic) is not None:
            self._sending = asyncio.ensure_future(self._publish(topic, what, message, after=self._sending))

    async def _publish(self, topic: str, what: str, message: str, *, after: asyncio.Future[None] | None) -> None:
        if after is not None:
            await after
        service = self._rollout.service
        try:
            await self._aws.publish(topic, f"{service} rollout {what}", f"{service}: {message}")
        except Exception as error:  # noqa: BLE001  a notification never decides a rollout
            self._console.warn(f"{service}: {topic} could not be notified: {error}")
