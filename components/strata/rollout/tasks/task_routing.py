"""Where the requests for a service go: its listener rules and its target groups, as far as they are there (pure)."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strata.rollout.registered_targets import RegisteredTargets, describe_gone_group

__all__ = [
    "HOW_TO_MAKE_AGAIN",
    "TaskRouting",
    "describe_gone_rule",
    "led_to",
    "read_weights",
    "with_weights",
]

_ALL = 100
HOW_TO_MAKE_AGAIN = "`pulumi up --refresh` makes what is gone again, and deploys the service to it"
"""What leads to tasks is part of the release, so that the gate deploys a service whose rule or target group is new."""


def describe_gone_rule(rule: str) -> str:
    """That a listener rule was deleted."""
    return f"listener rule {rule}, which leads requests to it, is gone"


def read_weights(actions: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Weights of the target groups to which the actions of a listener rule lead."""
    return {
        each["TargetGroupArn"]: int(each.get("Weight", 1))
        for action in actions
        for each in (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
    }


@dataclass(frozen=True)
class TaskRouting:
    """What leads requests to a service, as AWS reports it.

    Args:
        rules: actions of the listener rules, by ARN; None for one that is gone.
        targets: what is in its target groups, by ARN; None for one that is gone.
    """

    rules: Mapping[str, Sequence[Mapping[str, Any]] | None] = field(
        default_factory=dict[str, "Sequence[Mapping[str, Any]] | None"]
    )
    targets: Mapping[str, RegisteredTargets | None] = field(default_factory=dict[str, RegisteredTargets | None])

    @property
    def gone(self) -> tuple[str, ...]:
        """What of it is gone, in words."""
        rules = [describe_gone_rule(arn) for arn, actions in self.rules.items() if actions is None]
        return (
            *rules,
            *(describe_gone_group(arn, "tasks") for arn in sorted(self.targets) if self.targets[arn] is None),
        )

    def of(self, rules: Collection[str], groups: Collection[str]) -> "TaskRouting":
        """These of the rules and target groups."""
        return TaskRouting(
            {each: actions for each, actions in self.rules.items() if each in rules},
            {each: found for each, found in self.targets.items() if each in groups},
        )

    @property
    def weights(self) -> dict[str, int]:
        """Weights of the target groups in the rules that are there."""
        return {group: weight for _, weights in self._known() for group, weight in weights.items()}

    def misled(self, serving: Collection[str]) -> Iterator[tuple[str, str]]:
        """In what requests do not go to where the tasks are: the rule or target group that it is about, and in words.

        Args:
            serving: addresses of the healthy tasks.
        """
        for rule, weights in self._known():
            weighted = sorted(_weighted(weights) & self.targets.keys())
            if not weighted:
                yield rule, f"listener rule {rule} leads no requests to its target groups"
            for each in weighted:
                if not self.healthy_in(each).intersection(serving):
                    share = _ALL * weights[each] / sum(weights.values())
                    which = "the requests" if share == _ALL else f"{share:g} % of the requests"
                    yield each, f"{which} go to target group {each}, where no task is healthy"

    def healthy_in(self, group: str) -> frozenset[str]:
        """Addresses that a target group finds healthy; none in one that is gone."""
        found = self.targets.get(group)
        return found.healthy if found else frozenset()

    def how_to_lead(self, command_line: str, addresses: Collection[str]) -> tuple[str, ...]:
        """Commands that lead requests to where the tasks are; none unless they are in one target group.

        Args:
            command_line: AWS's command line.
            addresses: those of the tasks.
        """
        weights = self.weights_to(addresses)
        commands: list[str] = []
        for rule, now in self._known():
            if weights and _weighted(now) != _weighted(weights):
                actions = json.dumps(led_to(weights, self.rules[rule] or ()), separators=(",", ":"))
                commands.append(f"{command_line} elbv2 modify-rule --rule-arn {rule} --actions '{actions}'")
        return tuple(commands)

    def weights_to(self, addresses: Collection[str]) -> dict[str, int]:
        """Weights that lead all requests to these addresses; none unless they are registered in one target group.

        Args:
            addresses: those of the tasks.
        """
        there = {each: found for each, found in self.targets.items() if found is not None}
        holding = [each for each, found in there.items() if found.registered & set(addresses)]
        return {each: _ALL if each in holding else 0 for each in there} if len(holding) == 1 else {}

    def _known(self) -> Iterator[tuple[str, dict[str, int]]]:
        for rule, actions in self.rules.items():
            if actions is not None:
                yield rule, read_weights(actions)


def _weighted(weights: Mapping[str, int]) -> set[str]:
    return {each for each, weight in weights.items() if weight}


def with_weights(action: Mapping[str, Any], weights: Mapping[str, int]) -> dict[str, Any]:
    """An action of a listener rule with other weights, as ModifyRule accepts it."""
    forward = action.get("ForwardConfig") or {}
    groups = forward.get("TargetGroups") or ()
    if not any(each["TargetGroupArn"] in weights for each in groups):
        return dict(action)
    # the tasks are in one that is named: requests to any other one would find nothing
    led = [{**each, "Weight": weights.get(each["TargetGroupArn"], 0)} for each in groups]
    return {**action, "ForwardConfig": {**forward, "TargetGroups": led}}


def led_to(weights: Mapping[str, int], actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The actions of a rule, of which the last leads requests to target groups by these weights.

    Args:
        weights: those of the target groups.
        actions: what the rule does now.
    """
    *before, last = actions or ({},)
    groups = [{"TargetGroupArn": each, "Weight": weight} for each, weight in sorted(weights.items())]
    order = {"Order": last["Order"]} if "Order" in last else {}
    forward = {**(last.get("ForwardConfig") or {}), "TargetGroups": groups}
    return [*map(dict, before), {"Type": "forward", **order, "ForwardConfig": forward}]
