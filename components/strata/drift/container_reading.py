"""Reads what a look for drift of tasks compares, service by service, and looks again at whatever seems to differ."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from strata.clock import Clock
from strata.drift.container_drift import compare_tasks
from strata.drift.container_facts import ContainerFacts
from strata.drift.drift_finding import TASKS, ServiceDrift, UnreadPart
from strata.drift.glass_reading import read_glass
from strata.drift.noted_answers import NotedAnswers
from strata.drift.spoiled_record import spoiled_service
from strata.drift.task_drift_driver import TaskDriftDriver
from strata.images.verdicts import describe_verdict
from strata.naming import note_name, record_name
from strata.rollout.live_service import tags_of
from strata.rollout.record import ImageRef, TaskRelease, readable
from strata.rollout.recorded_status import with_proven_name
from strata.rollout.tasks.image_lookup import in_repository
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.service_terms import ServiceTerms
from strata.rollout.tasks.task_look import look_at_tasks
from strata.rollout.tasks.task_views import ContainerServiceView
from strata.settings.models import ContainerServiceSettings
from strata.verdict_names import sidecar_verdict_names, verdict_names

__all__ = ["look_for_task_drift"]

Services = Mapping[str, ContainerServiceSettings]

_FORGOTTEN = (
    "AWS keeps a deployment for ninety days, and does not know any more with what the release was proven; "
    "`strata rollout refresh {stack} {service}` proves it again"
)


def look_for_task_drift(
    make: Callable[[], TaskDriftDriver], clock: Clock, project: str, stack: str, services: Services
) -> tuple[list[ServiceDrift], list[UnreadPart]]:
    """Compare container services with their releases.

    AWS answers about a service, its tasks and its deployments one after the other, and in between a deployment may
    begin or end. So a service that seems to differ is looked at once more, and what differs is what both looks find.

    Args:
        make: AWS, fresh at every call: it keeps what it was answered.
        clock: time.
        project: the Pulumi project.
        stack: the stack.
        services: the settings of those that tasks run, by name.

    Returns:
        The services that could be compared, and what could not be read.
    """
    first = _TaskReading(make(), clock, project, stack, services)
    found = {each.service: each for each in first.compared()}
    doubtful = {name: each for name, each in services.items() if name in found and found[name].findings}
    if not doubtful:
        return list(found.values()), first.answers.unread
    second = _TaskReading(make(), clock, project, stack, doubtful)
    for again in second.compared():
        seen = {(each.kind, each.subject) for each in found[again.service].findings}
        kept = tuple(each for each in again.findings if (each.kind, each.subject) in seen)
        found[again.service] = replace(again, findings=kept)
    settled = [each for each in first.answers.unread if each.service not in doubtful]
    return list(found.values()), [*settled, *second.answers.unread]


class _TaskReading:
    """One look at container services of a stack."""

    def __init__(self, driver: TaskDriftDriver, clock: Clock, project: str, stack: str, services: Services) -> None:
        self.answers = NotedAnswers()
        self._driver = driver
        self._clock = clock
        self._project = project
        self._stack = stack
        self._services = services

    def compared(self) -> list[ServiceDrift]:
        """Those that could be read."""
        records = [self._record(each) for each in self._services]
        values = self._driver.parameters([name for each in records for name in (each, note_name(each))])
        releases = {each: release for each in records if (release := readable(TaskRelease, values.get(each)))}
        self._driver.announce(each.service for each in releases.values())
        self._driver.parameters([name for each, release in releases.items() for name in _verdicts(each, release)])
        found = (self._compare(name) for name in self._services)
        return [each.with_names({"STACK": self._stack}) for each in found if each is not None]

    def _record(self, name: str) -> str:
        return record_name(self._project, self._stack, name)

    def _compare(self, name: str) -> ServiceDrift | None:
        if (spoiled := self._spoiled(name)) is not None:
            return spoiled
        live = self.answers.read(name, "everything", lambda: self._live(name))
        if live is None:
            return None
        facts = ContainerFacts(
            live=live,
            described=self._driver.described.get(live.status.service.arn, {}) if live.status.service else {},
            terms=ServiceTerms.of_service(self._services[name]),
            own_tags=tags_of(self._project, self._stack, name),
            now=self._clock.now(),
        )
        for with_more in (self._with_tasks, self._with_rules, self._with_glass, self._with_images, self._with_name):
            facts = with_more(facts)
        return compare_tasks(facts)

    def _with_name(self, facts: ContainerFacts) -> ContainerFacts:
        """With what the image proves to be, which is asked only where no gate has called it what the record does."""
        live, status = facts.live, facts.live.status
        if live.rolling or status.misnamed:
            return facts
        ask = partial(with_proven_name, status, self._driver, self._record(facts.name), self._driver.called)
        named = self.answers.read(facts.name, "what its image proves to be", ask)
        if named is None or named.renamed is None or named.true is None:
            return facts
        own = named.true.image.id
        why = next((named.forbidden.why[each] for each in named.versions if each in named.forbidden.why), None)
        forbidden = {key: each for key, each in facts.forbidden.items() if key != own}
        if why is not None:
            forbidden[own] = why
        return replace(facts, live=replace(live, status=named), forbidden=forbidden)

    def _spoiled(self, name: str) -> ServiceDrift | None:
        record = self._record(name)
        value = self._driver.parameters([record]).get(record)
        return spoiled_service(TaskRelease, name, record, value, self.answers, TASKS)

    def _live(self, name: str) -> LiveTasks:
        asked = {name: self._services[name]}
        (found,) = look_at_tasks(self._driver, self._clock.now(), self._project, self._stack, asked)
        return found

    def _with_tasks(self, facts: ContainerFacts) -> ContainerFacts:
        service = facts.service
        if service is None:
            return facts
        for arn, why in self._driver.undescribed.items():
            self.answers.note(facts.name, f"task {arn.rpartition('/')[2]}", why, "DescribeTasks")
        self._note_forgotten(facts, service)
        others = [each for each in self._driver.in_cluster(service.arn) if each.service != service.name]
        return replace(facts, tasks=tuple(self._driver.running(service.arn)), others=tuple(others))

    def _with_rules(self, facts: ContainerFacts) -> ContainerFacts:
        """With the rules of test requests, which ECS changes while it deploys."""
        service = facts.service
        if service is None or facts.live.rolling:
            return facts
        found = self.answers.read(
            facts.name,
            "its listener rule of test requests",
            lambda: {each: self._driver.listener_rule(each) for each in service.test_rules},
        )
        return replace(facts, test_rules=found or {})

    def _with_glass(self, facts: ContainerFacts) -> ContainerFacts:
        """With what is noted of tasks that somebody was let into: all of them are marked."""
        record, units = self._record(facts.name), sorted(facts.tainted)
        return replace(facts, glass=read_glass(self.answers, self._driver, facts.name, record, units))

    def _note_forgotten(self, facts: ContainerFacts, service: ContainerServiceView) -> None:
        """That nothing shows any more what the release was proven with, where something was started since."""
        if facts.recorded is None or facts.live.rolling or facts.status.proven_with:
            return
        record = self._record(facts.name)
        proven = self.answers.read(facts.name, "when it was proven", lambda: self._driver.written(record))
        started = next((each.shown.get("createdAt") for each in service.entries if each.primary), None)
        if proven is not None and started is not None and started <= proven:
            return
        what = "whether it has the network, platform version and load balancers of its release"
        self.answers.note(facts.name, what, _FORGOTTEN.format(stack=self._stack, service=facts.name))

    def _with_images(self, facts: ContainerFacts) -> ContainerFacts:
        recorded = facts.recorded
        if recorded is None:
            return facts
        names = _verdicts(self._record(facts.name), recorded)
        said = self._driver.parameters(sorted(names))
        forbidden = {names[name].id: describe_verdict(name, value) for name, value in said.items()}
        missing, unasked = self._images(facts.name, (each.id for each in recorded.images))
        return replace(facts, forbidden=forbidden, missing=missing, unasked=unasked)

    def _images(self, service: str, references: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Which of the images are gone, and which are where nobody can be asked."""
        missing: set[str] = set()
        unasked: set[str] = set()
        for each in references:
            image = in_repository(each)
            if image is None:
                unasked.add(each)
                continue
            if self.answers.read(service, f"its image {each}", partial(self._driver.has_image, image)) is False:
                missing.add(each)
        return frozenset(missing), frozenset(unasked)


def _verdicts(record: str, release: TaskRelease) -> dict[str, ImageRef]:
    """What speaks against an image of a release by being there: a veto of a version is of the application's only."""
    image = release.image
    beside = {
        name: each
        for each in release.sidecars.values()
        for name in sidecar_verdict_names(record, each.name, each.version, each.id)
    }
    return {**beside, **dict.fromkeys(verdict_names(record, image.name, image.version, image.id), image)}
