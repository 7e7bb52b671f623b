"""Makes things happen to a stack while `up` rolls it: scale-out, deaths, other operators, and the death of `up`."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from strata.engine.engine_run import EngineResult, EngineRun
from strata_rehearsal.cloud.cloud_handle import CloudHandle
from tests.integration.soak.operators import OPERATOR, Operator
from tests.integration.soak.scenario import Flock, Scenario
from tests.integration.support import Trial

__all__ = ["Companion", "Trouble"]

LOOK_SECONDS = 0.05
"""Real seconds between two looks at the event log."""

OUTSIDERS = ("test", "observer", OPERATOR)
"""Callers whose API calls are not those of `up`."""


log = logging.getLogger(__name__)


class Companion:
    """Stays with one run of the engine, and kills it at an API call.

    Args:
        cloud: the local AWS, whose event log counts the calls.
        killed_at: the call; 0 is none.
    """

    def __init__(self, cloud: CloudHandle, killed_at: int) -> None:
        self._cloud = cloud
        self._killed_at = killed_at
        self._seen = cloud.admin("state")["events"]
        self.calls = 0

    async def accompany(self, run: EngineRun) -> EngineResult:
        """Wait for the end of a run, making trouble until then."""
        ended = asyncio.ensure_future(run.result())
        while not (await asyncio.wait([ended], timeout=LOOK_SECONDS))[0]:
            self._read(await asyncio.to_thread(self._cloud.events, self._seen))
            await asyncio.to_thread(self._act)
            if 0 < self._killed_at <= self.calls:
                run.kill()
        return ended.result()

    def _read(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self._seen = event["number"]
            # the engine's question for the key of its secrets is nothing that a rollout does
            if event["kind"] == "api" and event["service"] != "kms" and event["caller"] not in OUTSIDERS:
                self.calls += 1

    def _act(self) -> None:
        """Make trouble, if it is time for any."""


class Trouble(Companion):
    """What happens during one run of the engine.

    Args:
        trial: the stack.
        flock: what is to happen.
        groups: group name by service.
    """

    def __init__(self, trial: Trial, flock: Flock, groups: Mapping[str, str]) -> None:
        super().__init__(trial.site.cloud, flock.killed_at)
        self._operator = Operator(trial.site)
        self._flock = flock
        self._groups = groups
        self._rolling_since: dict[str, float] = {}
        self._done: set[tuple[str, str]] = set()

    def _read(self, events: list[dict[str, Any]]) -> None:
        super()._read(events)
        services = {group: service for service, group in self._groups.items()}
        for event in events:
            if event["kind"] == "state" and event["subject"] == "refresh" and event["group"] in services:
                self._rolling_since.setdefault(services[event["group"]], event["at"])

    def _act(self) -> None:
        for scenario in self._flock.scenarios:
            since = self._rolling_since.get(scenario.service)
            if since is None:
                continue
            passed = self._cloud.clock.now() - since
            if scenario.scale_out and passed >= scenario.scale_at and self._first_time(scenario, "scale-out"):
                self._cloud.set_capacity(self._groups[scenario.service], scenario.size + scenario.scale_out)
            if scenario.deaths and passed >= scenario.death_at and self._first_time(scenario, "deaths"):
                self._cloud.admin("kill", {"group": self._groups[scenario.service], "count": scenario.deaths})

            for number, (what, at) in enumerate(scenario.interventions):
                if passed >= at and self._first_time(scenario, f"intervention {number}"):
                    taken = self._operator.intervene(what, scenario, self._groups[scenario.service])
                    log.info("%s: %s at %.0f%s", scenario.service, what, passed, "" if taken else ", too late")

    def _first_time(self, scenario: Scenario, what: str) -> bool:
        new = (scenario.service, what) not in self._done
        self._done.add((scenario.service, what))
        return new
