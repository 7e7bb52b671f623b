"""Containers that are asked whether they work while their deployment can still be taken back."""

from dataclasses import replace
from typing import Any

import pytest

from strata.errors import RolloutError
from strata.rollout.record import TaskRelease
from strata.rollout.roll import Roll
from strata.rollout.verifying.release_question import Attempt, ReleaseQuestion
from strata.settings.models import VerifySettings
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RolledShop

CANARY_SHORT = {**CANARY, "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 2}}
CONFIGURATIONS = pytest.mark.parametrize(
    "configuration",
    [ROLLING, {**BLUE_GREEN, "bakeTimeInMinutes": 5}, {**CANARY_SHORT, "bakeTimeInMinutes": 5}],
    ids=lambda each: str(each.get("strategy", "ROLLING")),
)


class AskedShop:
    """Answers for a shop, and notes what of it ran and had requests when it was asked."""

    def __init__(self, shop: RolledShop, *, good: bool) -> None:
        self.shop = shop
        self.good = good
        self.weights: list[Any] = []
        self.mixed: list[bool] = []
        shop.settings = {"verify": VerifySettings(path="/version", attempts=2)}

    async def __call__(self, question: ReleaseQuestion, mixed: bool) -> Attempt:
        self.weights.append(self.shop.weights())
        self.mixed.append(mixed)
        return Attempt(good=self.good, seen=f"GET {question.settings.path} answered")

    async def up(self, release: TaskRelease) -> None:
        shop = self.shop
        roll = Roll(shop.deployer, shop, shop.console, shop.poll_seconds, self)
        await roll.next(shop.rollout(release), shop.recorded)
        shop.recorded = replace(release)


@CONFIGURATIONS
async def test_they_are_asked_once_all_requests_reach_them(shop: RolledShop, configuration: dict[str, Any]):
    shop.begin(configuration)
    asked = AskedShop(shop, good=True)
    await asked.up(shop.release("good"))
    assert asked.weights == [shop.weights()], "no request goes anywhere else than after it"
    assert asked.mixed == [False]
    assert shop.running == {"good"}
    assert "web: verified: GET /version answered" in shop.console.said


@CONFIGURATIONS
async def test_what_answers_wrongly_is_taken_back(shop: RolledShop, configuration: dict[str, Any]):
    first = shop.begin(configuration)
    weights = shop.weights()
    asked = AskedShop(shop, good=False)
    with pytest.raises(RolloutError, match="verification failed in 2 attempts: GET /version answered"):
        await asked.up(shop.release("bad"))
    assert len(asked.weights) == 2
    assert (shop.recorded, shop.running, shop.weights()) == (first, {"first"}, weights)
    assert shop.lowest == 4
