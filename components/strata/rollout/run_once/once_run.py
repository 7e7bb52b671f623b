"""The course of what a release runs once before its rollout, whatever runs it.

Whoever begins it makes its note, which AWS lets nobody make twice, and in which is the token that makes two requests
for it one. What nobody has seen the end of, and cannot see any more, is never run again by itself.
"""

import shlex
from typing import ClassVar, Generic, NoReturn, TypeVar

from strata.clock import Clock, parse_moment, utc_text
from strata.errors import RolloutError, StrataError
from strata.naming import rollback_name
from strata.resource_hooks import Console
from strata.rollout.begun_rollback import read_begun
from strata.rollout.once_note import OnceNote, OncePhase, once_name, read_once
from strata.rollout.record import ImageRef
from strata.rollout.run_once.once_keeping import forget_unneeded
from strata.rollout.run_once.once_parameters import AsyncOnceParameters
from strata.rollout.spec import RolloutSpec
from strata.settings.models import RunOnceSettings

__all__ = ["OnceRun"]

Aws = TypeVar("Aws", bound=AsyncOnceParameters)
Spec = TypeVar("Spec", bound=RolloutSpec)
Launch = TypeVar("Launch")


class OnceRun(Generic[Aws, Spec, Launch]):
    """Runs it, or waits for who does.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks.
    """

    ASKED: ClassVar[str]
    """The service of AWS that knows what runs it."""

    def __init__(self, aws: Aws, clock: Clock, console: Console, poll_seconds: float) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds

    async def run(self, spec: Spec, image: ImageRef, digest: str, launch: Launch) -> None:
        """Return once it has succeeded for this release, at once where it has before.

        Args:
            spec: how the service is rolled, and what runs before that.
            image: of the release.
            digest: of the release.
            launch: where it runs.

        Raises:
            RolloutError: it has failed, or nobody knows what became of it. Nothing was replaced.
        """
        settings = spec.before
        if settings is None:
            return
        note = await self._noted(spec, settings, image, digest)
        if note is None:
            return
        if note.phase is OncePhase.SUCCEEDED:
            self._say(spec, f"{note.task} has run for {image.version} already, and is not repeated")
            return
        if note.phase is OncePhase.FAILED:
            note = note.again(settings, at=self._now, by=await self._aws.identity())
            await self._keep(spec, note)
        note = await self._started(spec, settings, note, launch)
        await self._wait(spec, settings, note, launch)

    async def _started(self, spec: Spec, settings: RunOnceSettings, note: OnceNote, launch: Launch) -> OnceNote:
        """The note with what runs it."""
        raise NotImplementedError

    async def _wait(self, spec: Spec, settings: RunOnceSettings, note: OnceNote, launch: Launch) -> None:
        """Return once it has succeeded."""
        raise NotImplementedError

    async def _noted(self, spec: Spec, settings: RunOnceSettings, image: ImageRef, digest: str) -> OnceNote | None:
        """Its note, made if there is none; None for a release that has run before there were any."""
        name, rollback = once_name(spec.record, settings.name, digest), rollback_name(spec.record)
        values = await self._aws.parameters([name, rollback])
        if name not in values:
            begun = read_begun(values.get(rollback))
            if begun is not None and begun.to == digest:
                self._say(spec, f"{settings.name} does not run on the way back to {image.version}")
                return None
            made = OnceNote.begun(settings, image, digest, at=self._now, by=await self._aws.identity())
            if await self._aws.claim_once(name, made.to_json()):
                return made
            # somebody else was faster, or an answer was lost
            values = await self._aws.parameters([name])
        found = read_once(values.get(name))
        if found is None:
            raise RolloutError(
                f"{spec.service}: {name} is no note of what runs once: {values.get(name, '')[:200]!r}",
                fix=f"If {settings.name} has not run for {image.version}, delete the parameter and run `pulumi up` "
                "again.",
            )
        return found

    async def _refused(self, spec: Spec, note: OnceNote, error: Exception, *, certain: bool) -> RolloutError:
        """The error for what could not be started, noted where nothing of it can have happened."""
        reason = error.message if isinstance(error, StrataError) else str(error)
        if certain:
            await self._keep(spec, note.end(OncePhase.FAILED, at=self._now, reason=reason, ran=False))
        return self._failed(spec, note, f"could not be started: {reason}")

    async def _succeeded(self, spec: Spec, note: OnceNote) -> None:
        await self._keep(spec, note.end(OncePhase.SUCCEEDED, at=self._now))
        self._say(spec, f"{note.task} has succeeded, for {note.image.version}")
        await self._forget(spec)

    async def _forget(self, spec: Spec) -> None:
        """Remove old notes of the service: what runs does not depend on it."""
        try:
            await self._aws.once(forget_unneeded, self._aws.driver, spec.record)
        except Exception as error:  # noqa: BLE001  a rollout is not kept back by what is left of earlier ones
            self._console.warn(f"{spec.service}: old notes of what ran once were not removed: {error}")

    def _failed(self, spec: Spec, note: OnceNote, what: str) -> RolloutError:
        return RolloutError(
            f"{spec.service}: nothing was replaced, since {note.task} of {note.image} {what}",
            fix=f"Mend it and run `pulumi up` again: {note.task} has not succeeded for this release, and runs again.",
        )

    def _refuse_unknown(self, spec: Spec, note: OnceNote) -> NoReturn:
        name, command = note.name(spec.record), self._aws.driver.parameter_line
        done = shlex.quote(note.end(OncePhase.SUCCEEDED, at=self._now).to_json())
        unit = f" as {spec.UNIT} {note.unit.rpartition('/')[2]}" if note.unit else ""
        raise RolloutError(
            f"{spec.service}: nothing was replaced, since nobody knows how {note.task} of {note.image} has ended: it "
            f"was begun at {note.began}{unit}, nobody has seen its end, and {self.ASKED} does not know the {spec.UNIT} "
            "any more",
            fix=f"Look at its log. If it has done its work: {command} put-parameter --overwrite --name {name} --value "
            f"{done}. To run it again: {command} delete-parameter --name {name}. Then run `pulumi up` again.",
        )

    async def _keep(self, spec: Spec, note: OnceNote) -> None:
        await self._aws.keep_once(note.name(spec.record), note.to_json())

    @property
    def _now(self) -> str:
        return utc_text(self._clock.now())

    def _age(self, note: OnceNote) -> float:
        return max(0.0, self._clock.now() - parse_moment(note.began).timestamp())

    def _say(self, spec: Spec, text: str) -> None:
        self._console.say(f"{spec.service}: {text}")
