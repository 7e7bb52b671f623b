"""moto's Run Command succeeds at once on any server, also on one that is not there.

On a server by itself a shell script runs, ends and fails as its faults have it. Other documents and servers of groups
stay moto's.
"""

from collections.abc import Callable
from typing import Any, Final

from moto.ssm.exceptions import SSMException
from moto.ssm.models import Command, SimpleSystemManagerBackend

from strata_rehearsal.cloud.fleet.single_servers import run_on
from strata_rehearsal.cloud.patches import wrap
from strata_rehearsal.cloud.single_server import SingleServer
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

_SCRIPT: Final = "AWS-RunShellScript"
_DEFAULT_SECONDS: Final = 3600.0
"""`executionTimeout` of the document."""
_KILLED: Final = 137
"""What the agent reports of a script that it has stopped."""


def patch() -> None:
    """Let commands take their time on servers by themselves."""
    wrap(SimpleSystemManagerBackend, "send_command", _sending)
    wrap(Command, "get_invocation", _as_it_goes)
    wrap(Command, "response_object", _as_it_stands)


def _sending(original: Callable[..., Command]) -> Callable[..., Command]:
    def send_command(self: SimpleSystemManagerBackend, **asked: Any) -> Command:
        cloud = current()
        singles = [cloud.single_servers.get(each) for each in asked["instance_ids"]]
        known = {each.id for backend in _instances(self) for each in backend}
        missing = [each for each in asked["instance_ids"] if each not in known]
        silent = [each.instance.id for each in singles if each is not None and not each.answers]
        if asked["document_name"] == _SCRIPT and (missing or silent):
            raise SSMException(
                "InvalidInstanceId",
                f"Instances [[{', '.join([*missing, *silent])}]] not in a valid state for account {self.account_id}",
            )
        command: Any = original(self, **asked)
        command.strata_runs = {}
        if asked["document_name"] == _SCRIPT:
            limit = float((asked["parameters"].get("executionTimeout") or [_DEFAULT_SECONDS])[0])
            script = "\n".join(asked["parameters"]["commands"])
            for single in filter(None, singles):
                run_on(cloud, single, script)
                command.strata_runs[single.instance.id] = (single, script, cloud.world.now + limit)
        return command

    return send_command


def _instances(self: SimpleSystemManagerBackend) -> list[list[Any]]:
    from moto.ec2.models import ec2_backends

    reservations = ec2_backends[self.account_id][self.region_name].reservations.values()
    return [[each for each in reservation.instances if each.state != "terminated"] for reservation in reservations]


def _as_it_goes(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def get_invocation(self: Any, instance_id: str, plugin_name: str | None) -> dict[str, Any]:
        found = original(self, instance_id, plugin_name)
        run = getattr(self, "strata_runs", {}).get(instance_id)
        return found if run is None else {**found, **_state(self, *run)}

    return get_invocation


def _state(command: Any, single: SingleServer, script: str, late: float) -> dict[str, Any]:
    """How it is now; what was running when its server went stays so."""
    now, end = current().world.now, single.commands[script]
    if single.instance.state == "running":
        command.strata_seen = now
    seen = getattr(command, "strata_seen", now)
    under_way = {"Status": "InProgress", "StatusDetails": "InProgress", "ResponseCode": -1}
    if min(end.at, late) > seen:
        return {**under_way, "StandardOutputContent": ""}
    if end.at > late:
        return {"Status": "TimedOut", "StatusDetails": "ExecutionTimedOut", "ResponseCode": _KILLED}
    said = "Success" if end.code == 0 else "Failed"
    return {"Status": said, "StatusDetails": said, "ResponseCode": end.code, "StandardOutputContent": end.output}


def _as_it_stands(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def response_object(self: Any) -> dict[str, Any]:
        runs = getattr(self, "strata_runs", {})
        shown = original(self)
        if not runs:
            return shown
        state = _state(self, *next(iter(runs.values())))
        return {**shown, "Status": state["Status"], "StatusDetails": state["StatusDetails"]}

    return response_object
