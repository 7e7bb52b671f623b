"""Runs what a release runs once before its rollout: a task of its image, with a command of its own.

Whoever begins it makes its note, which AWS lets nobody make twice. The note has the token by which ECS tells a request
for the same task from another one, as long as that task runs and an hour beyond: so two that roll at once, and one that
comes after somebody who was killed, wait for one task. What nobody has seen the end of, and ECS does not know any more,
is never run again by itself.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

from strata.clock import Clock, parse_moment, utc_text
from strata.durations import duration_text
from strata.errors import RolloutError, StrataError
from strata.naming import fit, rollback_name
from strata.resource_hooks import Console
from strata.rollout.begun_rollback import read_begun
from strata.rollout.once_note import OnceNote, OncePhase, once_name, read_once
from strata.rollout.record import ImageRef
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.once_keeping import forget_unneeded
from strata.rollout.tasks.task_driver import place_of
from strata.rollout.tasks.task_spec import TaskRollout, TaskSpec
from strata.rollout.tasks.task_trouble import describe_failed, log_of
from strata.rollout.tasks.task_views import TaskView
from strata.settings.models import RunOnceSettings

__all__ = ["OnceLaunch", "OnceTask", "launch_of_inputs", "run_before_rollout", "started_by"]

_STARTED_BY: Final = "strata-once"
_STARTED_BY_LIMIT: Final = 128
"""RunTask, `startedBy`."""
_REMEMBERED_SECONDS: Final = 3300.0
"""Within this time of its beginning no token is forgotten: ECS keeps one for an hour at least, and clocks differ."""
_ENDED: Final = "EssentialContainerExited"
_STOPPED: Final = "STOPPED"


@dataclass(frozen=True)
class OnceLaunch:
    """Where and as what the task runs: like the service's own.

    Args:
        cluster: name or ARN of the cluster.
        task_definition: ARN of the release's task definition.
        network: its `networkConfiguration`, in AWS's words.
        platform_version: of Fargate.
    """

    cluster: str
    task_definition: str
    network: Mapping[str, Any]
    platform_version: str | None = None

    def asked(self, service: str, settings: RunOnceSettings, note: OnceNote) -> dict[str, Any]:
        """The parameters of RunTask.

        Args:
            service: the service, which is also the name of its container.
            settings: what runs.
            note: its note.
        """
        asked = {
            "cluster": self.cluster,
            "taskDefinition": self.task_definition,
            "launchType": "FARGATE",
            "networkConfiguration": dict(self.network),
            "overrides": {"containerOverrides": [{"name": service, "command": list(settings.command)}]},
            "count": 1,
            "startedBy": started_by(service, note.task, note.digest),
            "propagateTags": "TASK_DEFINITION",
            "enableECSManagedTags": True,
            "clientToken": note.token,
        }
        return {**asked, "platformVersion": self.platform_version} if self.platform_version else asked


def started_by(service: str, task: str = "", digest: str = "") -> str:
    """Under what name the task is started; with a service only, how the names of all of its tasks begin."""
    return fit(f"{_STARTED_BY}/{service}/{task}{f'/{digest}' if digest else ''}", _STARTED_BY_LIMIT)


class OnceTask:
    """Runs it, or waits for who does.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks.
    """

    def __init__(self, aws: AsyncTaskDriver, clock: Clock, console: Console, poll_seconds: float) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds

    async def run(self, spec: TaskSpec, image: ImageRef, digest: str, launch: OnceLaunch) -> None:
        """Return once the task has succeeded for this release, at once where it has before.

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

    async def _noted(self, spec: TaskSpec, settings: RunOnceSettings, image: ImageRef, digest: str) -> OnceNote | None:
        """The note of the task, made if there is none; None for a release that has run before there were any."""
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

    async def _started(self, spec: TaskSpec, settings: RunOnceSettings, note: OnceNote, launch: OnceLaunch) -> OnceNote:
        """The note with the task that runs it."""
        begun = f"waiting for {note.task}, which was begun at {note.began} as task"
        if note.unit:
            self._say(spec, f"{begun} {_id(note.unit)}")
            return note
        if self._age(note) > _REMEMBERED_SECONDS:
            unit = await self._aws.running_once(launch.cluster, started_by(spec.service, note.task, note.digest))
            if unit is None:
                self._refuse_unknown(spec, note)
            said = f"{begun} {_id(unit)}"
        else:
            unit = await self._run_task(spec, settings, note, launch)
            command = shlex.join(settings.command)
            said = f"running {note.task} before the rollout to {note.image.version}: {command}, as task {_id(unit)}"
        note = replace(note, unit=unit)
        await self._keep(spec, note)
        self._say(spec, said)
        return note

    async def _run_task(self, spec: TaskSpec, settings: RunOnceSettings, note: OnceNote, launch: OnceLaunch) -> str:
        try:
            return await self._aws.begin_once(launch.asked(spec.service, settings, note))
        except Exception as error:
            reason = error.message if isinstance(error, StrataError) else str(error)
            if not isinstance(error, StrataError) or reason.startswith("ECS has started no task"):
                # it was refused, so that nothing of it has happened
                await self._keep(spec, note.end(OncePhase.FAILED, at=self._now, reason=reason, ran=False))
            raise self._failed(spec, note, f"could not be started: {reason}") from error

    async def _wait(self, spec: TaskSpec, settings: RunOnceSettings, note: OnceNote, launch: OnceLaunch) -> None:
        limit, late = 60.0 * settings.timeout_minutes, False
        while True:
            found = await self._aws.once_task(launch.cluster, note.unit)
            if found is None:
                self._refuse_unknown(spec, note)
            if found.status == _STOPPED:
                break
            if self._age(note) >= limit and not late:
                late = True
                self._console.warn(
                    f"{spec.service}: {note.task} is stopped: it did not end within {duration_text(limit)}"
                )
                await self._aws.end_once(launch.cluster, note.unit, f"{note.task} did not end in time")
                continue
            line = f"{spec.service}: {note.task} is {found.status}, since {duration_text(self._age(note))}"
            self._aws.known = line
            self._console.tick(line)
            await self._clock.sleep(self._poll_seconds)
        await self._end(spec, note, found, late=f"did not end within {duration_text(limit)}" if late else "")

    async def _end(self, spec: TaskSpec, note: OnceNote, found: TaskView, *, late: str) -> None:
        code, _ = found.exits.get(spec.service, (None, ""))
        # one that has come to its end right before it was stopped, too
        if code == 0 and found.stop_code == _ENDED:
            await self._keep(spec, note.end(OncePhase.SUCCEEDED, at=self._now))
            self._say(spec, f"{note.task} has succeeded, for {note.image.version}")
            await self._forget(spec)
            return
        reason = "; ".join([*([late] if late else []), describe_failed(found)])
        ran = found.started is not None or code is not None
        await self._keep(spec, note.end(OncePhase.FAILED, at=self._now, reason=reason, ran=ran))
        definition = await self._aws.definition_if_listed(found.task_definition)
        raise self._failed(spec, note, f"failed: {reason}{await log_of(self._aws, definition, found)}")

    async def _forget(self, spec: TaskSpec) -> None:
        """Remove old notes of the service: what runs does not depend on it."""
        try:
            await self._aws.once(forget_unneeded, self._aws.driver, spec.record)
        except Exception as error:  # noqa: BLE001  a rollout is not kept back by what is left of earlier ones
            self._console.warn(f"{spec.service}: old notes of what ran once were not removed: {error}")

    def _failed(self, spec: TaskSpec, note: OnceNote, what: str) -> RolloutError:
        return RolloutError(
            f"{spec.service}: nothing was replaced, since {note.task} of {note.image} {what}",
            fix=f"Mend it and run `pulumi up` again: {note.task} has not succeeded for this release, and runs again.",
        )

    def _refuse_unknown(self, spec: TaskSpec, note: OnceNote) -> NoReturn:
        name, command = note.name(spec.record), self._aws.driver.parameter_line
        done = shlex.quote(note.end(OncePhase.SUCCEEDED, at=self._now).to_json())
        task = f" as task {_id(note.unit)}" if note.unit else ""
        raise RolloutError(
            f"{spec.service}: nothing was replaced, since nobody knows how {note.task} of {note.image} has ended: it "
            f"was begun at {note.began}{task}, nobody has seen its end, and ECS does not know the task any more",
            fix=f"Look at its log. If it has done its work: {command} put-parameter --overwrite --name {name} --value "
            f"{done}. To run it again: {command} delete-parameter --name {name}. Then run `pulumi up` again.",
        )

    async def _keep(self, spec: TaskSpec, note: OnceNote) -> None:
        await self._aws.keep_once(note.name(spec.record), note.to_json())

    @property
    def _now(self) -> str:
        return utc_text(self._clock.now())

    def _age(self, note: OnceNote) -> float:
        return max(0.0, self._clock.now() - parse_moment(note.began).timestamp())

    def _say(self, spec: TaskSpec, text: str) -> None:
        self._console.say(f"{spec.service}: {text}")


