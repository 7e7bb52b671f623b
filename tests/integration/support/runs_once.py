"""A service that runs something once before its rollouts, whatever it runs on, and what holds of each alike."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.engine.engine_run import EngineResult
from strata.naming import record_name
from strata.rollout.once_note import OnceNote, once_name, read_once
from tests.integration.support.trial import PROJECT, Said, Trial
from tests.integration.support.waiting import until

__all__ = ["FOR_EVER", "RunsOnce", "is_killed_while_it_runs", "runs_once_for_each_release"]

FOR_EVER = 86_400
"""Simulated seconds of what is not to end before it is told to: two minutes of the test's own."""


@dataclass
class RunsOnce:
    """Such a service, on a stack of its own."""

    trial: Trial
    name: str

    def use(self, version: str, **before: Any) -> None:
        """Let the program ask for an image from now on."""
        raise NotImplementedError

    def runs(self) -> list[str]:
        """What it ran on, oldest first."""
        raise NotImplementedError

    def is_live(self, version: str) -> None:
        """The record and all that runs agree on the version."""
        raise NotImplementedError

    async def up(self, version: str, said: Said | None = None, **before: Any) -> EngineResult:
        self.use(version, **before)
        return await self.trial.up(said=said)

    def states(self) -> list[Mapping[str, Any]]:
        """What became of everything of its name, in order."""
        events = self.trial.history.events
        return [each for each in events if each["kind"] == "state" and each.get("service") == self.name]

    def note(self) -> OnceNote | None:
        """The newest note of what ran once."""
        path = once_name(record_name(PROJECT, self.trial.stack, self.name), "migrate", "")
        found = self.trial.site.client("ssm").get_parameters_by_path(Path=path.rstrip("/"))["Parameters"]
        notes = [read_once(each["Value"]) for each in found]
        return max((each for each in notes if each is not None), key=lambda each: each.began, default=None)


async def runs_once_for_each_release(migrated: RunsOnce) -> None:
    """After the first release: not again for the same, once for the next, and not on the way back."""
    (ran,) = migrated.runs()
    migrated.is_live("1.0.0")
    # the same once more, with something else of the stack
    migrated.trial.tags = {"team": "shop"}
    again = await migrated.up("1.0.0")
    assert again.ok, again.reason
    assert migrated.runs() == [ran]
    said = Said()
    migrated.use("1.1.0")
    seen = await migrated.trial.preview(said=said)
    assert seen.ok, seen.reason
    assert said.has("first runs migrate once for this release: manage migrate, for up to 24 h"), said.lines
    second = await migrated.up("1.1.0")
    assert second.ok, second.reason
    assert len(migrated.runs()) == 2
    migrated.is_live("1.1.0")
    back = await migrated.up("1.0.0")
    assert back.ok, back.reason
    assert len(migrated.runs()) == 2
    migrated.is_live("1.0.0")
    unchanged = await migrated.trial.unchanged()
    assert unchanged.ok, unchanged.reason


async def is_killed_while_it_runs(trial: Trial) -> None:
    """Kill an `up` to 1.1.0 in the middle of what it runs before."""
    said = Said()
    run = await trial.start_up(said)
    ended = asyncio.ensure_future(run.result())
    await until(ended, said, "running migrate before the rollout to 1.1.0")
    run.kill()
    await ended
