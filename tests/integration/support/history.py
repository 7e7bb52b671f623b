"""What the event log of the local AWS says about one part of a test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from strata_rehearsal.cloud.cloud_process import CloudHandle
from strata_rehearsal.run.replay import Look, Replay

__all__ = ["History"]


@dataclass(frozen=True)
class History:
    """Events in the order they happened."""

    events: tuple[Mapping[str, Any], ...]

    @classmethod
    def since(cls, cloud: CloudHandle, number: int) -> "History":
        """Everything after event `number`."""
        return cls(tuple(cloud.events(number)))

    def calls(self, action: str) -> list[Mapping[str, Any]]:
        """The parameters of every API call of that name that was not refused."""
        return [
            event["parameters"]
            for event in self.events
            if event["kind"] == "api" and event["action"] == action and "error" not in event
        ]

    def refusals(self, action: str) -> list[str]:
        """The error codes with which calls of that name were refused."""
        return [
            event["error"]
            for event in self.events
            if event["kind"] == "api" and event["action"] == action and "error" in event
        ]

    def launched(self, groups: Iterable[str]) -> list[str]:
        """Servers that were launched in one of the groups."""
        wanted = set(groups)
        return [event["name"] for event in self._servers("Pending") if event["group"] in wanted]

    def left(self, groups: Iterable[str]) -> list[str]:
        """Servers that were taken out of one of the groups."""
        wanted = set(groups)
        return [event["name"] for event in self._servers("Terminating") if event["group"] in wanted]

    def states(self, subject: str, name: str) -> list[str]:
        """The states something went through."""
        return [
            event["state"]
            for event in self.events
            if event["kind"] == "state" and event["subject"] == subject and event["name"] == name
        ]

    def about(self, names: Iterable[str]) -> list[Mapping[str, Any]]:
        """State changes of these things, or of their servers."""
        wanted = set(names)
        return [
            event
            for event in self.events
            if event["kind"] == "state" and wanted & {event["name"], event.get("group"), event.get("target_group")}
        ]

    def looks(self, group: str) -> list[Look]:
        """What the group looked like after every change; the history must reach back to its creation."""
        replay = Replay()
        replay.feed(self.events)
        return replay.fleets[group].looks

    def _servers(self, state: str) -> list[Mapping[str, Any]]:
        return [
            event
            for event in self.events
            if event["kind"] == "state" and event["subject"] == "server" and event["state"] == state
        ]
