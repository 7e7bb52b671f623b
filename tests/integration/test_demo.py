"""What the demo tells, by the commands alone: the life of an image, of servers and containers, and a fleet after it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.by_hand import CHANGED, LET_IN
from demo.operation_story import HEAL, OPERATION_STORY, PROMOTE
from demo.shop import Shop
from demo.step import Step, rehearse
from demo.story import STORY
from strata.naming import record_name, veto_name
from strata.new_project.project_files import ServiceKind
from strata.rollout.record import read_release
from strata_rehearsal.run.request import image_id
from tests.integration.support.ledger import moments
from tests.integration.support.warm_start import WarmStart


@pytest.fixture(params=list(ServiceKind))
def shop(request: pytest.FixtureRequest, tmp_path: Path, warm: WarmStart) -> Iterator[Shop]:
    yield from opened(tmp_path, request.param, warm)


@pytest.fixture
def fleet(tmp_path: Path, warm: WarmStart) -> Iterator[Shop]:
    yield from opened(tmp_path, ServiceKind.SERVERS, warm)


def opened(folder: Path, kind: ServiceKind, warm: WarmStart) -> Iterator[Shop]:
    made = Shop(folder / "a folder with blanks" / "shop", kind, warm.command())
    yield made
    made.stop()


def test_an_image_is_pinned_promoted_rolled_back_and_kept_out_and_nothing_is_left_to_do(shop: Shop) -> None:
    for step in STORY:
        before = shop.files()
        said = tell(shop, step)
        if step.words[0] == "image" and "pinned" not in said:
            assert shop.files() == before, step.told
    found = {stack: parameters(shop, stack) for stack in ("staging", "prod")}
    assert found["staging"] == ("1.1.0", False), "the bad release is nowhere, and nobody vetoed the good one"
    assert found["prod"] == ("1.0.0", True)


def test_what_was_changed_by_hand_in_prod_is_replaced_and_what_was_done_by_hand_in_staging_holds_a_promotion_back(
    fleet: Shop,
) -> None:
    for step in OPERATION_STORY[:2]:
        tell(fleet, step)
    prod = frozenset(fleet.servers("prod"))
    told = [watch(fleet, step) for step in OPERATION_STORY[2:]]

    changed = {fleet.names[each] for each in CHANGED}
    assert len(changed) == len(CHANGED) < len(prod) == 3
    (healing,) = (each for each in told if each.step.words == HEAL)
    assert healing.left == changed, "all that were changed are replaced, and nobody else"
    assert healing.ended == changed, "what was started fresh stays"
    (rollout,) = (each for each in told if each.step.words == rehearse("prod"))
    assert rollout.left == (prod - changed) | (healing.after - prod)
    assert [each.step.told for each in told if each.left] == [healing.step.told, rollout.step.told]
    healthy = serving(fleet.cloud.events(), prod)
    live = healthy[healthy.index(len(prod)) :]
    assert len(live) > len(prod), "nothing was replaced behind the load balancer"
    assert min(live) == len(prod), f"under the floor: {live}"

    refused, passed = (each for each in told if each.step.words == PROMOTE)
    assert (refused.step.code, refused.repinned) == (3, False)
    assert (passed.step.code, passed.repinned) == (0, True)
    assert fleet.names[LET_IN] not in fleet.servers("staging")
    found = {stack: {each["ImageId"] for each in fleet.servers(stack).values()} for stack in ("staging", "prod")}
    assert found == {stack: {image_id("web", "1.0.1")} for stack in found}
    assert parameters(fleet, "prod") == ("1.0.1", False)


@dataclass(frozen=True)
class Watched:
    """What a step did to prod.

    Args:
        before: ids of the servers of its group.
        after: the same, after the step.
        ended: ids of servers of these and of those that came and went, that were made to end.
        repinned: whether its stack file is another one.
    """

    step: Step
    before: frozenset[str]
    after: frozenset[str]
    ended: frozenset[str]
    repinned: bool

    @property
    def left(self) -> frozenset[str]:
        """Those that are gone."""
        return self.before - self.after


def tell(shop: Shop, step: Step) -> str:
    """Run a step, of which comes what should; gives what it prints."""
    done = step.run(shop)
    assert step.problem(done) == "", f"{step.told}\n{done.stdout}"
    assert "Traceback" not in done.stdout
    return done.stdout


def watch(shop: Shop, step: Step) -> Watched:
    """Run a step, and look at prod before and after it."""
    groups = {each["AutoScalingGroupName"] for each in shop.groups("prod")}
    before, pins, since = shop.servers("prod"), shop.files(), shop.cloud.events()[-1]["number"]
    tell(shop, step)
    ended = {
        each["name"]
        for each in shop.cloud.events(since)
        if each["kind"] == "state"
        and each["subject"] == "server"
        and each["group"] in groups
        and each["state"] == "Terminating"
    }
    repinned = shop.files()["Pulumi.prod.yaml"] != pins["Pulumi.prod.yaml"]
    return Watched(step, frozenset(before), frozenset(shop.servers("prod")), frozenset(ended), repinned)


def serving(events: Iterable[Mapping[str, Any]], servers: Iterable[str]) -> list[int]:
    """How many targets were healthy in the target group of some servers, after each change of one.

    Args:
        events: all that the local AWS has logged.
        servers: ids of some that were in the target group.
    """
    changes = [[each for each in moment if each["subject"] == "target"] for _, moment in moments(events)]
    (group,) = {each["target_group"] for moment in changes for each in moment if each["name"] in servers}
    states: dict[str, str] = {}
    counts: list[int] = []
    for moment in changes:
        of_group = {each["name"]: each["state"] for each in moment if each["target_group"] == group}
        states |= of_group
        if of_group:
            counts.append(sum(state == "healthy" for state in states.values()))
    return counts


def parameters(shop: Shop, stack: str) -> tuple[str, bool]:
    """Which version the record of a stack names, and whether 1.1.0 is vetoed there."""
    ssm = shop.client("ssm")
    record = record_name("shop", stack, "web")
    value = ssm.get_parameter(Name=record)["Parameter"]["Value"]
    vetoed = ssm.get_parameters(Names=[veto_name(record, "1.1.0")])["Parameters"]
    return read_release(value).image.version, bool(vetoed)