async def run_before_rollout(once: OnceTask, rollout: TaskRollout) -> None:
    """Run what a rollout has to run before it, as and where its tasks run.

    Args:
        once: runs it.
        rollout: the rollout.

    Raises:
        RolloutError: it has failed.
    """
    release, sent = rollout.release, rollout.parameters
    launch = OnceLaunch(
        cluster=place_of(release.service)[0],
        task_definition=release.task_definition,
        network=sent.get("networkConfiguration") or {},
        platform_version=sent.get("platformVersion"),
    )
    await once.run(rollout.spec, release.image, release.digest, launch)


def launch_of_inputs(inputs: Mapping[str, Any]) -> OnceLaunch:
    """As and where the tasks of a service run that is about to be made.

    Args:
        inputs: of `aws.ecs.Service`, as the provider gets them.
    """
    network = inputs.get("networkConfiguration") or {}
    inside = {
        "subnets": list(network.get("subnets") or ()),
        "securityGroups": list(network.get("securityGroups") or ()),
        "assignPublicIp": "ENABLED" if network.get("assignPublicIp") else "DISABLED",
    }
    return OnceLaunch(
        cluster=str(inputs.get("cluster")),
        task_definition=str(inputs.get("taskDefinition")),
        network={"awsvpcConfiguration": inside},
        platform_version=inputs.get("platformVersion"),
    )


def _id(unit: str) -> str:
    return unit.rpartition("/")[2]
