"""What a service hands to its gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from strata.rollout.record import ImageRef
from strata.rollout.servers.order import Manner
from strata.settings.models import HealthSettings, RolloutSettings

__all__ = ["Asked", "Gate", "NoGate", "Subject"]


@dataclass(frozen=True)
class Asked:
    """What the program asks a service to run.

    Args:
        group: name of its group.
        image: the image.
        digest: the release digest.
        template: id of the launch template; None while a preview does not know it.
        template_version: its newest version; None while a preview does not know it.
    """

    group: str
    image: ImageRef
    digest: str
    template: str | None = None
    template_version: int | None = None


@dataclass(frozen=True)
class Subject:
    """A service as its gate sees it, at the time the program runs: outputs may still be unknown.

    Args:
        service: the service's name; hooks are named after it.
        component: the component that log lines are attached to.
        rollout, health, boot_seconds, drain_seconds, notify_topic_arn: the service's settings.
        record: name of the SSM parameter that holds its release.
        image: the image the program asks for.
        digest: release digest of what the program asks for.
        alarm_names: alarms that gate the rollout.
        behind_load_balancer: whether a load balancer judges its health; EC2 does for a worker.
        protect: whether AWS is to refuse the deletion of its group.
    """

    service: str
    component: pulumi.ComponentResource
    rollout: RolloutSettings
    health: HealthSettings
    boot_seconds: int
    drain_seconds: int
    record: str
    image: pulumi.Output[ImageRef]
    digest: pulumi.Output[str]
    alarm_names: pulumi.Output[Sequence[str]]
    notify_topic_arn: str | None = None
    behind_load_balancer: bool = True
    protect: bool = False

    @property
    def manner(self) -> Manner:
        """The settings alone."""
        return Manner(
            service=self.service,
            rollout=self.rollout,
            health=self.health,
            boot_seconds=self.boot_seconds,
            drain_seconds=self.drain_seconds,
            record=self.record,
            topic=self.notify_topic_arn,
            behind_load_balancer=self.behind_load_balancer,
        )


class Gate(Protocol):
    """Runs a service's rollout inside `pulumi up`."""

    def bind_record(self, subject: Subject) -> pulumi.ResourceHookBinding | None:
        """Hooks for the release record: the rollout itself."""
        ...

    def bind_group(self, subject: Subject) -> pulumi.ResourceHookBinding | None:
        """Hooks for the group: what stops an ungated replacement."""
        ...

    async def kept(self, subject: Subject, asked: Asked) -> str | None:
        """The value the record keeps because nothing can be proven now; None where it becomes what is asked."""
        ...


class NoGate:
    """A gate that lets everything pass, for unit tests: Pulumi's mocks cannot run hooks."""

    def bind_record(self, subject: Subject) -> None:
        """No hooks."""

    def bind_group(self, subject: Subject) -> None:
        """No hooks."""

    async def kept(self, subject: Subject, asked: Asked) -> None:
        """Nothing is kept."""
