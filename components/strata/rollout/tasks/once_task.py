"""Runs what a release runs once before its rollout: a task of its image, with a command of its own.

The note of it, see `OnceRun`, has the token by which ECS tells a request for the same task from another one, as long as
that task runs and an hour beyond: so two that roll at once, and one that comes after somebody who was killed, wait for
one task.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from strata.durations import duration_text
from strata.errors import StrataError
from strata.naming import fit
from strata.rollout.once_note import OnceNote, OncePhase
from strata.rollout.run_once.once_run import OnceRun
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
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


class OnceTask(OnceRun[AsyncTaskDriver, TaskSpec, OnceLaunch]):
    """Runs it as a task, or waits for who does."""

    ASKED = "ECS"

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
            # it was refused, so that nothing of it has happened
            certain = not isinstance(error, StrataError) or error.message.startswith("ECS has started no task")
            raise await self._refused(spec, note, error, certain=certain) from error

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
            await self._succeeded(spec, note)
            return
        reason = "; ".join([*([late] if late else []), describe_failed(found)])
        ran = found.started is not None or code is not None
        await self._keep(spec, note.end(OncePhase.FAILED, at=self._now, reason=reason, ran=ran))
        definition = await self._aws.definition_if_listed(found.task_definition)
        raise self._failed(spec, note, f"failed: {reason}{await log_of(self._aws, definition, found)}")


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
