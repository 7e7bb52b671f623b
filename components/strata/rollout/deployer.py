"""What replaces a service's servers or containers: the protocol that the gate rolls by, whatever does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from strata.rollout.aws_calls import AsyncAws
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.health_gate import Poll
from strata.rollout.preflight_findings import PreflightFinding
from strata.rollout.record import ImageRef, Release
from strata.rollout.spec import RolloutOf, RolloutSpec

__all__ = ["Deployer", "Observation", "Outcome", "Running"]

Ready = TypeVar("Ready")
Spec = TypeVar("Spec", bound=RolloutSpec)
Released = TypeVar("Released", bound=Release)


@dataclass(frozen=True)
class Running:
    """What a rollout finds.

    Args:
        adopted: id of a rollout to this very release that is under way already; None where none is.
        current: whether everything runs the release already, so that nothing has to be replaced; also where nothing
            is wanted.
    """

    adopted: str | None
    current: bool


@dataclass(frozen=True)
class Observation:
    """What one look at a rollout that was started saw.

    Args:
        poll: what the health gate goes by.
        total: servers or containers that take a place, of whatever release.
        status: how the rollout is, in the deployer's words.
        active: whether it has not ended yet.
        succeeded: whether it has ended well.
        reason: why it ended otherwise, in AWS's words; empty where it gives none.
        started: when it began, if AWS reports it.
    """

    poll: Poll
    total: int
    status: str
    active: bool
    succeeded: bool
    reason: str = ""
    started: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """How a rollout ended."""

    last: Observation
    gave_up: str | None
    """Why the gate itself stopped it, if it did."""
    lowest_healthy: int
    ran: bool = False
    """Whether a healthy server of the new release was seen that AWS counted as replaced: healthy and warm."""
    details: str = ""
    """More lines about why the gate stopped it, for the end of the error; empty, or beginning with a line break."""

    @property
    def reason(self) -> str:
        return self.gave_up or self.last.reason or "AWS gave no reason"


class Deployer(Protocol[Spec, Released, Ready]):
    """Carries out the rollouts of one service.

    `Ready` is what its preflight hands to its start; nobody else looks into it.
    """

    @property
    def aws(self) -> AsyncAws:
        """AWS, for what every rollout asks of it."""
        ...

    # before an `up`, and before the record is registered

    async def plan(
        self,
        spec: Spec,
        recorded: Released | None,
        *,
        image: ImageRef | None,
        digest: str | None,
        sidecars: Mapping[str, ImageRef] | None = None,
    ) -> list[str]:
        """What a preview prints about a rollout; all that is asked for is None while it is unknown."""
        ...

    async def kept_value(self, spec: Spec, desired: DesiredRelease, value: str | None) -> str | None:
        """What the record keeps of the value it has, because nothing can be proven now; None where the rollout decides.

        Raises:
            PreflightError: the release must not be launched, even later.
        """
        ...

    async def judge(
        self, spec: Spec, image: ImageRef, sidecars: Mapping[str, ImageRef], *, previews: bool
    ) -> Sequence[PreflightFinding]:
        """What speaks against images that nothing has run yet: absence, proofs, and scans, for which an `up` waits.

        Args:
            spec: what is required of them.
            image: the service's own.
            sidecars: those beside it.
            previews: whether nothing is to be waited for.
        """
        ...

    async def judge_name(
        self, spec: Spec, image: ImageRef, recorded: Released | None, digest: str
    ) -> Sequence[PreflightFinding]:
        """What speaks against recording an image as what it is called, where no preflight looks: it runs already.

        Args:
            spec: what is required of it.
            image: the service's own.
            recorded: the release that the record names.
            digest: of the release that it is for.
        """
        ...

    async def brought_by(self, desired: DesiredRelease) -> str:
        """What brings a release without a gate, or has brought it, as a full clause; empty where nothing does."""
        ...

    async def made_newest(self, service: str, release: Released) -> Released:
        """A release as the newest of its kind launches it, by a copy where something else is newer.

        An engine's refresh reads what is newest of a launch template or of a family of task definitions.
        """
        ...

    async def is_there(self, release: Released) -> bool:
        """Whether what launches a release by its record has not been deleted, and does launch that release."""
        ...

    # adopt

    async def launches(self, rollout: RolloutOf[Spec, Released]) -> bool:
        """Whether what is there launches this very release by itself, as a first deployment does.

        Raises:
            PreflightError: it must not be touched.
        """
        ...

    async def adopt(self, rollout: RolloutOf[Spec, Released]) -> Running:
        """What runs already, after a rollout of something else was dealt with as the settings require.

        Raises:
            PreflightError: it must not be touched.
            BusyError: a rollout of another release is running.
        """
        ...

    async def with_way_back(self, rollout: RolloutOf[Spec, Released]) -> RolloutOf[Spec, Released]:
        """The rollout, with what is known of how it could be rolled back."""
        ...

    # start

    async def preflight(self, rollout: RolloutOf[Spec, Released]) -> Ready:
        """Find out all that speaks against the rollout.

        Raises:
            PreflightError: it must not start; all findings at once.
        """
        ...

    async def run_before(self, rollout: RolloutOf[Spec, Released]) -> None:
        """Run what is to run once for the release before anything is replaced, unless it has already.

        Raises:
            RolloutError: it has failed, and nothing was replaced.
        """
        ...

    async def run_before_first(self, spec: Spec, inputs: Mapping[str, Any], *, image: ImageRef, digest: str) -> None:
        """The same, before what is to run the service is made.

        Args:
            spec: how the service is rolled.
            inputs: what the provider is about to make, in its words.
            image: of the release.
            digest: of the release.

        Raises:
            RolloutError: it has failed, and nothing was made.
        """
        ...

    async def start(self, rollout: RolloutOf[Spec, Released], ready: Ready) -> str:
        """Start it once; gives its id.

        Raises:
            BusyError: somebody else's began at this moment.
        """
        ...

    # watch

    async def observe(
        self, rollout: RolloutOf[Spec, Released], rollout_id: str, *, verified: bool = True
    ) -> Observation:
        """Look at a rollout that was started.

        Args:
            rollout: the rollout.
            rollout_id: its id.
            verified: whether nothing is left to ask of its release; if something is, one that can be asked by test
                requests does not continue. Default: nothing is asked.
        """
        ...

    async def stop(self, rollout: RolloutOf[Spec, Released], rollout_id: str) -> None:
        """Take it back, or stop it where nothing can be taken back."""
        ...

    async def go_back(self, rollout: RolloutOf[Spec, Released]) -> str:
        """Bring back what ran before a rollout that has ended well; gives what became of that, as a clause."""
        ...

    # verify

    async def verify(self, rollout: RolloutOf[Spec, Released], outcome: Outcome) -> None:
        """Return if the rollout has brought its release, and proven it.

        Raises:
            RolloutError: it has not.
        """
        ...

    async def verify_current(self, rollout: RolloutOf[Spec, Released]) -> bool:
        """Return if the release is proven by what runs it already, or was before; nothing is replaced.

        Returns:
            Whether anything runs it: a fleet that wants nothing does not.

        Raises:
            RolloutError: nothing proves it.
        """
        ...

    async def verify_launched(self, rollout: RolloutOf[Spec, Released]) -> None:
        """Wait for what was launched for the release by itself, and return if that proves it.

        Raises:
            RolloutError: it did not become healthy in time.
        """
        ...

    async def keep(self, rollout: RolloutOf[Spec, Released]) -> None:
        """Make sure that what a proven release needs, and the one before it, stays there; a failure is a warning."""
        ...

    # a change, and the deletion, of what runs it

    async def prepare_change(self, spec: Spec, name: str) -> None:
        """Clear the way for the provider, right before it changes what runs the service.

        Raises:
            BusyError: a rollout is running, with which AWS refuses the change, and the settings leave it alone.
        """
        ...

    async def hold(self, name: str, *, protect: bool) -> None:
        """Make AWS refuse the deletion of what runs the service, or accept it, right after it was made or changed."""
        ...

    async def hold_again(self, service: str, name: str) -> None:
        """Make AWS refuse it again where it should and does not; a failure is a warning."""
        ...

    async def tidy(self, spec: Spec, name: str) -> None:
        """End what earlier rollouts have left beside what runs the service, once that is over; a failure is a warning.

        Args:
            spec: how the service is rolled.
            name: of what runs it.
        """
        ...
