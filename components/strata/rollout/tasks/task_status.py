"""Whether what tasks run is what the record names, and what brings the recorded release back where it is not (pure).

`up` repairs no service: where the record is what the program asks for, there is nothing for it to do. A service that
was changed by hand goes back by hand, and whoever reads that it is not the release should not have to work out how.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from strata.rollout.messages import describe_none_wanted, how_to_record
from strata.rollout.proven_names import RECORD_AGAIN
from strata.rollout.record import TaskRelease
from strata.rollout.recorded_images import describe_other, way_and_record
from strata.rollout.recorded_status import RecordedStatus
from strata.rollout.tasks.deployment_parameters import differing_parameters
from strata.rollout.tasks.released_tasks import addresses_of, launches_release
from strata.rollout.tasks.task_driver import place_of
from strata.rollout.tasks.task_routing import HOW_TO_MAKE_AGAIN, TaskRouting
from strata.rollout.tasks.task_views import ContainerServiceView, DefinitionView, RevisionEntry, TaskView

__all__ = ["TaskStatus", "how_to_bring_back", "how_to_start"]

_ACTIVE, _PAUSE = "ACTIVE", "PAUSE"


@dataclass(frozen=True)
class TaskStatus(RecordedStatus[TaskRelease]):
    """A container service's record beside what runs.

    Args:
        service: the service of Amazon ECS; None when there is none.
        tasks: its tasks that run or are about to.
        healthy: ids of those that are healthy.
        definitions: by ARN, the task definitions in use and that of the record; None for one that is not there.
        proven_with: the parameters with which the recorded release was proven, as far as AWS still knows them.
        routing: what leads requests to it; none of it while a deployment moves them.
    """

    service: ContainerServiceView | None
    tasks: tuple[TaskView, ...] = ()
    healthy: frozenset[str] = frozenset()
    definitions: Mapping[str, DefinitionView | None] = field(default_factory=dict[str, DefinitionView | None])
    proven_with: Mapping[str, Any] = field(default_factory=dict[str, Any])
    routing: TaskRouting = field(default_factory=TaskRouting)

    @property
    def foreign(self) -> bool:
        """Whether a task that takes a place, or the service for its next one, is of another release."""
        return self.launches_foreign or not all(self.of_release(each) for each in self.tasks)

    @property
    def launches_foreign(self) -> bool:
        """Whether the next task of the service would be of another release."""
        if self.service is None or self.recorded is None:
            return False
        return not self.launches(self.service.task_definition) or bool(self.changed)

    @property
    def changed(self) -> tuple[str, ...]:
        """Parameters with which new tasks are started and with which the release was not proven."""
        return self._changed(self._primary)

    @property
    def running(self) -> Mapping[str, int]:
        """Tasks that take a place, by what they run: an image version, or a task definition."""
        return Counter(self.runs(each) for each in self.tasks)

    @property
    def missing(self) -> bool:
        """Whether the service wants no task, and should have some by its settings."""
        service = self.service
        return service is not None and service.status == _ACTIVE and not service.desired and self.least > 0

    @property
    def serving(self) -> frozenset[str]:
        """Addresses of its healthy tasks, as target groups know them."""
        return addresses_of(self.tasks, self.healthy)

    @property
    def misnamed(self) -> str:
        """That the record names another image than its task definition launches, as a clause; empty where not."""
        recorded, true = self.recorded, self.true
        found = self.definitions.get(true.task_definition) if true is not None else None
        if recorded is None or true is None or found is None:
            return ""
        name = true.task_definition.rpartition("/")[2]
        return describe_other(f"task definition {name}, which the record names,", recorded, found.images)

    def launches(self, definition: str) -> bool:
        """Whether a task definition launches the recorded release."""
        recorded = self.true
        if recorded is None:
            return False
        if definition == recorded.task_definition:
            return True
        return launches_release(
            recorded, self.definitions.get(definition), self.definitions.get(recorded.task_definition)
        )

    def called(self, definition: str) -> str:
        """What a task definition launches, by name: an image version, or the task definition itself."""
        released = self.launches(definition)
        if self.recorded is not None and released and not self.misnamed:
            return self.recorded.image.version
        found, note = self.definitions.get(definition), self.note
        if note is not None and found is not None and found.digest == note.digest:
            contents = {each.rpartition("@")[2] for each in found.images}
            if not released or note.image.content in contents:
                return note.image.version
        return f"task definition {definition.rpartition('/')[2]}"

    def of_release(self, task: TaskView) -> bool:
        """Whether a task runs the recorded release, and was started as that was proven."""
        return self.launches(task.task_definition) and not self._changed(self._entry_of(task))

    def runs(self, task: TaskView) -> str:
        """What a task runs, by name: an image version, or a task definition."""
        return self._made(task.task_definition, self._changed(self._entry_of(task)))

    def differences(self) -> Iterator[str]:
        recorded, service = self.recorded, self.service
        yield from self.spoiled
        if service is None:
            if recorded is not None:
                yield f"service {recorded.service} of the release is gone"
            return
        if service.status != _ACTIVE:
            yield f"service {service.name} is {service.status}: it is being deleted"
        if recorded is None:
            yield from self._no_proof(service)
            yield from self.routing.gone
            yield from self._none_wanted()
            return
        if service.arn != recorded.service:
            yield f"service {service.arn} is not the release's, which is {recorded.service}"
        yield from filter(None, (self.wrong,))
        others = Counter(self.runs(each) for each in self.tasks if not self.of_release(each))
        for what, count in sorted(others.items()):
            yield f"{count} task{'' if count == 1 else 's'} on {what}"
        if self.launches_foreign:
            what = self._made(service.task_definition, self.changed)
            yield f"the service launches {what}{', not proven: no task ran it' if self.unproven else ''}"
        if service.desired and not any(each.id in self.healthy and self.of_release(each) for each in self.tasks):
            yield f"no healthy task runs {recorded.image.version}"
        if service.desired:
            yield from (said for _, said in self.routing.misled(self.serving))
        yield from self.routing.gone
        yield from self._none_wanted()

    def _none_wanted(self) -> Iterator[str]:
        if self.missing:
            yield describe_none_wanted("service", "task", self.least)

    def _no_proof(self, service: ContainerServiceView) -> Iterator[str]:
        if self.unreadable:
            return
        what = self.called(service.task_definition)
        if service.empty:
            yield f"no release is proven: no task ran {what}"
        else:
            yield f"no release is proven; the service launches {what}"

    @property
    def _primary(self) -> RevisionEntry | None:
        return next((each for each in self.service.entries if each.primary), None) if self.service else None

    def _entry_of(self, task: TaskView) -> RevisionEntry | None:
        """What a task was started for; an entry goes when its last task has stopped."""
        entries = self.service.entries if self.service else ()
        return next((each for each in entries if each.id == task.started_by), None)

    def _changed(self, entry: RevisionEntry | None) -> tuple[str, ...]:
        return tuple(differing_parameters(self.proven_with, entry.shown)) if entry else ()

    def _made(self, definition: str, changed: tuple[str, ...]) -> str:
        called = self.called(definition)
        # of another release nothing is known that it should have been started with
        return f"{called} with another {' and '.join(changed)}" if changed and self.launches(definition) else called


def how_to_bring_back(status: TaskStatus) -> str:
    """What brings the recorded release back, or a record where there is none; empty where all is true.

    Args:
        status: the record beside what runs, while no rollout is running.
    """
    recorded, service = status.true, status.service
    if next(status.differences(), None) is None:
        return RECORD_AGAIN if status.renamed is not None else ""
    start = how_to_start(status.command_line, service, status.least) if service and status.missing else ""
    if service is not None and status.routing.gone:
        return HOW_TO_MAKE_AGAIN
    if recorded is None:
        waits = how_to_record(
            *("tasks", "service", status.forbidden.place),
            unwritten=status.unwritten,
            unreadable=bool(status.unreadable),
            runs=None if status.missing else "",
        )
        return f"{waits}; {start}" if start else waits
    if instead := status.forbidden.way_on(*status.versions):
        return instead
    if service is None or service.arn != recorded.service or service.status != _ACTIVE:
        return f"to bring {recorded.image.version} back: `pulumi up --refresh` makes its service again"
    way = _back(status, recorded, service, start)
    needed = status.foreign or start or _leading(status, service)
    return way_and_record(way if needed else "", status.wrong) or way


def how_to_start(command_line: str, service: ContainerServiceView, least: int) -> str:
    """What starts the tasks of a service that wants none, as a clause.

    Application Auto Scaling does not see what is set by hand: it keeps to its limits only when a policy acts, and a
    service without tasks has no metric on which one would.

    Args:
        command_line: AWS's command line.
        service: the service.
        least: how many tasks it has at least by its settings.
    """
    place = f"--cluster {service.cluster} --service {service.name}"
    return f"`{command_line} ecs update-service {place} --desired-count {least}` starts them"


def _back(status: TaskStatus, recorded: TaskRelease, service: ContainerServiceView, start: str) -> str:
    name = status.called(recorded.task_definition)
    if status.unproven and service.empty:
        back = f"to bring {name} back, pin it and run `pulumi up`"
        return f"`pulumi up` proves it once the service has tasks{f', and {start}' if start else ''}; {back}"
    cluster, service_name = place_of(recorded.service)
    leads = _leading(status, service)
    if leads and not status.foreign:
        return leads
    if start and not status.foreign:
        return f"to have tasks again: {start}"
    if not status.foreign:
        return (
            f"nothing else runs: find out why (`{status.command_line} ecs describe-services --cluster {cluster} "
            f"--services {service_name}`), or pin an image that works and run `pulumi up`"
        )
    definition = status.definitions.get(recorded.task_definition)
    if definition is None or definition.status != _ACTIVE:
        called = recorded.task_definition.rpartition("/")[2]
        return (
            f"task definition {called} was deregistered, and AWS deploys it to no service: pin another image and run "
            "`pulumi up`, which rolls to it"
        )
    command = [
        f"{status.command_line} ecs update-service --cluster {cluster} --service {service_name}",
        f"--task-definition {recorded.task_definition}",
        *(f"--{_kebab(each)} {_quoted(status.proven_with[each])}" for each in status.changed),
        # AWS starts no deployment of what the service launches already
        *(() if status.launches_foreign else ("--force-new-deployment",)),
        *((f"--desired-count {status.least}",) if status.missing else ()),
    ]
    back = f"to bring {name} back: {' '.join(command)}{_hooks(status, service)}"
    return f"{leads}; then, {back}" if leads else back


def _leading(status: TaskStatus, service: ContainerServiceView) -> str:
    """What leads the requests to where the tasks are: a deployment moves them from there only."""
    addresses = {address for each in status.tasks for address in each.addresses}
    commands = status.routing.how_to_lead(status.command_line, addresses) if service.desired else ()
    return f"to lead the requests to the tasks: {' and '.join(commands)}" if commands else ""


def _hooks(status: TaskStatus, service: ContainerServiceView) -> str:
    """Without a gate nobody answers a PAUSE hook, and at the end of its time AWS takes the deployment back."""
    if not any(each.get("targetType") == _PAUSE for each in service.deployed.get("lifecycleHooks") or ()):
        return ""
    return (
        f" and, each time it waits, {status.command_line} ecs continue-service-deployment with the ARN and the hook "
        "that `strata rollout status --json` names"
    )


def _kebab(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name)


def _quoted(value: object) -> str:
    return value if isinstance(value, str) else f"'{json.dumps(value, separators=(',', ':'))}'"
