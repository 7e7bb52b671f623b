"""The listener rule of test requests beside the settings, and where it leads them (pure).

What verifies a release sends test requests, and believes that the new tasks answer them: a rule that somebody has
changed lets the next rollout fail, or asks others than it is said to.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.drift.container_facts import ContainerFacts
from strata.drift.drift_finding import TASKS, DriftFinding
from strata.drift.drift_kinds import DriftKind
from strata.rollout.tasks.listener_rule import ListenerRule, RuleTerms
from strata.rollout.tasks.task_routing import led_to, read_weights
from strata.rollout.tasks.task_views import ContainerServiceView

__all__ = ["find_on_test_rules"]

_ACTIONS: Final = "ACTIONS"
_LEAD: Final = f"`aws elbv2 modify-rule --rule-arn ID --actions {_ACTIONS}` leads them to the tasks again"
"""The engine does not set it: the weights are those of ECS."""


def find_on_test_rules(facts: ContainerFacts) -> Iterator[DriftFinding]:
    """Every difference of the rule by which test requests reach the service; none while a rollout runs."""
    service, wanted = facts.service, facts.terms.test_rule
    if service is None or facts.live.rolling:
        return
    if wanted is not None and not service.test_rules:
        said = "leads no test requests to its tasks, and the stack file wants a listener rule for them"
        yield _finding(facts, service.name, wanted.priority, None, said)
    for arn, rule in facts.test_rules.items():
        if wanted is None:
            said = "leads test requests to the service, and the stack file wants none"
            yield _finding(facts, arn, None, rule.priority if rule else None, said)
        elif rule is None:
            yield _finding(facts, arn, wanted.priority, None, "leads test requests to the service, and is gone")
        else:
            yield from _changed(facts, arn, rule, wanted)
            yield from _misled(facts, service, arn, rule)


def _changed(facts: ContainerFacts, arn: str, rule: ListenerRule, wanted: RuleTerms) -> Iterator[DriftFinding]:
    if rule.priority != wanted.priority:
        said = f"has priority {rule.priority}, and the stack file wants {wanted.priority}"
        yield _finding(facts, arn, wanted.priority, rule.priority, said, part="priority")
    if not wanted.same_conditions(rule):
        found, asked = (" and ".join(sorted(each.conditions)) or "nothing" for each in (rule, wanted))
        said = f"is for requests with {found}, and the stack file wants {asked}"
        yield _finding(facts, arn, sorted(wanted.conditions), sorted(rule.conditions), said, part="conditions")


def _misled(
    facts: ContainerFacts, service: ContainerServiceView, arn: str, rule: ListenerRule
) -> Iterator[DriftFinding]:
    """Between two rollouts test requests go where all others go; ECS moves them first, and then the others."""
    routing = facts.status.routing
    weights = routing.weights_to(facts.status.serving) or routing.weights
    wanted, found = (_with_requests(each) for each in (weights, read_weights(rule.actions)))
    if not wanted or found == wanted:
        return
    where = f"to target group {' and '.join(found)}" if found else "to no target group"
    said = f"leads test requests {where}, and the tasks of {service.name} are in {' and '.join(wanted)}"
    actions = json.dumps(led_to(weights, rule.actions), separators=(",", ":"))
    yield _finding(facts, arn, wanted, found, said, part="actions", remedy=_LEAD, names={_ACTIONS: actions})


def _with_requests(weights: Mapping[str, int]) -> list[str]:
    return sorted(each for each, weight in weights.items() if weight)


def _finding(facts: ContainerFacts, subject: str, expected: Any, found: Any, said: str, **more: Any) -> DriftFinding:
    return DriftFinding(DriftKind.TEST_RULE, facts.name, subject, expected, found, said, unit=TASKS, **more)
