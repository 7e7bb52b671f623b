"""The service `web` of the stack `prod` on the local AWS, and its stack as a person names it; time stands still."""

from dataclasses import replace
from typing import Any

import pytest

from strata.break_glass.closing import ClosedGlass, GlassEnd, close_break_glass
from strata.break_glass.glass_store import GlassStore
from strata.break_glass.opening import OpenedGlass
from strata.rollout.break_glass_note import BreakGlass
from strata.rollout.stack_place import StackPlace
from tests.unit.break_glass.letting_in import let_in, place_of
from tests.unit.drift.drifting_fleet import DriftingFleet
from tests.unit.rehearsal.cloud.conftest import Aws, aws, bare, clients

__all__ = ["GlassFleet", "aws", "bare", "clients", "glass"]


class GlassFleet(DriftingFleet):
    """A fleet into whose servers somebody is let."""

    @property
    def place(self) -> StackPlace:
        """Its stack."""
        return place_of(self)

    def open(self, server: str, **how: Any) -> OpenedGlass:
        return let_in(self, server, **how)

    def close(self, server: str, *, dry_run: bool = False, **end: str) -> ClosedGlass:
        return close_break_glass(self.place, server, GlassEnd(**end), dry_run=dry_run)

    def noted(self, server: str) -> BreakGlass:
        found = GlassStore(self.place).of("web", server)
        assert found is not None
        return found

    def write(self, server: str, **changes: Any) -> None:
        """Change what is noted of a server."""
        GlassStore(self.place).keep(replace(self.noted(server), **changes))

    def state(self, server: str) -> str:
        """The lifecycle state of a server; empty for one that its group does not have."""
        return {each["InstanceId"]: each["LifecycleState"] for each in self.aws.instances()}.get(server, "")

    def tags(self, server: str) -> dict[str, str]:
        (found,) = self.aws.ec2.describe_instances(InstanceIds=[server])["Reservations"][0]["Instances"]
        return {each["Key"]: each["Value"] for each in found["Tags"]}


@pytest.fixture
def glass(aws: Aws) -> GlassFleet:
    """A web service of three servers behind a load balancer, healthy and recorded."""
    return GlassFleet(aws)
