"""Whether the record of a container service names what there is, and images that may run (pure)."""

from collections.abc import Iterator
from dataclasses import replace

from strata.drift.container_facts import ContainerFacts
from strata.drift.drift_finding import TASKS, DriftFinding
from strata.drift.drift_kinds import DriftKind
from strata.naming import record_name
from strata.rollout.record import TaskRelease
from strata.rollout.tasks.task_views import ContainerServiceView

__all__ = ["find_on_recorded"]

_ACTIVE = "ACTIVE"


def find_on_recorded(facts: ContainerFacts) -> Iterator[DriftFinding]:
    """Every difference between the record and what there is. While a rollout runs, the record is on its way."""
    recorded, service, rolling = facts.recorded, facts.service, facts.live.rolling
    if service is not None and service.status != _ACTIVE:
        said = f"is {service.status}: it is being deleted"
        yield _finding(facts, DriftKind.SERVICE_GONE, service.name, _ACTIVE, service.status, said)
    if recorded is None:
        if not rolling:
            what = "is not there" if facts.status.unwritten or service is None else "says that nothing is proven"
            said = f"{what}, so that there is nothing to compare tasks with"
            yield _finding(facts, DriftKind.NO_RECORD, _record(facts), "a release", None, said)
        return
    if service is None or service.arn != recorded.service:
        found = service.arn if service else None
        said = f"is the service of the release, and {f'there is {found} instead' if found else 'is gone'}"
        yield _finding(facts, DriftKind.SERVICE_GONE, recorded.service, recorded.service, found, said)
    yield from _images(facts, recorded)
    if not rolling:
        yield from _definition(facts, recorded)
        if service is not None:
            yield from _launched(facts, recorded, service)


def _images(facts: ContainerFacts, recorded: TaskRelease) -> Iterator[DriftFinding]:
    beside = {each.id: f"sidecar {name}" for name, each in recorded.sidecars.items()}
    for image in recorded.images:
        named = f"{image.name} {image.version}"
        what = f"is of {beside[image.id]} of the release" if image.id in beside else "is the release"
        why = facts.forbidden.get(image.id)
        if why is not None and not facts.live.rolling:
            said = f"{named} {what}, and is {why}"
            yield _finding(facts, DriftKind.IMAGE_FORBIDDEN, image.id, "a version that may run", why, said)
        if image.id in facts.missing:
            said = f"{named} {what}, and is not in its repository: no task can be started"
            yield _finding(facts, DriftKind.IMAGE_GONE, image.id, "available", None, said)


def _definition(facts: ContainerFacts, recorded: TaskRelease) -> Iterator[DriftFinding]:
    arn = recorded.task_definition
    definition = facts.status.definitions.get(arn)
    # of a service that is not there no task definition was asked for
    if arn not in facts.status.definitions or (definition is not None and definition.status == _ACTIVE):
        return
    state = definition.status if definition is not None else None
    said = f"is the task definition of the release, and is {'deregistered' if state else 'not there'}"
    yield _finding(facts, DriftKind.DEFINITION_GONE, arn, _ACTIVE, state, said)


def _launched(facts: ContainerFacts, recorded: TaskRelease, service: ContainerServiceView) -> Iterator[DriftFinding]:
    status = facts.status
    if status.misnamed:
        definition, named_so = status.definitions[recorded.task_definition], status.recorded or recorded
        launched = sorted(definition.images) if definition is not None else []
        said = f"is not what runs: {status.misnamed}"
        named = [each.id for each in named_so.images]
        yield _finding(facts, DriftKind.WRONG_RECORD, _record(facts), launched, named, said)
    elif status.wrong:
        true, as_recorded = (
            {"task_definition": each.task_definition, "digest": each.digest}
            for each in (recorded, status.recorded or recorded)
        )
        said = f"is not what runs: {status.wrong}"
        yield _finding(facts, DriftKind.WRONG_RECORD, _record(facts), true, as_recorded, said)
    if (renamed := status.renamed) is not None:
        said = f"calls the image what it is not: {renamed.deviation}"
        yield _finding(facts, DriftKind.WRONG_RECORD, _record(facts), str(renamed), recorded.image.version, said)
    if status.launches_foreign:
        changed = status.changed if status.launches(service.task_definition) else ()
        called = status.called(service.task_definition)
        what = f"{called} with another {' and '.join(changed)}" if changed else called
        unproven = ", which no task has proven" if status.unproven else ""
        expected = {"task_definition": recorded.task_definition, **{each: status.proven_with[each] for each in changed}}
        found = {"task_definition": service.task_definition, **{each: facts.described.get(each) for each in changed}}
        said = f"launches {what}{unproven}, and the release is {recorded.image.version}"
        yield _finding(facts, DriftKind.SAVED_VERSION, service.name, expected, found, said)
    if service.desired and not any(each.id in status.healthy and status.of_release(each) for each in status.tasks):
        said = f"names {recorded.image.version}, which no healthy task of {service.name} runs"
        running = dict(facts.live.running)
        found = _finding(facts, DriftKind.NOTHING_RUNS, _record(facts), recorded.image.version, running, said)
        yield replace(found, known_by=sorted(running))


def _record(facts: ContainerFacts) -> str:
    return record_name(facts.own_tags["strata:project"], facts.own_tags["strata:stack"], facts.name)


def _finding(
    facts: ContainerFacts, kind: DriftKind, subject: str, expected: object, found: object, said: str
) -> DriftFinding:
    return DriftFinding(kind, facts.name, subject, expected, found, said, unit=TASKS)
