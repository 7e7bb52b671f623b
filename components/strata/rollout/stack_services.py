"""The services of a stack as a person asks about them: which there are, in which AWS, and what is known of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from strata.aws.outage import Patience, answered
from strata.aws.target import connect_to_aws, plain_errors
from strata.clock import Clock
from strata.errors import UsageError
from strata.naming import record_name
from strata.project.location import project_name
from strata.project.stack_file import read_stack
from strata.rollout.live_service import LiveService
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata.rollout.servers.service_plan import plan_service
from strata.rollout.service_plan import ServicePlan
from strata.settings.load import load_stack
from strata.settings.models import ImageSettings, ServiceSettings

__all__ = ["StackServices", "services_of_stack"]

POLL_SECONDS = 15.0


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

    def look(self) -> Sequence[LiveService]:
        """Every service as it is now."""
        with plain_errors():
            return self._look()

    def _look(self) -> Sequence[LiveService]:
        return self._servers()

    def _servers(self) -> list[LiveServers]:
        return look_at_servers(self.driver, self.project, self.stack, self.services)

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
        """What rolling each service's pinned image would do."""
        with plain_errors():
            servers = self._servers()
        plans: list[ServicePlan] = []
        for found in servers:
            settings = self.services[found.service]
            pin = self.images[settings.image or found.service]
            plans.append(plan_service(found, settings, pin, record_name(self.project, self.stack, found.service)))
        return plans


def services_of_stack(project: Path, stack: str, service: str | None, *, local: bool) -> StackServices:
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
    return StackServices(
        project=project_name(project),
        stack=stack.rsplit("/", 1)[-1],
        services={service: settings.services[service]} if service else dict(settings.services),
        images=dict(settings.images),
        driver=Driver(clients),
        clock=clock,
        renew=clients.renew,
    )
