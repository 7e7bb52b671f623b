"""The tasks of one service beside its release: all findings, and what was seen and is none (pure)."""

from collections import Counter
from collections.abc import Iterator

from strata.drift.container_facts import ContainerFacts
from strata.drift.container_release_drift import find_on_recorded
from strata.drift.drift_finding import TASKS, ServiceDrift
from strata.drift.ecs_service_drift import find_on_service
from strata.drift.fix_names import AWS
from strata.drift.glass_drift import describe_held, find_on_glass
from strata.drift.rule_drift import find_on_test_rules
from strata.drift.task_drift import RUNNING, find_on_tasks, find_outside_service
from strata.drift.task_drift_kinds import TASK_DELEGATED, TaskDelegated

__all__ = ["compare_tasks"]


def compare_tasks(facts: ContainerFacts) -> ServiceDrift:
    """Compare the tasks of a service, the service of Amazon ECS and its record.

    Args:
        facts: all that is known of them.
    """
    recorded = facts.recorded
    found = (
        *find_on_recorded(facts),
        *find_on_service(facts),
        *find_on_test_rules(facts),
        *find_on_tasks(facts),
        *find_outside_service(facts),
    )
    findings = (
        *(each for each in found if each.subject not in facts.held),
        *find_on_glass(facts.name, facts.glass, facts.tainted, facts.serving, facts.now, TASKS),
    )
    drift = ServiceDrift(
        service=facts.name,
        version=recorded.image.version if recorded else None,
        compared=len(facts.tasks) if recorded else 0,
        rolling=facts.live.rolling,
        findings=findings,
        delegated=tuple(_delegated(facts)),
        unit=TASKS,
    )
    return drift.with_names(_names(facts))


def _names(facts: ContainerFacts) -> dict[str, str]:
    names, service = {AWS: facts.status.command_line}, facts.service
    if service is not None:
        allowed = max(facts.terms.least, min(facts.terms.most, service.desired))
        names |= {"CLUSTER": service.cluster, "NAME": service.name, "COUNT": str(allowed)}
    return names


def _delegated(facts: ContainerFacts) -> Iterator[str]:
    if facts.live.rolling:
        target = f" to {facts.live.target}" if facts.live.target else ""
        yield f"a rollout{target} is running: tasks of the release before and of the next one are both right"
    for image in sorted(facts.unasked):
        row = TASK_DELEGATED[TaskDelegated.OTHER_REGISTRY]
        yield f"whether {image} is still there was not asked: {row.why}"
    if facts.service is None:
        return
    if not facts.tasks:
        yield f"service {facts.service.name} has no tasks, so that none could be compared"
    yield from describe_held(facts.held, facts.now)
    seen: Counter[TaskDelegated] = Counter()
    for task in facts.tasks:
        if task.view.status != RUNNING:
            seen[TaskDelegated.STARTING] += 1
        elif facts.in_grace(task) and task.view.id not in facts.live.healthy:
            seen[TaskDelegated.BOOTING] += 1
    for what, count in sorted(seen.items()):
        row = TASK_DELEGATED[what]
        yield f"{count} x {row.what}: {row.why}"
