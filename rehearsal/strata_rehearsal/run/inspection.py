"""The policy rules in a rehearsal: read from the engine's own events, so that they cost nothing and all are told.

A policy pack would stop the engine at the first resource that breaks a rule. A local AWS can be built with it, and then
everything is known at once, of the whole stack.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from strata.engine.events import Event
from strata.policy import Terms, Violation, judge
from strata.resources.resource import Resource, read_resource
from strata.resources.values import plain

__all__ = ["PolicyInspection"]

_TOLD = ("resourcePreEvent", "resOutputsEvent")


class PolicyInspection:
    """Collects what the engine makes of each resource, and judges it in the end."""

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}

    def event(self, event: Event) -> None:
        """Take in an event; the last word on a resource counts."""
        if event.kind not in _TOLD:
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
