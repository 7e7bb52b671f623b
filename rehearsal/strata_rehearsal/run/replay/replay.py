"""Follows the local AWS's event log."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from strata_rehearsal.run.replay.fleet_history import FleetHistory, Rolled
from strata_rehearsal.run.replay.fleet_log import FleetLog
from strata_rehearsal.run.replay.replayed_servers import ServerEvents
from strata_rehearsal.run.replay.replayed_tasks import TaskEvents

__all__ = ["Replay"]

_SHORT_DIGEST = len("sha256:") + 12
"""As much of a digest as Docker shows of it, and as a release without a version is called."""


class Replay:
    """Follows events in the order they were logged.

    Args:
        now: simulated time in epoch seconds. Default: that of the last event.
        versions: the versions of images, by image id or digest. Default: none are known.
    """

    def __init__(self, now: Callable[[], float] | None = None, versions: Mapping[str, str] | None = None) -> None:
        self.now = now or (lambda: self._at)
        self.last = 0
        self._versions = dict(versions or {})
        self._log = FleetLog()
        self._servers, self._tasks = ServerEvents(self._log), TaskEvents(self._log)
        self._takes: Mapping[str, tuple[Callable[[Mapping[str, Any]], None], ...]] = {
            "group": (self._servers.group,),
            "server": (self._servers.server,),
            "refresh": (self._servers.refresh,),
            "container_service": (self._tasks.container_service,),
            "task": (self._tasks.task,),
            "deployment": (self._tasks.deployment,),
            "target": (self._servers.target, self._tasks.target),
        }
        self._at = 0.0

    @property
    def fleets(self) -> Mapping[str, FleetHistory]:
        """Groups and container services, by their keys."""
        return self._log.fleets

    @property
    def rolled(self) -> Mapping[str, Rolled]:
        """Instance refreshes and service deployments by id, in the order they began."""
        return self._log.rolled

    def name(self, versions: Mapping[str, str]) -> None:
        """Learn the versions of further images, by image id or digest."""
        self._versions.update(versions)

    def version(self, image: str) -> str:
        """The version of an image, else its id; of a container image its tag, else the beginning of its digest."""
        known = self._versions.get(image) or self._log.tags.get(image)
        return known or (image[:_SHORT_DIGEST] if image.startswith("sha256:") else image)

    def feed(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Follow further events; everything that happened at one moment makes one look."""
        for event in events:
            self.last = event["number"]
            if event["kind"] == "api":
                self._servers.call(event)
            if event["kind"] != "state":
                continue
            if event["at"] != self._at:
                self._look()
                self._at = event["at"]
            for take in self._takes.get(event["subject"], ()):
                take(event)
        self._look()

    def _look(self) -> None:
        for name in self._log.changed:
            fleet = self.fleets[name]
            look = fleet.look(self._at)
            # the end of a batch of events may fall inside one moment: the later look at it is the true one
            if fleet.looks and fleet.looks[-1].at == self._at:
                fleet.looks.pop()
            fleet.looks.append(look)
        self._log.changed.clear()
