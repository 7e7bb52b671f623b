"""moto calls every command a success at once and shows no invocations: here a command takes its time on each server.

Systems Manager answers about managed servers as AWS does: who runs, has booted, and has an agent; who does not answer
any more is ConnectionLost. Of documents only AWS-RunShellScript is there.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ssm.exceptions import SSMException, ValidationException
from moto.ssm.responses import SimpleSystemManagerResponse

from strata_rehearsal.cloud.command_runs import agent_of, cancel, managed_instances, send, tags_of
from strata_rehearsal.cloud.moto_patches.ssm_requests import page_of
from strata_rehearsal.cloud.patches import replace
from strata_rehearsal.cloud.sent_commands import Invocation, SentCommand
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

_DOCUMENT: Final = "AWS-RunShellScript"
_PLUGIN: Final = "aws:runShellScript"
_CONCURRENCY: Final = r"^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$"
_ERRORS: Final = r"^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$"
_SHOWN: Final = 2_500
"""Characters of what a plugin printed that ListCommandInvocations has."""
_KEPT: Final = 24_000
"""Characters of it that GetCommandInvocation has of either stream."""
_CUT: Final = "\n---Output truncated---"
_TAG_TARGETS: Final = 5


def patch() -> None:
    """Play Run Command and what Systems Manager knows of servers."""
    for name, answer in (
        ("send_command", _send_command),
        ("cancel_command", _cancel_command),
        ("list_commands", _list_commands),
        ("list_command_invocations", _list_command_invocations),
        ("get_command_invocation", _get_command_invocation),
        ("describe_instance_information", _describe_instance_information),
    ):
        replace(SimpleSystemManagerResponse, name, answer)


def _send_command(self: Any) -> ActionResult:
    cloud, document, parameters = current(), self._get_param("DocumentName"), self._get_param("Parameters") or {}
    targets, named = self._get_param("Targets") or [], self._get_param("InstanceIds") or []
    if document != _DOCUMENT:
        raise SSMException("InvalidDocument", f"Document with name {document} does not exist.")
    if not parameters.get("commands"):
        raise SSMException("InvalidParameters", "The parameter commands is required.")
    if len(targets) > _TAG_TARGETS:
        raise _invalid("targets", targets, f"Member must have length less than or equal to {_TAG_TARGETS}")
    concurrency, errors = self._get_param("MaxConcurrency") or "50", self._get_param("MaxErrors") or "0"
    for member, value, pattern in (("maxConcurrency", concurrency, _CONCURRENCY), ("maxErrors", errors, _ERRORS)):
        if not re.fullmatch(pattern, value):
            raise _invalid(member, value, f"Member must satisfy regular expression pattern: {pattern}")
    known = {each.id for each in managed_instances(cloud, self.current_account, self.region)}
    unknown = [each for each in named if each not in known]
    if unknown or not (named or targets):
        raise SSMException(
            "InvalidInstanceId",
            f"Instances [[{', '.join(unknown)}]] not in a valid state for account {self.current_account}",
        )
    command = SentCommand(
        account=self.current_account,
        region=self.region,
        document=document,
        comment=self._get_param("Comment") or "",
        parameters=parameters,
        targets=targets,
        instance_ids=named,
        max_concurrency=concurrency,
        max_errors=errors,
        delivery_seconds=float(self._get_param("TimeoutSeconds") or 3600),
        requested_at=cloud.world.now,
    )
    # AWS finds the targets after it has answered
    shown = {**_command(command), "TargetCount": 0, "Status": "Pending", "StatusDetails": "Pending"}
    send(cloud, command)
    return ActionResult({"Command": shown})


def _cancel_command(self: Any) -> ActionResult:
    command = _found(self)
    cancel(current(), command, self._get_param("InstanceIds") or list(command.invocations))
    return ActionResult({})


def _list_commands(self: Any) -> ActionResult:
    cloud, wanted, server = current(), self._get_param("CommandId"), self._get_param("InstanceId")
    if wanted:
        _found(self)
    found = [
        each
        for each in reversed(list(_own(self, cloud.sent_commands.values())))
        if wanted in (None, each.id) and (server is None or server in each.invocations)
    ]
    shown, token = page_of(self, found)
    return ActionResult({"Commands": [_command(each) for each in shown], "NextToken": token})


def _list_command_invocations(self: Any) -> ActionResult:
    cloud, wanted, server = current(), self._get_param("CommandId"), self._get_param("InstanceId")
    if wanted:
        _found(self)
    found = [
        (command, each)
        for command in reversed(list(_own(self, cloud.sent_commands.values())))
        if wanted in (None, command.id)
        for each in command.invocations.values()
        if server in (None, each.server)
    ]
    shown, token = page_of(self, found)
    details = bool(self._get_param("Details"))
    invocations = [
        {
            "CommandId": command.id,
            "InstanceId": each.server,
            "Comment": command.comment,
            "DocumentName": command.document,
            "RequestedDateTime": _moment(command.requested_at),
            "Status": each.status,
            "StatusDetails": each.details,
            "CommandPlugins": [_plugin(each)] if details and each.started_at is not None else [],
        }
        for command, each in shown
    ]
    return ActionResult({"CommandInvocations": invocations, "NextToken": token})


def _get_command_invocation(self: Any) -> ActionResult:
    command, server = _found(self), self._get_param("InstanceId")
    invocation = command.invocations.get(server)
    if invocation is None:
        raise SSMException("InvocationDoesNotExist", "")
    outcome = invocation.outcome
    return ActionResult(
        {
            "CommandId": command.id,
            "InstanceId": server,
            "Comment": command.comment,
            "DocumentName": command.document,
            "PluginName": _PLUGIN,
            "ResponseCode": outcome.code if outcome else -1,
            "ExecutionStartDateTime": _text(invocation.started_at),
            "ExecutionEndDateTime": _text(invocation.ended_at),
            "Status": invocation.status,
            "StatusDetails": invocation.details,
            "StandardOutputContent": outcome.output[:_KEPT] if outcome else "",
            "StandardErrorContent": outcome.error[:_KEPT] if outcome else "",
        }
    )


def _describe_instance_information(self: Any) -> ActionResult:
    cloud, tags, ids = current(), dict[str, list[str]](), list[str]()
    for each in self._get_param("Filters") or []:
        key, values = str(each["Key"]), list(each["Values"])
        if key.startswith("tag:"):
            tags[key.removeprefix("tag:")] = values
        elif key == "InstanceIds":
            ids += values
        else:
            raise SSMException("InvalidFilterKey", f"The specified key isn't valid: {key}")
    if tags and ids:
        raise SSMException("InvalidInstanceInformationFilterValue", "Tag filters can't be used with other filters.")
    found = [
        each
        for each in managed_instances(cloud, self.current_account, self.region)
        if (not ids or each.id in ids) and all(tags_of(each).get(key) in values for key, values in tags.items())
    ]
    shown, token = page_of(self, found)
    described = [
        {
            "InstanceId": each.id,
            "PingStatus": agent_of(cloud, each).value,
            "LastPingDateTime": _moment(cloud.world.now),
            "AgentVersion": "3.3.987.0",
            "IsLatestVersion": True,
            "PlatformType": "Linux",
            "PlatformName": "Amazon Linux",
            "PlatformVersion": "2023",
            "ResourceType": "EC2Instance",
            "IPAddress": each.private_ip,
        }
        for each in shown
    ]
    return ActionResult({"InstanceInformationList": described, "NextToken": token})


def _command(command: SentCommand) -> dict[str, Any]:
    status, details = command.status
    there = command.invocations.values()
    return {
        "CommandId": command.id,
        "Comment": command.comment,
        "DocumentName": command.document,
        "ExpiresAfter": _moment(command.requested_at + command.delivery_seconds + command.execution_seconds),
        "InstanceIds": list(command.instance_ids),
        "Targets": list(command.targets),
        "MaxConcurrency": command.max_concurrency,
        "MaxErrors": command.max_errors,
        "Parameters": command.parameters,
        "RequestedDateTime": _moment(command.requested_at),
        "Status": status,
        "StatusDetails": details,
        "TargetCount": len(there),
        "CompletedCount": sum(each.ended for each in there),
        "ErrorCount": command.errors,
        "DeliveryTimedOutCount": sum(each.details == "DeliveryTimedOut" for each in there),
        "TimeoutSeconds": int(command.delivery_seconds),
    }


def _plugin(invocation: Invocation) -> dict[str, Any]:
    outcome = invocation.outcome
    printed = ""
    if outcome is not None:
        printed = f"{outcome.output}\n----------ERROR-------\n{outcome.error}" if outcome.error else outcome.output
        printed += f"failed to run commands: exit status {outcome.code}" if outcome.code else ""
    return {
        "Name": _PLUGIN,
        "Status": invocation.status,
        "StatusDetails": invocation.details,
        "ResponseCode": outcome.code if outcome else -1,
        "ResponseStartDateTime": _moment(invocation.started_at or 0),
        "Output": printed if len(printed) <= _SHOWN else f"{printed[: _SHOWN - len(_CUT)]}{_CUT}",
    }


def _found(self: Any) -> SentCommand:
    wanted = self._get_param("CommandId")
    for each in _own(self, current().sent_commands.values()):
        if each.id == wanted:
            return each
    raise SSMException("InvalidCommandId", "")


def _own(self: Any, commands: Any) -> Any:
    return (each for each in commands if (each.account, each.region) == (self.current_account, self.region))


def _invalid(member: str, value: object, constraint: str) -> SSMException:
    return ValidationException(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _text(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
