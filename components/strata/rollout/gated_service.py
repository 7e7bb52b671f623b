"""What a service hands to its gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pulumi

from strata.rollout.record import ImageRef, Release, ServerRelease, TaskRelease
from strata.rollout.spec import RolloutSpec

__all__ = ["DesiredRelease", "Gate", "GatedService", "KeptRecord", "NoGate"]


@dataclass(frozen=True)
class DesiredRelease:
    """What the program asks a service to run.

    Args:
        fleet: name of what its servers or containers belong to in AWS.
        image: the image.
        digest: the release digest.
        template: id of the launch template; None while a preview does not know it.
        template_version: its newest version; None while a preview does not know it.
        task_definition: ARN of the task definition; None while a preview does not know it.
        parameters: see `GatedService`.
        sidecars: images of its sidecars, by their names.
    """

    fleet: str
    image: ImageRef
    digest: str
    template: str | None = None
    template_version: int | None = None
    task_definition: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sidecars: Mapping[str, ImageRef] = field(default_factory=dict[str, ImageRef])

    @property
    def release(self) -> Release | None:
        """As a record names it; None while a preview does not know what launches it."""
        if self.task_definition is not None:
            return TaskRelease(
                service=self.fleet,
                task_definition=self.task_definition,
                image=self.image,
                digest=self.digest,
                sidecars=self.sidecars,
            )
        if self.template is None or self.template_version is None:
            return None
        return ServerRelease(
            group=self.fleet,
            template=self.template,
            template_version=self.template_version,
            image=self.image,
            digest=self.digest,
        )

    @property
    def images(self) -> tuple[ImageRef, ...]:
        """All images that are to run, the service's own first."""
        return (self.image, *self.sidecars.values())


@dataclass(frozen=True)
class GatedService:
    """A service as its gate sees it, at the time the program runs: outputs may still be unknown.

    Args:
        spec: how it is rolled; hooks are named after its service.
        component: the component that log lines are attached to.
        image: the image the program asks for.
        digest: release digest of what the program asks for.
        alarm_names: alarms that gate the rollout.
        parameters: what only the gate may send to AWS along with the release, because AWS starts a rollout when it
            changes; in AWS's words. Default: nothing.
        sidecars: the images that the program asks for beside that of the application, by the name of the sidecar.
            Default: none.
        url: where the load balancer that leads requests to it answers. Default: it has none.
    """

    spec: RolloutSpec
    component: pulumi.ComponentResource
    image: pulumi.Output[ImageRef]
    digest: pulumi.Output[str]
    alarm_names: pulumi.Output[Sequence[str]]
    parameters: pulumi.Output[Mapping[str, Any]] | None = None
    sidecars: pulumi.Output[Mapping[str, ImageRef]] | None = None
    url: pulumi.Output[str] | None = None

    @property
    def service(self) -> str:
        """The service's name."""
        return self.spec.service

    @property
    def record(self) -> str:
        """Name of the SSM parameter that holds its release."""
        return self.spec.record


@dataclass(frozen=True)
class KeptRecord:
    """What a record goes on saying, whatever the program asks for.

    Args:
        value: the whole of it, because nothing can be proven now. Default: the rollout decides.
        follows: the version of the record that the release follows, see `followed_by`. Default: it is not said.
        newest: the release that is asked for as it is made newest in AWS, which the engine's state need not know.
            Default: as the program has made it.
    """

    value: str | None = None
    follows: int | None = None
    newest: Release | None = None

    def written(self, release: Release) -> str:
        """The record's value for the release that the program asks for, or what it goes on saying instead.

        Args:
            release: the release.
        """
        return self.value if self.value is not None else release.launched_by(self.newest).to_json(self.follows)


class Gate(Protocol):
    """Runs a service's rollout inside `pulumi up`."""

    def bind_record(self, gated: GatedService) -> pulumi.ResourceHookBinding | None:
        """Hooks for the release record: the rollout itself."""
        ...

    def bind_fleet(self, gated: GatedService) -> pulumi.ResourceHookBinding | None:
        """Hooks for the fleet: what stops an ungated replacement."""
        ...

    async def kept(self, gated: GatedService, desired: DesiredRelease) -> KeptRecord:
        """What the record keeps of what it says in AWS."""
        ...


class NoGate:
    """A gate that lets everything pass, for unit tests: Pulumi's mocks cannot run hooks."""

    def bind_record(self, gated: GatedService) -> None:
        """No hooks."""

    def bind_fleet(self, gated: GatedService) -> None:
        """No hooks."""

    async def kept(self, gated: GatedService, desired: DesiredRelease) -> KeptRecord:
        """Nothing is kept."""
        del gated, desired
        return KeptRecord()
