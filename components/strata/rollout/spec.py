"""How a service is rolled, and one rollout to carry out: plain values, whoever replaces its servers or containers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar

from strata.images.image_trust import ImageTerms
from strata.rollout.record import ImageRef, Release

if TYPE_CHECKING:
    from strata.settings.models.freeze import FreezeSettings
    from strata.settings.models.rollout import GateSettings
    from strata.settings.models.run_once import RunOnceSettings

__all__ = ["Rollout", "RolloutOf", "RolloutSpec", "share"]

Spec_co = TypeVar("Spec_co", bound="RolloutSpec", covariant=True)
Release_co = TypeVar("Release_co", bound=Release, covariant=True)


@dataclass(frozen=True, kw_only=True)
class RolloutSpec:
    """How a service is rolled: what its stack file sets, without anything AWS decides."""

    UNIT: ClassVar[str] = "server"
    """What is replaced, in one word."""
    FLEET: ClassVar[str] = "group"
    """What has a number of them, in one word."""

    service: str
    settings: "GateSettings"
    boot_seconds: int
    drain_seconds: int
    record: str
    """Name of the SSM parameter that holds the service's release."""
    topic: str | None = None
    """SNS topic that is notified of a rollout."""
    protect: bool = False
    """Whether AWS is to refuse the deletion of what runs it."""
    least: int = 0
    """How many it has at least by its settings; 0 where it may have none."""
    terms: ImageTerms | None = None
    """What is required of a new image; None where it has run before, as on the way back, and nothing is."""
    freezes: "tuple[FreezeSettings, ...]" = ()
    """When no other release is brought; none where no program asks for one, as on the way back."""
    before: "RunOnceSettings | None" = None
    """What runs once for each release before its rollout; None where nothing does."""
    host: str = ""
    """Host name by which the load balancer is asked for it; empty for the load balancer's own."""
    test_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers that requests have which reach a new release before any other does; none where there are no such."""

    @property
    def no_way_back(self) -> str:
        """Why nothing goes back to the release before by itself, as a clause; empty where something may."""
        if self.before is None or not self.before.one_way:
            return ""
        return f"the release before cannot run after {self.before.name} (`rollout.before.compatible` is none)"

    @property
    def goes_back(self) -> bool:
        """Whether a rollout that fails may go back by itself."""
        return self.settings.auto_rollback and not self.no_way_back

    @property
    def warm_up_seconds(self) -> int:
        """Seconds from the start of what is new until it counts as healthy."""
        raise NotImplementedError

    @property
    def pause_seconds(self) -> int:
        """Seconds that the rollout may rest by itself without progress. Default: none."""
        return 0

    @property
    def verified_when(self) -> str:
        """When a release is verified, to follow "before it is final, "."""
        raise NotImplementedError

    @property
    def verifies_first(self) -> bool:
        """Whether it is verified by test requests before any other request moves. Default: no."""
        return False

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """Percentages done that are worth a message. Default: none."""
        return ()

    @property
    def patience_seconds(self) -> int:
        """Seconds without progress until the gate gives up: the deadline, beyond what a good batch needs anyway."""
        return self.settings.progress_deadline_seconds + self.boot_seconds + self.warm_up_seconds


@dataclass(frozen=True)
class RolloutOf(Generic[Spec_co, Release_co]):
    """One rollout to carry out, of servers or of containers."""

    spec: Spec_co
    release: Release_co
    alarms: tuple[str, ...] = ()
    """Names of the alarms that gate it."""
    can_roll_back: bool = True
    """Whether there is a good release to go back to; not so for a first deployment."""
    recorded: Release_co | None = None
    """What the service is proven to run before this rollout; None when nothing is."""
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What goes to AWS along with the release, in AWS's words: see `GatedService`."""
    cure: bool = False
    """Whether what runs is neither proven nor healthy: stopping this rollout would bring nothing better back."""
    worn: frozenset[str] = frozenset()
    """Ids of the servers or tasks that run the release already and are to be replaced all the same: of them none counts
    as new."""
    url: str = ""
    """Where the load balancer of the service answers; empty without one."""

    @property
    def service(self) -> str:
        return self.spec.service

    @property
    def new_images(self) -> tuple[ImageRef, ...]:
        """Those of its images that the record does not name."""
        known = {each.content for each in self.recorded.images} if self.recorded is not None else set[str]()
        return tuple(each for each in self.release.images if each.content not in known)

    @property
    def fleet_replaced(self) -> bool:
        """Whether the release runs on another fleet than the recorded one, which boots it by itself."""
        return self.recorded is not None and self.recorded.fleet != self.release.fleet

    @property
    def proven(self) -> bool:
        """Whether this very release has run before: a revert, or a change that servers or containers do not feel."""
        return self.recorded is not None and self.recorded.digest == self.release.digest


Rollout: TypeAlias = RolloutOf[RolloutSpec, Release]
"""A rollout of whatever, as the gate knows it."""


def share(desired: int, percent: int) -> int:
    """The servers that make up a percentage of the desired capacity, rounded up."""
    return -(-desired * percent // 100)
