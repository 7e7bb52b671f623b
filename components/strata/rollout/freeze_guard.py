"""Brings no other release while the stack is frozen, whatever runs the service."""

from typing import Any, Final

import pulumi

from strata.clock import Clock
from strata.naming import recorded_service, rollback_name
from strata.resource_hooks import Console
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.begun_rollback import read_begun
from strata.rollout.denials import is_denied
from strata.rollout.deployer import Deployer
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.preflight_findings import PreflightFinding, heed, refuse
from strata.rollout.record import Release, readable
from strata.rollout.spec import RolloutSpec
from strata.settings.freeze_spans import FreezeLook, look_at_freezes

__all__ = ["FreezeGuard", "frozen", "past_values", "ran_before"]

_UNREAD: Final = (
    " Whether this release has run before could not be read: allow ssm:GetParameterHistory to who deploys, and a way "
    "back is let through."
)


def frozen(look: FreezeLook, record: str) -> PreflightFinding:
    """That a window is open, and what can be done.

    Args:
        look: at the windows of the stack.
        record: name of the release record of the service.
    """
    place = " ".join(recorded_service(record) or ("STACK", "SERVICE"))
    return refuse(
        look.sentence,
        "Wait until it is over, or take the window out of strata:freezes in the stack file, where that is reviewed. "
        f"What has run before may come back at any time: `strata rollout rollback {place} --now`.",
        passes=True,
    )


def past_values(driver: BaseDriver, record: str) -> list[str] | None:
    """The values that a record has had; None where the caller may not read them.

    Args:
        driver: AWS.
        record: name of the release record.
    """
    try:
        return driver.parameter_history(record)
    except Exception as error:
        if not is_denied(error):
            raise
        return None


def ran_before(values: list[str]) -> list[Release]:
    """The releases that so many values of a record name.

    Args:
        values: of one record.
    """
    return [found for each in values if (found := readable(Release, each)) is not None]


class FreezeGuard:
    """Refuses a release that would be another one than is recorded, while a window is open.

    Let through are a first release, what brings the release that is recorded, what is being rolled or runs already, and
    the way back to a release that the service has run before.

    Args:
        spec: how the service is rolled.
        deployer: rolls it.
        clock: time.
        console: where lines go.
    """

    def __init__(self, spec: RolloutSpec, deployer: Deployer[Any, Any, Any], clock: Clock, console: Console) -> None:
        self._spec = spec
        self._deployer = deployer
        self._clock = clock
        self._console = console

    async def heed(self, desired: DesiredRelease, recorded: Release | None) -> None:
        """Refuse what must not be rolled now; a preview only says what `up` will refuse.

        Args:
            desired: what the program asks for.
            recorded: what the record names in AWS.

        Raises:
            PreflightError: the stack is frozen.
        """
        if not self._spec.freezes or recorded is None or recorded.digest == desired.digest:
            return
        look = look_at_freezes(self._spec.freezes, self._clock.now())
        if look.until is None or await self._deployer.brought_by(desired):
            return
        finding = frozen(look, self._spec.record)
        came = await self._goes_back(desired, recorded)
        if came:
            return
        if came is None:
            finding = refuse(finding.text, f"{finding.fix}{_UNREAD}")
        if pulumi.runtime.is_dry_run():
            self._console.warn(f"{self._spec.service}: `pulumi up` will refuse it: {finding}")
            return
        heed([finding], self._console, self._spec.service, f"the rollout to {desired.image} must not start")

    async def _goes_back(self, desired: DesiredRelease, recorded: Release) -> bool | None:
        """Whether the service has run a release before, and it is not what a rollback has left; None for unknown."""
        aws, name = self._deployer.aws, rollback_name(self._spec.record)
        begun = read_begun((await aws.parameters([name])).get(name))
        if begun is not None and begun.to == desired.digest:
            return True
        if begun is not None and (begun.leaves, begun.to) == (desired.digest, recorded.digest):
            return False
        values = await aws(past_values, aws.driver, self._spec.record)
        return None if values is None else any(each.digest == desired.digest for each in ran_before(values))
