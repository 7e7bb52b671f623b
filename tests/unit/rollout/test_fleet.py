"""Looking at a fleet by several calls while it changes between them."""

from dataclasses import dataclass, replace
from typing import Any

from strata.rollout.servers.driver import read_fleet
from strata.rollout.servers.views import GroupView
from tests.unit.rollout.stand_in import Aws, servers

TARGETS = ("arn:tg",)


@dataclass
class Moving:
    """An AWS whose every answer is of another moment.

    Args:
        groups: further answers to describing the group; None is a group that is gone.
        targets: answers to asking for healthy targets.
    """

    groups: list[GroupView | None]
    targets: list[frozenset[str]]

    def group(self, name: str) -> GroupView | None:
        return self.groups.pop(0)

    def healthy_targets(self, target_groups: Any) -> frozenset[str]:
        assert target_groups == TARGETS
        return self.targets.pop(0)


def group(*in_service: str, desired: int = 2, routed: bool = True) -> GroupView:
    live = Aws().live
    assert live is not None
    some = tuple(
        replace(server, id=name) for server, name in zip(servers(len(in_service), "1"), in_service, strict=True)
    )
    return replace(live, desired=desired, servers=some, target_groups=TARGETS if routed else ())


def see(first: GroupView, *, groups: list[GroupView | None], targets: list[frozenset[str]]) -> frozenset[str]:
    moving: Any = Moving(groups, targets)
    found = read_fleet(moving, first)
    assert not moving.groups, "the group was not described again"
    assert not moving.targets, "the targets were not looked at again"
    return found.healthy


def test_a_full_fleet_takes_one_look():
    assert see(group("a", "b"), groups=[], targets=[frozenset("ab")]) == frozenset("ab")


def test_a_server_that_hands_over_between_two_calls_is_not_missed():
    # described with `a` in service; by the time targets are asked for, `c` has taken its place
    handed_over = [group("b", "c")]
    assert see(group("a", "b"), groups=[*handed_over], targets=[frozenset("bc"), frozenset("bc")]) == frozenset("bc")


def test_neither_is_one_that_hands_over_during_the_second_look():
    found = see(group("a", "b", "c"), groups=[group("b", "c")], targets=[frozenset("b"), frozenset("bc")])
    assert found == frozenset("bc")


def test_a_server_that_is_ill_in_both_looks_does_not_count():
    assert see(group("a", "b"), groups=[group("a", "b")], targets=[frozenset("a"), frozenset("a")]) == frozenset("a")


def test_a_server_that_left_is_not_counted_for_having_been_healthy():
    assert see(group("a", "b"), groups=[group("b")], targets=[frozenset("a"), frozenset("ab")]) == frozenset("b")


def test_a_group_that_goes_meanwhile_is_what_it_was():
    assert see(group("a", "b"), groups=[None], targets=[frozenset("a")]) == frozenset("a")


def test_without_a_load_balancer_auto_scaling_decides():
    assert see(group("a", "b", routed=False), groups=[], targets=[]) == frozenset("ab")
