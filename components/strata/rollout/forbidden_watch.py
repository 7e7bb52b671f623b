"""Whether an image is forbidden while a rollout brings it: a preflight sees only what was forbidden before."""

from typing import Final

from strata.aws.outage import describe_failure
from strata.clock import Clock
from strata.naming import rollback_name
from strata.resource_hooks import Console
from strata.rollout.aws_calls import AsyncAws, BaseDriver
from strata.rollout.image_verdicts import find_answered, names_asked
from strata.rollout.record import Release
from strata.rollout.spec import Rollout, RolloutSpec
from strata.verdict_names import verdict_names

__all__ = ["LOOK_SECONDS", "ForbiddenWatch"]

LOOK_SECONDS: Final = 60.0
"""Between two looks at what forbids the images: one call more a minute, beside several at every poll."""


class ForbiddenWatch:
    """Asks for the vetoes and revocations of the images that a rollout brings, as long as a gate watches it.

    Nothing is asked of a release that the record names already: taking it back would bring nothing better. What cannot
    be read decides nothing, and is said once, until it can be read again.

    Args:
        aws: AWS.
        rollout: the rollout, with what is recorded.
        clock: time.
        console: where it is said that nothing could be read.
    """

    def __init__(self, aws: AsyncAws, rollout: Rollout, clock: Clock, console: Console) -> None:
        self._aws = aws
        self._rollout = rollout
        self._clock = clock
        self._console = console
        recorded = rollout.recorded
        self._named = rollout.proven and recorded is not None and {*recorded.images} == {*rollout.release.images}
        self._due: float | None = None
        self._rollbacks: list[str | None] = []
        self._unread = False

    @property
    def left_by_rollback(self) -> bool:
        """Whether somebody has begun a rollback of the service since the first look: that takes back what it leaves."""
        return len(self._rollbacks) > 1

    async def look(self) -> str | None:
        """Why the images must not run, as a clause, at the first call and then once a minute; None for nothing."""
        if self._due is not None and self._clock.now() < self._due:
            return None
        return await self.look_now()

    async def look_now(self) -> str | None:
        """Why the images must not run, as a clause; None where nothing forbids them, or nothing could be read."""
        if self._named:
            return None
        self._due = self._clock.now() + LOOK_SECONDS
        release, service = self._rollout.release, self._rollout.service
        try:
            why, rollback = await self._aws.once(read_verdicts, self._aws.driver, self._rollout.spec, release)
        except Exception as error:  # noqa: BLE001  whatever it is, what nobody could read is no verdict
            if not self._unread:
                self._console.warn(
                    f"{service}: whether {release.image} was vetoed or revoked since its rollout began could not be "
                    f"read ({describe_failure(error)}): it goes on, and that is asked again"
                )
            self._unread = True
            return None
        self._unread = False
        if rollback not in self._rollbacks:
            self._rollbacks.append(rollback)
        return why

    async def forbids(self, release: Release) -> str | None:
        """As `look_now`, of a release that may be gone back to.

        Args:
            release: the release.
        """
        return (await self._aws(read_verdicts, self._aws.driver, self._rollout.spec, release))[0]


def read_verdicts(driver: BaseDriver, spec: RolloutSpec, release: Release) -> tuple[str | None, str | None]:
    """What forbids the images of a release, as a clause, and the last rollback of the service that was begun.

    Args:
        driver: AWS, which is asked once.
        spec: how the service is rolled.
        release: the release.
    """
    app = spec.terms.app if spec.terms is not None else ""
    asked = names_asked(spec.record, release.image, release.beside.values(), verdict_names, app=app)
    begun = rollback_name(spec.record)
    found = driver.parameters([*sorted({name for _, names in asked for name in names}), begun])
    return "; ".join(finding.text for finding in find_answered(asked, found)) or None, found.get(begun)
