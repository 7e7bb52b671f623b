"""What single tasks are beside the release, and what runs outside of their service (pure)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from strata.clock import utc_text
from strata.drift.container_facts import ContainerFacts
from strata.drift.drift_finding import TASKS, DriftFinding
from strata.drift.drift_kinds import DriftKind
from strata.drift.running_task import RunningTask
from strata.rollout.record import TaskRelease
from strata.rollout.tasks.image_lookup import digest_of
from strata.rollout.tasks.once_task import started_by

__all__ = ["find_on_tasks", "find_outside_service", "target_state"]

RUNNING: Final = "RUNNING"
SERVED: Final = frozenset({"healthy", "initial", "unavailable", "unused"})
"""States of a target that speak against no task. A group without health checks is unavailable, and unused is one that
no rule leads to, which is a finding of its own."""
NOT_REGISTERED: Final = "not registered"


def find_on_tasks(facts: ContainerFacts) -> Iterator[DriftFinding]:
    """Every difference of a task of the service; while a rollout runs, its gate decides about them."""
    if facts.live.rolling:
        return
    for task in facts.tasks:
        if facts.recorded is not None:
            yield from _of_the_release(facts, task, facts.recorded)
        if task.view.status == RUNNING:
            yield from _healthy(facts, task)


def find_outside_service(facts: ContainerFacts) -> Iterator[DriftFinding]:
    """Tasks of the family or with the tags of the service that it did not start."""
    service = facts.service
    if service is None:
        return
    families = {
        _family(service.task_definition),
        *([_family(facts.recorded.task_definition)] if facts.recorded else ()),
    }
    for task in facts.others:
        tagged = facts.own_tags.items() <= task.tags.items()
        if (task.family not in families and not tagged) or task.view.started_by.startswith(started_by(facts.name)):
            continue
        what = f"is of its family {task.family}" if task.family in families else "has its tags"
        by = f"was started by service {task.service}" if task.service else "was started by no service"
        said = f"{what}, and {by}"
        if task.view.started_by:
            said += f" (startedBy {task.view.started_by})"
        yield _finding(facts, DriftKind.OUTSIDE_SERVICE, task, f"service:{service.name}", task.group or None, said)


def target_state(facts: ContainerFacts, task: RunningTask, pair: frozenset[str]) -> str | None:
    """State of a task in the target group of a load balancer in which it is; None where no group is known.

    Args:
        facts: all that is known of its service.
        task: the task.
        pair: target groups of the load balancer; which of them serves is ECS's.
    """
    known = [found for each in sorted(pair) if (found := facts.status.routing.targets.get(each)) is not None]
    if not known:
        return None
    states = [found.states[address] for found in known for address in task.view.addresses if address in found.states]
    return next((each for each in states if each in SERVED), states[0] if states else NOT_REGISTERED)


def _family(definition: str) -> str:
    return definition.rpartition("/")[2].rpartition(":")[0]


def _of_the_release(facts: ContainerFacts, task: RunningTask, recorded: TaskRelease) -> Iterator[DriftFinding]:
    wanted = {name: digest_of(reference) for name, reference in facts.images.items()}
    differing = {
        name: (digest, task.images[name])
        for name, digest in wanted.items()
        if digest is not None and task.images.get(name) not in (None, digest)
    }
    called = facts.status.runs(task.view)
    if differing:
        names = " and ".join(sorted(differing))
        said = f"runs another image as {names} ({called}), and the release is {recorded.contents}"
        expected = {name: digest for name, (digest, _) in differing.items()}
        found = {name: digest for name, (_, digest) in differing.items()}
        yield _finding(facts, DriftKind.IMAGE, task, expected, found, said)
    elif not facts.status.of_release(task.view):
        expected, found = _definitions(facts, task, recorded)
        names = ", ".join(sorted({*expected, *found} - {"task_definition"}))
        why = f", whose {names} is not that of {recorded.image.version}" if names else ""
        said = f"was started as {called}{why}"
        yield _finding(facts, DriftKind.TASK_DEFINITION, task, expected, found, said)


def _definitions(
    facts: ContainerFacts, task: RunningTask, recorded: TaskRelease
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of the task definition of a task is not as in the release's: the release's values, and its own."""
    definitions = facts.status.definitions
    model, other = definitions.get(recorded.task_definition), definitions.get(task.view.task_definition)
    expected: dict[str, Any] = {"task_definition": recorded.task_definition}
    found: dict[str, Any] = {"task_definition": task.view.task_definition}
    if model is None or other is None:
        return expected, found
    for key in sorted({*model.launches, *other.launches}):
        if model.launches.get(key) != other.launches.get(key):
            expected[key], found[key] = model.launches.get(key), other.launches.get(key)
    if model.digest != other.digest:
        expected["release"], found["release"] = model.digest, other.digest
    return expected, found


def _healthy(facts: ContainerFacts, task: RunningTask) -> Iterator[DriftFinding]:
    if task.view.health == "UNHEALTHY":
        sick = ", ".join(sorted(task.view.unhealthy)) or "its containers"
        said = f"runs, and the health check of {sick} fails"
        yield _finding(facts, DriftKind.UNHEALTHY, task, "HEALTHY", task.view.health, said)
        return
    service = facts.service
    # what was started before its service had a load balancer is known to none, and healthy by its own checks
    if service is None or facts.in_grace(task) or task.view.id in facts.live.healthy:
        return
    for pair in service.target_groups:
        state = target_state(facts, task, pair)
        if state is not None and state not in SERVED:
            said = f"runs, and is {state} in target group {' or '.join(sorted(pair))}"
            found = _finding(facts, DriftKind.FAILING_TARGET, task, "healthy", state, said)
            yield replace(found, part=",".join(sorted(pair)))


def _finding(
    facts: ContainerFacts, kind: DriftKind, task: RunningTask, expected: Any, found: Any, said: str
) -> DriftFinding:
    started = task.view.started
    since = utc_text(started.timestamp()) if started else None
    return DriftFinding(kind, facts.name, task.view.id, expected, found, said, since, unit=TASKS)
