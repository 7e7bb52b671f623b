"""Tells an SNS topic how a rollout goes. A message that cannot be sent is a warning and decides nothing."""

from strata.rollout.console import Console
from strata.rollout.order import Order
from strata.rollout.views import RefreshView
from strata.rollout.watch import Calls

__all__ = ["Herald"]


class Herald:
    """One rollout's messages: its start, each checkpoint, and how it ended.

    Args:
        calls: AWS.
        order: the rollout; without a topic in its manner nothing is sent.
        console: where a message that could not be sent is reported.
    """

    def __init__(self, calls: Calls, order: Order, console: Console) -> None:
        self._calls = calls
        self._order = order
        self._console = console
        self._checkpoints = list(order.manner.rollout.checkpoint_percentages)

    async def started(self) -> None:
        await self._send("started", f"rolling to {self._order.release.image}")

    async def reached(self, refresh: RefreshView) -> None:
        """Tell of the checkpoints that the refresh has passed since the last call."""
        while self._checkpoints and refresh.percentage >= self._checkpoints[0]:
            percent = self._checkpoints.pop(0)
            await self._send(f"{percent} %", f"checkpoint of {percent} % reached on {self._order.release.image}")

    async def failed(self, reason: str) -> None:
        await self._send("failed", reason)

    async def succeeded(self) -> None:
        await self._send("succeeded", f"every server runs {self._order.release.image}")

    async def _send(self, what: str, message: str) -> None:
        topic = self._order.manner.topic
        if topic is None:
            return
        try:
            await self._calls.once(
                self._calls.driver.publish,
                topic,
                f"{self._order.service} rollout {what}",
                f"{self._order.service}: {message}",
            )
        except Exception as error:  # noqa: BLE001  a notification never decides a rollout
            self._console.warn(f"{self._order.service}: {topic} could not be told: {error}")
