"""The services of a stack as a person asks about them: which there are, in which AWS, and what to say of each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.aws.outage import Patience, answered
from strata.aws.target import connect_to_aws, plain_errors
from strata.clock import Clock
from strata.errors import UsageError
from strata.parameter_names import record_name
from strata.project.location import project_name
from strata.project.stack_file import read_stack
from strata.rollout.inspection import Inspection, inspect
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.plan import RolloutPlan, plan_rollout
from strata.rollout.servers.preview import gives_up
from strata.rollout.servers.spec_preferences import preferences_for
from strata.rollout.spec import RolloutSpec
from strata.settings.load import load_stack
from strata.settings.models import ImageSettings, ServiceSettings

__all__ = ["ServicePlan", "Survey", "survey"]

POLL_SECONDS = 15.0


@dataclass(frozen=True)
class ServicePlan:
    """What rolling a service's pinned image would do."""

    service: str
    headline: str
    lines: tuple[str, ...]
    rolls: bool | None
    """None where only a preview can tell."""
    warnings: tuple[str, ...] = ()
    before: str | None = None
    """Version that is live; None for a first deployment."""
    after: str | None = None
    """Version that is pinned; None where a lookup says which."""
    plan: RolloutPlan | None = None
    """None where nothing is replaced."""

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout plan` has it."""
        return {
            "service": self.service,
            "rolls": self.rolls,
            "from": self.before,
            "to": self.after,
            **_numbers(self.plan),
            "headline": self.headline,
            "lines": list(self.lines),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Survey:
    """Asks one AWS about some services of one stack."""

    project: str
    stack: str
    services: dict[str, ServiceSettings]
    images: dict[str, ImageSettings]
    driver: Driver
    clock: Clock
    renew: Callable[[], None] = lambda: None
    """Forgets the credentials in use."""

    def look(self) -> list[Inspection]:
        """Every service as it is now."""
        with plain_errors():
            return self._inspect()

    def _inspect(self) -> list[Inspection]:
        return inspect(self.driver, self.project, self.stack, self.services)

    async def watch(
        self,
        show: Callable[[list[Inspection]], None],
        say: Callable[[str], None] = lambda _text: None,
        *,
        waits: bool = False,
    ) -> tuple[list[Inspection], frozenset[str]]:
        """Look until no rollout is running. Once AWS has answered, an outage is waited out: it is no end of a rollout.

        Args:
            show: told what each look saw.
            say: told of an outage. Default: nobody is.
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
                found = await answered(self._inspect, self.renew, patience)
            patience = patience or Patience(self.clock, say, pause_seconds=POLL_SECONDS)
            rolling = {each.service for each in found if each.rolling}
            followed |= rolling
            if not rolling and (followed or not waits):
                return found, frozenset(followed)
            show(found)
            await self.clock.sleep(POLL_SECONDS)

    def plans(self) -> list[ServicePlan]:
        """What rolling each service's pinned image would do."""
        return [self._plan(each) for each in self.look()]

    def _plan(self, found: Inspection) -> ServicePlan:
        settings = self.services[found.service]
        pin = self.images[settings.image or found.service]
        wanted = pin.version or pin.parameter or "an image looked up"
        if found.group is None or found.recorded is None:
            return ServicePlan(
                found.service,
                f"{found.service}: first deployment of {wanted}",
                _before(found),
                rolls=True,
                after=pin.version,
            )
        now = found.recorded.image
        if pin.id == now.id:
            live = f"recorded, and not what runs ({found.live})" if found.deviations else "live"
            headline = f"{found.service}: {now.version} is pinned and {live}; rolls only if something else differs"
            rolls = None
        else:
            headline = f"{found.service}: rolls from {now.version} to {wanted}"
            rolls = True
        record = record_name(self.project, self.stack, found.service)
        spec = RolloutSpec.of_service(found.service, settings, record=record)
        if found.group.empty and rolls:
            return ServicePlan(
                found.service,
                f"{found.service}: launches {wanted} from the next scale-out on; {now.version} stays the release until "
                "a server has run it",
                _before(found),
                rolls=False,
            )
        plan = plan_rollout(
            found.group.desired,
            preferences_for(spec),
            boot_seconds=settings.boot_seconds,
            drain_seconds=settings.drain_seconds,
        )
        return ServicePlan(
            service=found.service,
            headline=headline,
            lines=(*_before(found), *plan.describe(), gives_up(spec)),
            rolls=rolls,
            warnings=tuple(warning.text for warning in plan.warnings),
            before=now.version,
            after=pin.version,
            plan=plan,
        )


def _before(found: Inspection) -> tuple[str, ...]:
    """What is to be known before anything else: a rollout that is running, and a service that is not its release."""
    refresh = found.refresh
    if refresh is None or not refresh.active:
        lines = [f"not the release: {line}" for line in found.deviations]
        return (*lines, *([found.way_back] if found.way_back else []))
    since = f" since {refresh.started:%Y-%m-%d %H:%M} UTC" if refresh.started else ""
    target = f" to {found.target}" if found.target else ""
    return (f"a rollout{target} is running{since}: {refresh.status} {refresh.percentage} %",)


def _numbers(plan: RolloutPlan | None) -> dict[str, int | None]:
    """A plan's numbers under the names they have in the report of a rehearsal, which measures them."""
    return {
        "desired": plan.desired if plan else None,
        "floor": plan.floor if plan else None,
        "ceiling": plan.ceiling if plan else None,
        "lowest_healthy": plan.lowest_capacity if plan else None,
        "highest_total": plan.highest_total if plan else None,
        "batches": len(plan.batches) if plan else None,
        "estimated_seconds": round(plan.estimated_seconds) if plan else None,
    }


def survey(project: Path, stack: str, service: str | None, *, local: bool) -> Survey:
    """Prepare to ask about a stack.

    Args:
        project: folder of the Pulumi project.
        stack: the stack.
        service: one service. Default: all of the stack.
        local: ask the local AWS of the last rehearsal.

    Raises:
        SettingsError: the stack file has problems.
        UsageError: there is no such service, or no local AWS.
    """
    file = read_stack(project, stack)
    settings = load_stack(file).settings
    if service is not None and service not in settings.services:
        known = ", ".join(sorted(settings.services)) or "none"
        raise UsageError(f"no service is called {service!r} in {stack}", fix=f"Use one of: {known}.")
    clients, clock = connect_to_aws(project, stack, file, local=local)
    return Survey(
        project=project_name(project),
        stack=stack.rsplit("/", 1)[-1],
        services={service: settings.services[service]} if service else dict(settings.services),
        images=dict(settings.images),
        driver=Driver(clients),
        clock=clock,
        renew=clients.renew,
    )
