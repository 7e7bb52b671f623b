"""The services of a stack as a person asks about them: which there are, in which AWS, and what is known of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from strata.aws.outage import Patience, answered
from strata.aws.parameter_tree import read_below
from strata.aws.target import connect_to_aws, plain_errors
from strata.clock import Clock
from strata.errors import UsageError
from strata.images.image_trust import ImageTerms
from strata.naming import record_name, recorded_service, stack_path
from strata.project.location import project_name
from strata.project.stack_file import read_stack
from strata.rollout.absent_record import absent_record
from strata.rollout.break_glass_note import GlassLook
from strata.rollout.freeze_plan import find_freezes
from strata.rollout.live_service import LiveService, tags_of
from strata.rollout.proof_check import find_unconfirmed_pin
from strata.rollout.record import Release, TaskRelease, readable
from strata.rollout.recorded_status import with_proven_name
from strata.rollout.run_once.passed_image import last_run_of, look_for_passed
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata.rollout.servers.machine_trust import called_machine
from strata.rollout.servers.server_plan import judge_pinned, plan_service
from strata.rollout.servers.server_plan import pinned_image as servers_image
from strata.rollout.service_plan import ServicePlan, with_findings
from strata.rollout.stack_place import StackPlace
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_look import look_at_tasks
from strata.rollout.tasks.task_plan import judge_containers, plan_task_service
from strata.rollout.tasks.task_plan import pinned_image as tasks_image
from strata.settings.freeze_spans import NOT_FROZEN, FreezeLook, look_at_freezes
from strata.settings.models import (
    ContainerImageSettings,
    ContainerServiceSettings,
    FreezeSettings,
    ImageSettings,
    PromotionSettings,
    ServiceSettings,
    StackSettings,
)
from strata.settings.unreliable_proofs import ReadForLooking, load_for_looking

__all__ = [
    "IN_PLACE",
    "StackContainers",
    "StackServices",
    "recorded_services",
    "records_of",
    "services_asked",
    "services_of_stack",
]

POLL_SECONDS = 15.0
IN_PLACE: Final = "a fleet that is changed in place: it has no release to compare with"
"""Why nothing is said of a `MaintainedFleet`, after its name and "is"."""
_ANY_NUMBER: Final = {"capacity": {"min": 0, "max": 1}}
"""In place of what no stack file says: with it nothing is missing where nothing runs."""


@dataclass(frozen=True)
class StackContainers:
    """The container services among those asked about.

    Args:
        services: their settings, by name.
        images: container images of the stack file, by name.
        driver: AWS.
        terms: what the stack requires of a new image. Default: nothing.
    """

    services: Mapping[str, ContainerServiceSettings]
    images: Mapping[str, ContainerImageSettings]
    driver: TaskDriver
    terms: ImageTerms = field(default_factory=ImageTerms)
    read: ReadForLooking | None = None
    """The stack file, with what is wrong with the proofs of its pins. Default: there is none."""

    def look(self, project: str, stack: str, *, now: float) -> list[LiveTasks]:
        """Every one of them as it is now, in epoch seconds."""
        return look_at_tasks(self.driver, now, project, stack, self.services)

    def named(self, found: LiveTasks, record: str) -> LiveTasks:
        """It, with what the image that its record names proves to be; while it is rolled nobody asks."""
        if found.rolling:
            return found
        return replace(found, status=with_proven_name(found.status, self.driver, record, self.driver.called))

    def plan(self, found: LiveTasks, record: str, freeze: FreezeLook = NOT_FROZEN, *, now: float) -> ServicePlan:
        """What rolling its image would do; the stack file has none where the program names it."""
        settings = self.services[found.service]
        pin = self.images.get(settings.image or found.service)
        findings = judge_containers(self.driver, found, settings, pin, record, self.terms, now=now)
        proof = pin.proof if pin is not None and self.terms.required else None
        wrong = self.read.of_pin("container_images", settings.image or found.service) if self.read else []
        image = tasks_image(found.service, settings, pin)
        findings = (*findings, *find_unconfirmed_pin(self.driver, record, image, proof, found.recorded, wrong))
        if image is not None and found.recorded is not None:
            findings = (*findings, *look_for_passed(self.driver, record, image))
        before = settings.rollout.before
        note = (
            last_run_of(self.driver, record, before.name, image) if before is not None and image is not None else None
        )
        plan = plan_task_service(found, settings, pin, record, note)
        frozen = find_freezes(self.driver, freeze, found, plan, image, record)
        return with_findings(plan, (*findings, *frozen))


@dataclass(frozen=True)
class StackServices:
    """Asks one AWS about some services of one stack."""

    project: str
    stack: str
    services: dict[str, ServiceSettings]
    images: dict[str, ImageSettings]
    driver: Driver
    clock: Clock
    renew: Callable[[], None] = lambda: None
    """Forgets the credentials in use."""
    containers: StackContainers | None = None
    """Default: no container service is asked about."""
    promotion: PromotionSettings = field(default_factory=PromotionSettings)
    """What the stack requires of a new image. Default: nothing."""
    read: ReadForLooking | None = None
    """The stack file, with what is wrong with the proofs of its pins. Default: there is none."""
    freezes: tuple[FreezeSettings, ...] = ()
    """When no new release is rolled out. Default: never."""

    def look(self) -> Sequence[LiveService]:
        """Every service as it is now, and what the image that its record names proves to be."""
        with plain_errors():
            found = [self._named(each) for each in self._servers()]
            asked = self.containers
            tasks = [asked.named(each, self._record(each)) for each in self._tasks()] if asked is not None else []
            return [*found, *tasks]

    def freeze(self) -> FreezeLook:
        """Which freeze windows are open now, and which one opens next."""
        return look_at_freezes(self.freezes, self.clock.now())

    def _look(self) -> Sequence[LiveService]:
        return [*self._servers(), *self._tasks()]

    def _servers(self) -> list[LiveServers]:
        least = {name: each.least for name, each in self.services.items()}
        return [self._with_held(each) for each in look_at_servers(self.driver, self.project, self.stack, least)]

    def _with_held(self, found: LiveServers) -> LiveServers:
        """With what break-glass holds, as far as it matters: where everything is the release, nothing is asked."""
        if not found.deviations or not found.apart:
            return found
        now, serving = self.clock.now(), found.in_service
        notes = self.driver.glass_notes(self._record(found), found.apart)
        held = (unit for unit, note in notes.items() if note.holds(now) and not note.came_back(serving))
        return replace(found, status=replace(found.status, held=frozenset(held)))

    def _named(self, found: LiveServers) -> LiveServers:
        if found.rolling:
            return found
        pin = self.images.get(self.services[found.service].image or found.service)
        called = partial(called_machine, self.driver, ImageTerms.of(self.promotion, pin))
        return replace(found, status=with_proven_name(found.status, self.driver, self._record(found), called))

    def _tasks(self) -> list[LiveTasks]:
        asked = self.containers
        return asked.look(self.project, self.stack, now=self.clock.now()) if asked else []

    def break_glass(self, found: Sequence[LiveService]) -> list[GlassLook]:
        """What is noted of servers or tasks that somebody was let into, as long as it is open, service by service.

        Args:
            found: what a look has seen.
        """
        with plain_errors():
            return [self._glass(each) for each in found]

    def _glass(self, found: LiveService) -> GlassLook:
        record = self._record(found)
        if isinstance(found, LiveServers):
            return self.driver.open_glass(record, found.apart)
        # a task bears its mark until its end, and nobody puts one back
        return GlassLook(self.driver.glass_notes(record, found.apart))

    async def watch(
        self,
        show: Callable[[Sequence[LiveService]], None],
        say: Callable[[str], None] = lambda _text: None,
        *,
        waits: bool = False,
    ) -> tuple[Sequence[LiveService], frozenset[str]]:
        """Look until no rollout is running. Once AWS has answered, an outage is waited out: it is no end of a rollout.

        Args:
            show: called with what each look saw.
            say: called with what is known of an outage. Default: nothing is reported.
            waits: whether to wait for a rollout to begin where none is running. Default: that is the end.

        Returns:
            The last look, and the services whose rollout was seen running.

        Raises:
            AwsError: AWS refused, cannot be reached to begin with, or does not answer for half an hour.
        """
        followed: set[str] = set()
        patience: Patience | None = None
        while True:
            with plain_errors():
                found = await answered(self._look, self.renew, patience)
            patience = patience or Patience(self.clock, say, pause_seconds=POLL_SECONDS)
            rolling = {each.service for each in found if each.rolling}
            followed |= rolling
            if not rolling and (followed or not waits):
                return found, frozenset(followed)
            show(found)
            await self.clock.sleep(POLL_SECONDS)

    def plans(self) -> list[ServicePlan]:
        """What rolling each service's pinned image would do, and whether `up` refuses it."""
        with plain_errors():
            freeze = self.freeze()
            plans = [self._plan(found, freeze) for found in self._servers()]
            if self.containers is not None:
                now = self.clock.now()
                plans += [self.containers.plan(found, self._record(found), freeze, now=now) for found in self._tasks()]
        return plans

    def _plan(self, found: LiveServers, freeze: FreezeLook) -> ServicePlan:
        settings, record = self.services[found.service], self._record(found)
        pin = self.images[settings.image or found.service]
        image, terms = servers_image(found.service, settings, pin), ImageTerms.of(self.promotion, pin)
        findings = judge_pinned(self.driver, found, image, record, terms, now=self.clock.now())
        proof = pin.proof if terms.required else None
        wrong = self.read.of_pin("images", settings.image or found.service) if self.read else []
        findings = (*findings, *find_unconfirmed_pin(self.driver, record, image, proof, found.recorded, wrong))
        if image is not None and found.recorded is not None:
            findings = (*findings, *look_for_passed(self.driver, record, image))
        before = settings.rollout.before
        note = (
            last_run_of(self.driver, record, before.name, image) if before is not None and image is not None else None
        )
        plan = plan_service(found, settings, pin, record, note)
        frozen = find_freezes(self.driver, freeze, found, plan, image, record)
        return with_findings(plan, (*findings, *frozen))

    def _record(self, found: LiveService) -> str:
        return record_name(self.project, self.stack, found.service)


