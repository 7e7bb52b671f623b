"""Random histories of a healthy service hold no drift at any moment, and what a person then changes is found."""

import random
from collections.abc import Callable, Sequence
from types import SimpleNamespace

from strata.break_glass.closing import GlassEnd, close_break_glass
from strata.rollout.note import Phase
from strata_rehearsal.cloud import patches, state
from tests.property.healthy_history import EVENTS, HealthyHistory, as_many_as_asked
from tests.unit.break_glass.letting_in import let_in, place_of
from tests.unit.drift.drifting_fleet import DAY, GROUP, REFRESH, TAGS, DriftingFleet
from tests.unit.rehearsal.cloud.conftest import NEW, OLD, Aws, clients

__all__ = ["clients"]

VERSIONS = {OLD: "1.0.0", NEW: "1.1.0"}
"""As the images are tagged: no gate records another name."""
AS_A_GATE = {**REFRESH, "StandbyInstances": "Ignore"}
"""What AWS is asked for where somebody stands by: by default it waits for an hour, and fails."""


pytest_generate_tests = as_many_as_asked


class History(HealthyHistory):
    """What happens to a service that nobody changes by hand: rollouts, scaling, lifetimes, break-glass, cost tags.

    Args:
        fleet: the service.
        chance: what happens when.
    """

    def __init__(self, fleet: DriftingFleet, chance: random.Random) -> None:
        super().__init__(fleet, chance)
        self.fleet = fleet
        self.release = ("1.0.0", OLD, "d1", fleet.first)
        self.tags = TAGS

    @property
    def events(self) -> Sequence[Callable[[], object]]:
        return (
            *(self.rolls, self.rolls_back, self.scales, self.ages, self.stands_by, self.is_tagged, self.waits),
            *(self.crashes, self.loses_one, self.breaks_glass),
        )

    def rolls(self) -> None:
        """A new release, looked at all the way; its gate records it."""
        self.number += 1
        image, digest = self.chance.choice((OLD, NEW)), f"d{self.number}"
        version = VERSIONS[image]
        number = self.fleet.version(image, digest, self.tags)
        refresh = self.fleet.aws.refresh(number, **AS_A_GATE)
        self.fleet.note(version, image, digest, refresh, Phase.ROLLING)
        self._watched()
        assert self.fleet.aws.latest()["Status"] == "Successful"
        self.release = (version, image, digest, number)
        self.fleet.record(*self.release)
        self.fleet.note(version, image, digest, refresh, Phase.SUCCEEDED)

    def rolls_back(self) -> None:
        """A release that is taken back in the middle."""
        image, digest = self.chance.choice((OLD, NEW)), "bad"
        version = VERSIONS[image]
        number = self.fleet.version(image, digest, self.tags)
        refresh = self.fleet.aws.refresh(number, **AS_A_GATE)
        self.fleet.note(version, image, digest, refresh, Phase.ROLLING)
        self.waits(300)
        if not self.fleet.aws.latest().get("EndTime"):
            self.fleet.note(version, image, digest, refresh, Phase.STOPPING)
            self.fleet.aws.autoscaling.rollback_instance_refresh(AutoScalingGroupName=GROUP)
            self._watched()
            assert self.fleet.aws.latest()["Status"] == "RollbackSuccessful"
            self.fleet.note(version, image, digest, refresh, Phase.FAILED)
        else:
            self.release = (version, image, digest, number)
            self.fleet.record(*self.release)

    def _watched(self) -> None:
        """Until the refresh has ended, with a look at every moment of it."""
        for _ in range(500):
            if self.fleet.aws.latest().get("EndTime"):
                return
            self.check()
            self.fleet.aws.wait(self.chance.randint(5, 120))
        raise AssertionError("the refresh does not end")

    def scales(self) -> None:
        """The desired capacity changes, and is looked at before the servers have come or gone."""
        wanted = self.chance.randint(2, 6)
        self.fleet.aws.autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=wanted)
        for _ in range(self.chance.randint(1, 4)):
            self.waits(30)
            self.check()

    def ages(self) -> None:
        """Servers reach the end of their lives, and are replaced."""
        self.waits(7 * DAY)
        for _ in range(self.chance.randint(1, 6)):
            self.check()
            self.waits(300)

    def stands_by(self) -> None:
        """Somebody looks at a server, and puts it back."""
        serving = [each["InstanceId"] for each in self.fleet.aws.instances() if each["LifecycleState"] == "InService"]
        group = {"AutoScalingGroupName": GROUP, "InstanceIds": serving[:1]}
        if len(serving) < 3 or self.fleet.aws.describe()["DesiredCapacity"] < 3:
            return
        self.fleet.aws.autoscaling.enter_standby(**group, ShouldDecrementDesiredCapacity=True)
        self.waits(3600)
        self.check()
        self.fleet.aws.autoscaling.exit_standby(**group)
        self.waits(60)

    def breaks_glass(self) -> None:
        """Somebody is let into a server, a rollout may leave it alone, and then it is ended."""
        serving = [each["InstanceId"] for each in self.fleet.aws.instances() if each["LifecycleState"] == "InService"]
        whole = len(serving) == self.fleet.aws.describe()["DesiredCapacity"]
        if len(serving) < 3 or not whole or set(self.fleet.aws.health()) != {"healthy"}:
            return
        let_in(self.fleet, serving[0], hours=24)
        for _ in range(self.chance.randint(1, 4)):
            self.check()
            self.waits(60)
        if self.chance.random() < 0.5:
            self.waits(900)
            self.rolls()
        close_break_glass(place_of(self.fleet), serving[0], GlassEnd(no_change="a look only"), dry_run=False)
        self.check()

    def is_tagged(self) -> None:
        """A cost tag changes: the group has it at once, then a new version of the template; no server is replaced."""
        self.tags = {**self.tags, "cost": f"unit-{self.chance.randint(1, 9)}"}
        tag = {"ResourceId": GROUP, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}
        self.fleet.aws.autoscaling.create_or_update_tags(Tags=[{**tag, "Key": "cost", "Value": self.tags["cost"]}])
        self.check()
        version, image, digest, _ = self.release
        number = self.fleet.version(image, digest, self.tags)
        self.check()
        self.fleet.update(LaunchTemplate=self.fleet.aws.specification(number))
        self.check()
        self.release = (version, image, digest, number)
        self.fleet.record(*self.release)

    def crashes(self) -> None:
        """An instance ends by itself, and its successor comes."""
        self.fleet.aws.admin("kill", instance=self.chance.choice(self.fleet.servers))
        self.waits(900)

    def loses_one(self) -> None:
        """Auto Scaling ends a server, as by a person who asks for a fresh one."""
        self.fleet.aws.autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=self.chance.choice(self.fleet.servers), ShouldDecrementDesiredCapacity=False
        )
        self.waits(60)


def test_a_healthy_history_holds_no_drift(clients: SimpleNamespace, number: int):
    chance = random.Random(number)  # noqa: S311 - a history that can be repeated, not a secret
    try:
        history = History(DriftingFleet(Aws(clients).prepare(), routed=chance.random() < 0.7), chance)
        history.check()
        for _ in range(EVENTS):
            history.step()
        assert history.looks > EVENTS
        history.fleet.update(MaxSize=7)
        found = {(each.kind.value, each.subject) for each in history.fleet.look().findings}
        assert ("group-settings", GROUP) in found, history.told
    finally:
        state.use(None)
        patches.restore()
