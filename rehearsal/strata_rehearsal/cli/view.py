"""What a terminal shows of a rehearsal while it runs, drawn again several times a second."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Group
from rich.table import Table
from rich.text import Text

from strata_rehearsal.run.replay import FleetHistory, Origin, Replay
from strata_rehearsal.run.running_rollouts import RunningRollout, running_rollouts

__all__ = ["View"]


class View:
    """The step under way and for how long, the simulated clock, and the fleets with what they are doing.

    Args:
        monotonic: a clock in seconds. Default: the machine's.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began = monotonic()
        self._step = ""
        self._replay: Replay | None = None

    def step(self, text: str) -> None:
        """What is done from now on."""
        self._step = text

    def fleet(self, replay: Replay) -> None:
        """The fleets as they are now."""
        self._replay = replay

    def __rich__(self) -> Group:
        """The whole view; rich asks for it at each refresh."""
        parts: list[Text | Table] = []
        if self._step:
            parts.append(Text(f"{self._step} ... {self._monotonic() - self._began:.0f} s", style="dim"))
        if self._replay is not None:
            parts.extend(_fleets(self._replay))
        return Group(*parts)


def _fleets(replay: Replay) -> list[Text | Table]:
    fleets = [fleet for fleet in replay.fleets.values() if fleet.looks]
    if not fleets:
        return []
    running = {each.fleet: each for each in running_rollouts(replay)}
    targets = {each.fleet: each.target for each in replay.rolled.values() if each.ended_at is None}
    clock = datetime.fromtimestamp(replay.now(), UTC)
    table = Table.grid(padding=(0, 2))
    for fleet in fleets:
        table.add_row(*_row(fleet, running.get(fleet.key), targets.get(fleet.key)))
    return [Text(f"simulated clock {clock:%H:%M:%S}", style="dim"), table]


def _row(fleet: FleetHistory, rolling: RunningRollout | None, target: Origin | None) -> tuple[Text, ...]:
    look = fleet.looks[-1]
    # without a rollout that defines what is new, it is what was launched for the first time last
    wanted = target or next((made for made in reversed(fleet.images) if made in look.servers), None)
    new = look.servers.get(wanted, 0) if wanted else 0
    old = sum(look.servers.values()) - new
    enough = look.healthy >= look.desired
    return (
        Text(fleet.service, style="bold"),
        Text("\N{FULL BLOCK}" * old, style="bright_black") + Text("\N{FULL BLOCK}" * new, style="blue"),
        Text(f"{old} old, {new} new" if old else fleet.unit.counted(new)),
        Text(f"{look.healthy} of {look.desired} healthy", style="green" if enough else "yellow"),
        Text(rolling.state if rolling else ""),
    )