def services_of_stack(project: Path, stack: str, service: str | None, *, local: bool) -> StackServices:
    """Prepare to ask about a stack.

    Args:
        project: folder of the Pulumi project.
        stack: the stack.
        service: one service, whether servers or containers run it. Default: all of the stack.
        local: ask the local AWS of the last rehearsal.

    Raises:
        SettingsError: the stack file has problems.
        UsageError: there is no such service, or no local AWS.
    """
    file = read_stack(project, stack)
    # its clock may be days ahead, and so may the proofs that were written by it: whatever else is wrong with the file
    rehearsed = connect_to_aws(project, stack, file, local=True) if local else None
    read = load_for_looking(file, now=rehearsed[1].now() if rehearsed else None)
    settings = read.settings
    names = services_asked(settings, stack, service)
    clients, clock = rehearsed or connect_to_aws(project, stack, file, local=False)
    return StackServices(
        project=project_name(project),
        stack=stack.rsplit("/", 1)[-1],
        services={name: each for name, each in settings.services.items() if name in names},
        images=dict(settings.images),
        driver=Driver(clients),
        clock=clock,
        renew=clients.renew,
        containers=StackContainers(
            services={name: each for name, each in settings.container_services.items() if name in names},
            images=settings.container_images,
            driver=TaskDriver(clients),
            terms=ImageTerms.of(settings.promotion),
            read=read,
        ),
        promotion=settings.promotion,
        read=read,
        # a rehearsal leaves them out, and its clock is another one
        freezes=() if local else settings.freezes,
    )


