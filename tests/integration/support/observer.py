"""Looks at services from outside, as a stranger with credentials would, while something else changes them."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.integration.support.site import Site

__all__ = ["GroupObserver", "Observer", "Sighting"]

PAUSE_SECONDS = 0.1
"""Real seconds between two rounds: about one simulated minute."""


@dataclass(frozen=True)
class Sighting:
    """One service at one moment.

    Args:
        before: simulated time before the calls.
        after: simulated time after them.
        healthy: servers or tasks that run and were found healthy before or after they were described. The calls are not
            one: a server may become healthy between them, but none can come and go.
    """

    service: str
    before: float
    after: float
    desired: int
    healthy: int
    total: int


class Observer(threading.Thread, ABC):
    """Polls a stack with clients of its own until it is told to stop.

    Args:
        site: where to look.
        stack: whose services.
    """

    def __init__(self, site: Site, stack: str) -> None:
        super().__init__(name=f"observer of {stack}", daemon=True)
        self._now = site.cloud.clock.now
        self._stack = stack
        self._stopped = threading.Event()
        self.sightings: list[Sighting] = []
        self.failure: Exception | None = None

    @abstractmethod
    def look(self) -> Iterator[Sighting]:
        """One look at everything the stack has."""

    def run(self) -> None:
        try:
            while not self._stopped.wait(PAUSE_SECONDS):
                self.sightings += self.look()
        except Exception as error:  # noqa: BLE001  raised again by `stop`: a thread has nobody to raise to
            self.failure = error

    def stop(self) -> None:
        """Wait for the last round.

        Raises:
            Exception: whatever ended the observer before.
        """
        self._stopped.set()
        self.join()
        if self.failure is not None:
            raise self.failure

    @contextmanager
    def watching(self) -> Generator[None]:
        """Observe for as long as the block runs."""
        self.start()
        try:
            yield
        finally:
            self.stop()


class GroupObserver(Observer):
    """Looks at the groups of a stack.

    Args:
        site: where to look.
        stack: whose groups.
    """

    def __init__(self, site: Site, stack: str) -> None:
        super().__init__(site, stack)
        self._scaling = site.new_client("autoscaling", "observer")
        self._balancing = site.new_client("elbv2", "observer")

    def look(self) -> Iterator[Sighting]:
        for group in self._groups():
            yield from self._see(group)

    def _groups(self) -> list[Mapping[str, Any]]:
        filters = [{"Name": "tag:strata:stack", "Values": [self._stack]}]
        return self._scaling.describe_auto_scaling_groups(Filters=filters)["AutoScalingGroups"]

    def _see(self, known: Mapping[str, Any]) -> Iterator[Sighting]:
        targets, before = known["TargetGroupARNs"], self._now()
        found_before = self._healthy(targets)
        answer = self._scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[known["AutoScalingGroupName"]])
        found_after = self._healthy(targets)
        for group in answer["AutoScalingGroups"]:
            serving = {
                each["InstanceId"]
                for each in group["Instances"]
                if each["LifecycleState"] == "InService" and each["HealthStatus"] == "Healthy"
            }
            placed = [
                each for each in group["Instances"] if each["LifecycleState"].startswith(("Pending", "InService"))
            ]
            tags = {each["Key"]: each["Value"] for each in group["Tags"]}
            yield Sighting(
                service=tags["strata:service"],
                before=before,
                after=self._now(),
                desired=group["DesiredCapacity"],
                healthy=len(serving & (found_before | found_after)) if targets else len(serving),
                total=len(placed),
            )

    def _healthy(self, targets: list[str]) -> set[str]:
        return {
            each["Target"]["Id"]
            for arn in targets
            for each in self._balancing.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
            if each["TargetHealth"]["State"] == "healthy"
        }
