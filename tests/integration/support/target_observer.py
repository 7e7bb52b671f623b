"""Looks at the target groups of a stack from outside: who gets requests, whatever Auto Scaling or ECS says of it."""

from collections.abc import Iterator

from tests.integration.support.observer import Observer, Sighting
from tests.integration.support.site import Site

__all__ = ["TargetObserver"]


class TargetObserver(Observer):
    """Counts healthy targets; each look is one call, so that nobody can come and go within it.

    Args:
        site: where to look.
        stack: whose service.
        service: the service.
        group: ARN of its target group.
    """

    def __init__(self, site: Site, stack: str, service: str, group: str) -> None:
        super().__init__(site, stack)
        self._service = service
        self._group = group
        self._balancing = site.new_client("elbv2", "observer")

    @property
    def fewest(self) -> int:
        """The fewest that were healthy in any look; at least one look there must have been."""
        assert self.sightings, "nothing was looked at"
        return min(each.healthy for each in self.sightings)

    def look(self) -> Iterator[Sighting]:
        before = self._now()
        found = self._balancing.describe_target_health(TargetGroupArn=self._group)["TargetHealthDescriptions"]
        healthy = sum(each["TargetHealth"]["State"] == "healthy" for each in found)
        yield Sighting(
            service=self._service,
            before=before,
            after=self._now(),
            desired=len(found),
            healthy=healthy,
            total=len(found),
        )