def records_of(place: StackPlace) -> dict[str, str]:
    """Values of the release records of a stack, by service."""
    path = stack_path(place.project, place.stack, "").rstrip("/")
    values = read_below(place.clients, path, recursive=True)
    return {found[1]: value for name, value in values.items() if (found := recorded_service(name)) is not None}


def recorded_services(place: StackPlace, service: str | None, called: str) -> StackServices:
    """Prepare to look at a stack whose project is not at hand: at the services that have a release record.

    Args:
        place: the stack.
        service: one service; None for all.
        called: the stack as a further command finds it.

    Raises:
        UsageError: there is no record of it, or of any.
    """
    driver = Driver(place.clients)
    with plain_errors():
        records = records_of(place)
    if service is not None and service not in records:
        with plain_errors():
            raise absent_record(place, service, called, records)
    if not records:
        region = place.clients("ssm").meta.region_name
        raise UsageError(
            f"there is no release record of any service of {place.title} in {region}",
            fix="Check the names, the region and the account.",
        )
    asked = {name: value for name, value in records.items() if service in (None, name)}
    of_servers = ServiceSettings.model_validate(_ANY_NUMBER)
    of_tasks = ContainerServiceSettings.model_validate({**_ANY_NUMBER, "scaling": None})
    tasks = {name for name, value in asked.items() if _runs_tasks(place, name, value)}
    return StackServices(
        project=place.project,
        stack=place.stack,
        services=dict.fromkeys(sorted(asked.keys() - tasks), of_servers),
        images={},
        driver=driver,
        clock=place.clock,
        renew=place.clients.renew,
        containers=StackContainers(dict.fromkeys(sorted(tasks), of_tasks), {}, TaskDriver(place.clients)),
    )


def _runs_tasks(place: StackPlace, service: str, value: str) -> bool:
    """Whether tasks run a service; where nothing is proven yet, by what there is of it."""
    release = readable(Release, value)
    if release is not None:
        return isinstance(release, TaskRelease)
    return TaskDriver(place.clients).service_tagged(tags_of(place.project, place.stack, service)) is not None


def services_asked(settings: StackSettings, stack: str, service: str | None) -> set[str]:
    """Names of the services asked about; no two of a stack have the same, whatever runs them.

    Args:
        settings: of the stack.
        stack: its name, for the error.
        service: one service. Default: all.

    Raises:
        UsageError: there is no such service, or it is a fleet that has no releases.
    """
    known = {*settings.services, *settings.container_services}
    if service is None:
        return known
    if service in settings.maintained:
        raise UsageError(
            f"{service!r} of {stack} is {IN_PLACE}",
            fix="Look at what its association in Systems Manager has done; its id is the output association_id of the "
            "component.",
        )
    if service not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise UsageError(f"no service is called {service!r} in {stack}", fix=f"Use one of: {listed}.")
    return {service}
