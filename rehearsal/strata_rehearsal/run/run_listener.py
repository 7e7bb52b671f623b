"""What follows the engine during a rehearsal: its observer, and the policy rules, which read its events."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from strata.engine.events import Event
from strata.policy import Terms, Violation, judge
from strata.resource_hooks import reason_given_up
from strata.resources.resource import Resource, read_resource
from strata.resources.values import plain
from strata_rehearsal.run.replay import Replay

__all__ = ["PolicyInspection", "RehearsalObserver", "RunListener"]


_KINDS = ("resourcePreEvent", "resOutputsEvent")
"""Events that say what the engine makes of a resource."""


class PolicyInspection:
    """Collects what the engine makes of each resource, and checks it against the policy rules in the end.

    It reads the engine's own events, so it costs nothing. A policy pack would stop the engine at the first resource
    that breaks a rule; a local AWS can be built with it, and then everything is reported at once, of the whole stack.
    """

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}

    def event(self, event: Event) -> None:
        """Read an event; the last one about a resource counts."""
        if event.kind not in _KINDS:
            return
        metadata: Mapping[str, Any] = event.body.get("metadata") or {}
        new: Mapping[str, Any] = metadata.get("new") or {}
        if not new:
            self._resources.pop(str(metadata.get("urn")), None)
            return
        found = read_resource(new)
        self._resources[found.urn] = replace(found, inputs=plain(found.inputs), outputs=plain(found.outputs))

    def findings(self, terms: Terms) -> tuple[Violation, ...]:
        """Everything the rules find, mandatory rules first."""
        return tuple(sorted(judge(self._resources.values(), terms), key=lambda each: not each.mandatory))


class RehearsalObserver(Protocol):
    """Follows a rehearsal."""

    def say(self, severity: str, text: str) -> None:
        """A line from the engine, the gate or the program."""

    def step(self, text: str) -> None:
        """What is done next, before there is a fleet to see. It may be called from any thread."""

    def fleet(self, replay: Replay) -> None:
        """The fleets as they are now; called several times a second."""


class RunListener:
    """Passes what is reported during a run to the observer, and what is made to the policy rules."""

    def __init__(self, observer: RehearsalObserver, inspection: PolicyInspection) -> None:
        self._observer = observer
        self._inspection = inspection
        self.gave_up: dict[str, str] = {}
        """Why the gate stopped a rollout, by service."""
        self._done = 0

    def console(self, line: str, /) -> None:
        """The engine's own printing repeats its events."""

    def event(self, event: Event, /) -> None:
        self._inspection.event(event)
        if event.step is not None and event.kind == "resOutputsEvent" and event.step.operation != "same":
            self._done += 1
            self._observer.step(f"applying: {self._done} resources done")
        found = event.diagnostic
        if found is not None and not found.ephemeral and found.message:
            stopped = reason_given_up(found.message)
            self.gave_up.update([stopped] if stopped else [])
            self._observer.say(found.severity.partition("#")[0], found.message)
