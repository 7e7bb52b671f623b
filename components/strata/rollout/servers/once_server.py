"""Runs what a release runs once before its rollout: on a server of its template version, outside of the group.

The note of it, see `OnceRun`, has the token by which EC2 tells a request for the same server from another one, and by
which the server knows a command that it has been sent before: so two that roll at once, and one that comes after
somebody who was killed, wait for one end. Whatever that is, the server is ended; one that a killed `up` has left is
known by its tag.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from strata.aws.outage import describe_failure
from strata.clock import Clock, parse_moment, utc_text
from strata.durations import duration_text
from strata.errors import StrataError
from strata.resource_hooks import Console
from strata.rollout.denials import is_denied
from strata.rollout.live_service import tags_of_record
from strata.rollout.once_note import OnceNote, OncePhase, once_path, read_once
from strata.rollout.run_once.once_run import OnceRun
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.launch_data import instance_tags
from strata.rollout.servers.once_calls import ONCE_TAG, ONCE_UNTIL_TAG, OnceCommand
from strata.rollout.servers.once_script import SHOWN_LINES, once_script
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.settings.models import RunOnceSettings

__all__ = ["OnceServer", "OnceServerLaunch", "end_left", "launch_of_inputs", "run_before_rollout"]

_ANSWER_SECONDS: Final = 600.0
"""Beyond its boot, until the agent of Systems Manager on a server answers: it asks every few minutes for a role."""
_FORGOTTEN_SECONDS: Final = 600.0
"""Beyond the time of a server, until one that nobody waits for is ended by whoever finds it."""


@dataclass(frozen=True)
class OnceServerLaunch:
    """Where and as what the server runs: like the service's own.

    Args:
        template: id of the launch template.
        version: number of the version.
        subnets: those of the group.
    """

    template: str
    version: str
    subnets: tuple[str, ...]


class OnceServer(OnceRun[AsyncDriver, ServerSpec, OnceServerLaunch]):
    """Runs it on a server, or waits for who does."""

    ASKED = "EC2"

    async def _started(
        self, spec: ServerSpec, settings: RunOnceSettings, note: OnceNote, launch: OnceServerLaunch
    ) -> OnceNote:
        if note.unit:
            self._say(spec, f"waiting for {note.task}, which was begun at {note.began} on server {note.unit}")
            return note
        try:
            data = await self._aws.template_data(launch.template, launch.version)
            asked = _asked(spec, note, launch, data, until=self._until(spec, settings, note))
            unit = await self._aws.launch_once(asked, launch.subnets)
        except Exception as error:
            # nothing was sent to any server, and one that was launched all the same is known by its tag
            certain = not isinstance(error, StrataError) and not await self._launched_by_another(spec, note)
            raise await self._refused(spec, note, error, certain=certain) from error
        note = replace(note, unit=unit)
        await self._keep(spec, note)
        command = shlex.join(settings.command)
        self._say(
            spec, f"running {note.task} before the rollout to {note.image.version}: {command}, on server {note.unit}"
        )
        return note

    async def _wait(
        self, spec: ServerSpec, settings: RunOnceSettings, note: OnceNote, launch: OnceServerLaunch
    ) -> None:
        del launch
        limit, sent = 60.0 * settings.timeout_minutes, ""
        while True:
            server = await self._aws.once_server(note.unit)
            if server is None or server.ended:
                await self._gone(spec, note, limit, server.reason if server else "")
                return
            if not sent:
                sent = await self._send(spec, settings, note) or ""
            elif (found := await self._aws.once_command(sent, note.unit)).ended:
                await self._end(spec, note, found, limit)
                return
            age = self._age(note)
            if not sent and age >= spec.boot_seconds + _ANSWER_SECONDS:
                waited = duration_text(age)
                raise await self._fail(
                    spec,
                    note,
                    f"its server {note.unit} did not answer to Systems Manager within {waited}: its image needs the "
                    "SSM agent, and its subnet a way to Systems Manager",
                    ran=False,
                )
            if age >= limit + spec.boot_seconds + _ANSWER_SECONDS:
                raise await self._fail(spec, note, f"did not end within {duration_text(limit)}", ran=True)
            doing = "runs" if sent else f"waits for its server {note.unit}, which is {server.state}"
            line = f"{spec.service}: {note.task} {doing}, since {duration_text(age)}"
            self._aws.known = line
            self._console.tick(line)
            await self._clock.sleep(self._poll_seconds)

    async def _send(self, spec: ServerSpec, settings: RunOnceSettings, note: OnceNote) -> str | None:
        script = once_script(spec.service, settings.command, note.token)
        comment = f"{_comment(note)} {note.task} of {spec.service} {note.image.version}"
        try:
            return await self._aws.send_once(note.unit, script, comment, 60 * settings.timeout_minutes)
        except Exception as error:
            if isinstance(error, StrataError):
                raise
            certain = not await self._sent_by_another(note)
            refused = await self._refused(spec, note, error, certain=certain)
            if certain:
                await self._end_server(spec, note.unit)
            raise refused from error

    async def _launched_by_another(self, spec: ServerSpec, note: OnceNote) -> bool:
        found = await _read(self._aws, note.name(spec.record))
        return found is not None and (found.token != note.token or bool(found.unit))

    async def _sent_by_another(self, note: OnceNote) -> bool:
        """Whether somebody else, who may do more than this one, has sent the command, or may have."""
        try:
            return bool(await self._aws.commands_on(note.unit, _comment(note)))
        except Exception as error:
            if not is_denied(error):
                raise
            return True

    async def _end(self, spec: ServerSpec, note: OnceNote, found: OnceCommand, limit: float) -> None:
        if found.succeeded:
            await self._succeeded(spec, note)
            await self._end_server(spec, note.unit)
        elif (noted := await self._noted_end(spec, note)) is not None:
            # who has seen the end before has ended the server, and this command with it
            await self._as_noted(spec, noted)
        else:
            raise await self._fail(spec, note, _reason(found, limit), ran=True, output=found.output)

    async def _gone(self, spec: ServerSpec, note: OnceNote, limit: float, reason: str) -> None:
        """The server is no more: whoever has ended it has noted why, unless that was EC2, or somebody by hand."""
        noted = await self._noted_end(spec, note)
        if noted is not None:
            await self._as_noted(spec, noted)
            return
        sent = await self._aws.commands_on(note.unit, _comment(note))
        if any(each.succeeded for each in sent):
            await self._succeeded(spec, note)
            return
        if (failed := next((each for each in sent if each.late or each.code > 0), None)) is not None:
            raise await self._fail(spec, note, _reason(failed, limit), ran=True, output=failed.output)
        why = f": {reason}" if reason else ""
        if not sent:
            raise await self._fail(spec, note, f"its server {note.unit} has ended before it could run{why}", ran=False)
        self._console.warn(f"{spec.service}: server {note.unit} has ended while {note.task} ran{why}")
        self._refuse_unknown(spec, note)

    async def _noted_end(self, spec: ServerSpec, note: OnceNote) -> OnceNote | None:
        """What somebody else has noted of the end of this very attempt."""
        found = await _read(self._aws, note.name(spec.record))
        if found is not None and found.token != note.token:
            raise self._failed(spec, note, f"has failed meanwhile, and was begun anew at {found.began}")
        return found if found is not None and found.ended else None

    async def _as_noted(self, spec: ServerSpec, note: OnceNote) -> None:
        if note.phase is not OncePhase.SUCCEEDED:
            raise self._failed(spec, note, f"failed: {note.reason}")
        self._say(spec, f"{note.task} has succeeded, for {note.image.version}")

    async def _fail(self, spec: ServerSpec, note: OnceNote, reason: str, *, ran: bool, output: str = "") -> Exception:
        await self._keep(spec, note.end(OncePhase.FAILED, at=self._now, reason=reason, ran=ran))
        await self._end_server(spec, note.unit)
        lines = output.splitlines()[-SHOWN_LINES:]
        shown = "\n".join(["\n  the last lines of its output:", *(f"    {each}" for each in lines)]) if lines else ""
        return self._failed(spec, note, f"failed: {reason}{shown}")

    async def _end_server(self, spec: ServerSpec, unit: str) -> None:
        try:
            await self._aws.end_server(unit)
        except Exception as error:  # noqa: BLE001  what has become of the command is known, and must not be lost
            self._console.warn(
                f"{spec.service}: server {unit}, on which it ran, was not ended: {describe_failure(error)}. The next "
                "`pulumi up` ends it"
            )

    def _until(self, spec: ServerSpec, settings: RunOnceSettings, note: OnceNote) -> str:
        longest = 60.0 * settings.timeout_minutes + spec.boot_seconds + _ANSWER_SECONDS
        return utc_text(parse_moment(note.began).timestamp() + longest)


async def _read(aws: AsyncDriver, name: str) -> OnceNote | None:
    return read_once((await aws.parameters([name])).get(name))


def _comment(note: OnceNote) -> str:
    """How the comment of each command begins that was sent for an attempt."""
    return f"strata-once {note.token}:"


def _reason(found: OnceCommand, limit: float) -> str:
    if found.late:
        return f"did not end within {duration_text(limit)}"
    if found.status == "Failed" and found.code > 0:
        return f"exit code {found.code}"
    return f"Systems Manager calls its command {found.details or found.status}"


def _asked(
    spec: ServerSpec, note: OnceNote, launch: OnceServerLaunch, data: Mapping[str, Any], *, until: str
) -> dict[str, Any]:
    """The parameters of RunInstances.

    What EC2 would take from the template's network interface and tags is named anew: what a request names stands in
    place of the template's.
    """
    first: dict[str, Any] = dict(next(iter(data.get("NetworkInterfaces") or ()), {"DeviceIndex": 0}))
    if "Groups" not in first and (groups := data.get("SecurityGroupIds")):
        first["Groups"] = list(groups)
    tags = {
        **instance_tags(data),
        **tags_of_record(spec.record),
        ONCE_TAG: f"{note.task}/{note.digest}",
        ONCE_UNTIL_TAG: until,
    }
    others = [each for each in data.get("TagSpecifications") or () if each["ResourceType"] != "instance"]
    named = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
    return {
        "LaunchTemplate": {"LaunchTemplateId": launch.template, "Version": launch.version},
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": note.token,
        "InstanceInitiatedShutdownBehavior": "terminate",
        "NetworkInterfaces": [first],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": named}, *others],
    }


async def run_before_rollout(once: OnceServer, rollout: ServerRollout, subnets: tuple[str, ...]) -> None:
    """Run what a rollout has to run before it, as and where its servers run.

    Args:
        once: runs it.
        rollout: the rollout.
        subnets: those of its group.

    Raises:
        RolloutError: it has failed.
    """
    release = rollout.release
    launch = OnceServerLaunch(release.template, str(release.template_version), subnets)
    await once.run(rollout.spec, release.image, release.digest, launch)


def launch_of_inputs(inputs: Mapping[str, Any]) -> OnceServerLaunch:
    """As and where the servers of a group run that is about to be made.

    Args:
        inputs: of `aws.autoscaling.Group`, as the provider gets them.
    """
    template = inputs.get("launchTemplate") or {}
    return OnceServerLaunch(
        template=str(template.get("id")),
        version=str(template.get("version")),
        subnets=tuple(inputs.get("vpcZoneIdentifiers") or ()),
    )


async def end_left(aws: AsyncDriver, clock: Clock, console: Console, spec: ServerSpec) -> None:
    """End servers on which something has run once, and that nobody waits for; a failure is a warning.

    Args:
        aws: AWS.
        clock: time.
        console: where lines go.
        spec: how the service is rolled.
    """
    try:
        # the notes are read after the servers: each is noted as begun before it is launched
        for server in await aws.once_servers(tags_of_record(spec.record)):
            name = f"{once_path(spec.record)}/{server.runs}"
            note = await _read(aws, name)
            if note is not None and note.phase is OncePhase.RUNNING and note.unit in ("", server.id):
                if not server.until or clock.now() < parse_moment(server.until).timestamp() + _FORGOTTEN_SECONDS:
                    continue
                reason = f"nobody has waited for it, and its server {server.id} was ended"
                await aws.keep_once(name, note.end(OncePhase.FAILED, at=utc_text(clock.now()), reason=reason).to_json())
            await aws.end_server(server.id)
            console.say(f"{spec.service}: server {server.id}, which was left by {server.runs.split('/')[0]}, is ended")
    except Exception as error:  # noqa: BLE001  it has no bearing on the release
        console.warn(
            f"{spec.service}: whether a server was left on which something ran once could not be told: "
            f"{describe_failure(error)}"
        )
