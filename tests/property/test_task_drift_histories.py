"""Random histories of a healthy container service hold no drift at any moment, and what a person changes is found."""

import random
from collections.abc import Callable, Sequence
from types import SimpleNamespace

from strata.break_glass.closing import GlassEnd, close_break_glass
from strata.errors import RefusedError
from strata.rollout.note import Phase
from strata.rollout.tasks.once_task import started_by
from strata_rehearsal.cloud import patches, state
from tests.property.healthy_history import EVENTS, HealthyHistory, as_many_as_asked
from tests.unit.break_glass.letting_in import let_into_task, place_of
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.rehearsal.cloud.conftest import Aws, clients

__all__ = ["clients"]

LOOKS = 500
ENDED = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}


pytest_generate_tests = as_many_as_asked


class History(HealthyHistory):
    """What happens to a service that nobody changes by hand: rollouts, scaling, tasks that end, break-glass, cost tags.

    Args:
        tasks: the service.
        chance: what happens when.
    """

    def __init__(self, tasks: DriftingTasks, chance: random.Random) -> None:
        super().__init__(tasks, chance)
        self.tasks = tasks
        self.content = "first"

    @property
    def events(self) -> Sequence[Callable[[], object]]:
        return (
            *(self.rolls, self.rolls_back, self.scales, self.loses_one, self.breaks_glass, self.is_registered_anew),
            *(self.runs_once, self.waits),
        )

    def rolls(self) -> None:
        """A new release, looked at all the way; its gate records it."""
        self.number += 1
        content = f"release-{self.number}"
        self.tasks.shop.update(taskDefinition=self.tasks.define(content, content))
        definition = self.tasks.shop.service()["taskDefinition"]
        self.tasks.prove(content, definition, Phase.ROLLING)
        assert self._watched() == "SUCCESSFUL"
        self.tasks.prove(content, definition)
        self.content = content

    def rolls_back(self) -> None:
        """A release whose image cannot be pulled, and that ECS or the gate takes back."""
        self.number += 1
        content = f"bad-{self.number}"
        self.tasks.shop.fault("cannot-pull", image=self.tasks.shop.push(content))
        self.tasks.shop.update(taskDefinition=self.tasks.define(content, content))
        definition = self.tasks.shop.service()["taskDefinition"]
        self.tasks.prove(content, definition, Phase.ROLLING)
        self.waits(300)
        self.check()
        latest = self.tasks.shop.latest()
        if latest["status"] == "IN_PROGRESS":
            self.tasks.prove(content, definition, Phase.STOPPING)
            arn = latest["serviceDeploymentArn"]
            self.tasks.aws.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
        assert self._watched() == "ROLLBACK_SUCCESSFUL"
        self.tasks.prove(content, definition, Phase.FAILED)

    def _watched(self) -> str:
        """How the deployment has ended, with a look at every moment of it."""
        for _ in range(LOOKS):
            if (status := self.tasks.shop.latest()["status"]) in ENDED:
                return status
            self.check()
            self.tasks.aws.wait(self.chance.randint(20, 120))
        raise AssertionError("the deployment does not end")

    def scales(self) -> None:
        """The desired count changes, and is looked at before the tasks have come or gone."""
        self.tasks.shop.update(desiredCount=self.chance.randint(2, 6))
        for _ in range(self.chance.randint(1, 4)):
            self.waits(30)
            self.check()

    def loses_one(self) -> None:
        """A task is stopped, and its successor comes."""
        self.tasks.aws.ecs.stop_task(cluster="shop", task=self.chance.choice(self.tasks.tasks))
        for _ in range(self.chance.randint(1, 3)):
            self.check()
            self.waits(60)

    def breaks_glass(self) -> None:
        """Somebody is let into a task, and then it is ended."""
        held = self.chance.choice(self.tasks.tasks)
        let_into_task(self.tasks, held, hours=24)
        for _ in range(self.chance.randint(1, 4)):
            self.check()
            self.waits(60)
        self._closes(held)
        self.check()
        self.waits(300)

    def _closes(self, held: str) -> None:
        """End the task that somebody was let into, which is refused until enough others are healthy."""
        for _ in range(LOOKS):
            try:
                close_break_glass(place_of(self.tasks), held, GlassEnd(no_change="a look only"), dry_run=False)
            except RefusedError as refused:
                self.told.append(refused.message)
                self.check()
                self.waits(60)
            else:
                return
        raise AssertionError("the others do not become healthy")

    def is_registered_anew(self) -> None:
        """Another task definition with the same digest, as a cost tag makes one, whose tasks replace the others."""
        self.tasks.shop.update(taskDefinition=self.tasks.define(self.content, self.content))
        assert self._watched() == "SUCCESSFUL"
        self.check()
        self.tasks.prove(self.content, self.tasks.shop.service()["taskDefinition"])

    def runs_once(self) -> None:
        """A task of the release with a command of its own, that ends by itself."""
        definition = self.tasks.recorded.task_definition
        tags = self.tasks.aws.ecs.describe_task_definition(taskDefinition=definition, include=["TAGS"])["tags"]
        overrides = {"containerOverrides": [{"name": "web", "command": ["migrate"]}]}
        name = started_by("web", "migrate", self.tasks.recorded.digest)
        self.tasks.run_by_hand(definition, startedBy=name, overrides=overrides, tags=tags)
        for _ in range(self.chance.randint(1, 4)):
            self.check()
            self.waits(60)


def test_a_healthy_history_holds_no_drift(clients: SimpleNamespace, number: int):
    chance = random.Random(number)  # noqa: S311 - a history that can be repeated, not a secret
    try:
        strategy = chance.choice(("rolling", "rolling", "canary"))
        history = History(DriftingTasks(Aws(clients).prepare(), strategy), chance)
        history.check()
        for _ in range(EVENTS):
            history.step()
        assert history.looks > EVENTS
        history.tasks.aws.wait(3600)
        by_hand = history.tasks.run_by_hand(history.tasks.recorded.task_definition)
        assert ("outside-service", by_hand) in history.tasks.found(), history.told
    finally:
        state.use(None)
        patches.restore()
