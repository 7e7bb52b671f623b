"""Run Command of Systems Manager: one script on all servers that have certain tags, and what it comes to on each."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.clock import Clock

__all__ = ["ONLINE", "CommandAnswer", "RunCommand"]

ONLINE: Final = "Online"
"""The ping status of an agent that answers."""
_DOCUMENT: Final = "AWS-RunShellScript"
_PLUGIN: Final = "aws:runShellScript"
_ENDED: Final = frozenset({"Success", "Cancelled", "Failed", "TimedOut"})
_PAGE: Final = 50
"""DescribeInstanceInformation and ListCommandInvocations: `MaxResults`."""
_FIRST_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 10.0


@dataclass(frozen=True)
class CommandAnswer:
    """What a script has come to on a server.

    Args:
        status: in AWS's words, in detail: `Success`, `Failed`, `DeliveryTimedOut`, `Pending` and the like.
        code: what it ended with; below 0 where it did not.
        output: what it printed, the first 2,500 characters.
    """

    status: str
    code: int
    output: str

    @property
    def succeeded(self) -> bool:
        """Whether it ended with 0."""
        return self.status == "Success"


class RunCommand:
    """The calls of Systems Manager.

    Args:
        client: gives the boto3 client of a service.
        clock: time.
    """

    def __init__(self, client: ClientFor, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def agents(self, tags: Mapping[str, str]) -> dict[str, str]:
        """The ping status of the agent of each server with the tags that Systems Manager knows, by its id."""
        pages = (
            self._client("ssm")
            .get_paginator("describe_instance_information")
            .paginate(
                Filters=[{"Key": f"tag:{key}", "Values": [value]} for key, value in tags.items()],
                PaginationConfig={"PageSize": _PAGE},
            )
        )
        return {each["InstanceId"]: each["PingStatus"] for page in pages for each in page["InstanceInformationList"]}

    def send(
        self, tags: Mapping[str, str], script: str, *, comment: str, at_once: str, fetched_in: int, runs_for: int
    ) -> str:
        """Send a script to all servers with the tags; gives the id of the command.

        One that fails somewhere goes on elsewhere.

        Args:
            tags: those of the servers.
            script: what they run, as root.
            comment: what it is for, 100 characters at most.
            at_once: on how many servers at once, such as `50%`.
            fetched_in: seconds in which an agent has to fetch it.
            runs_for: seconds for which it may run on a server.
        """
        sent = self._client("ssm").send_command(
            DocumentName=_DOCUMENT,
            Targets=[{"Key": f"tag:{key}", "Values": [value]} for key, value in tags.items()],
            Parameters={"commands": [script], "executionTimeout": [str(runs_for)]},
            Comment=comment,
            MaxConcurrency=at_once,
            MaxErrors="100%",
            TimeoutSeconds=fetched_in,
        )
        return str(sent["Command"]["CommandId"])

    def wait(self, command: str, servers: int, seconds: float) -> bool:
        """Wait until a command has ended; whether it has in time.

        Args:
            command: its id.
            servers: on how many servers it has to end: those whose agents do not answer are not waited for.
            seconds: how long.
        """
        until, pause = self._clock.now() + seconds, _FIRST_PAUSE
        while True:
            for each in self._client("ssm").list_commands(CommandId=command)["Commands"]:
                if each["Status"] in _ENDED or each["CompletedCount"] >= servers:
                    return True
            if self._clock.now() >= until:
                return False
            asyncio.run(self._clock.sleep(pause))
            pause = min(_LONGEST_PAUSE, pause + 1)

    def answers(self, command: str) -> dict[str, CommandAnswer]:
        """What a command has come to so far, by server."""
        return dict(self._answers(command))

    def _answers(self, command: str) -> Iterator[tuple[str, CommandAnswer]]:
        pages = (
            self._client("ssm")
            .get_paginator("list_command_invocations")
            .paginate(CommandId=command, Details=True, PaginationConfig={"PageSize": _PAGE})
        )
        for page in pages:
            for each in page["CommandInvocations"]:
                yield each["InstanceId"], _answer(each)


def _answer(invocation: Mapping[str, Any]) -> CommandAnswer:
    plugin: Mapping[str, Any] = next((each for each in invocation["CommandPlugins"] if each["Name"] == _PLUGIN), {})
    status = str(invocation.get("StatusDetails") or invocation["Status"])
    return CommandAnswer(status.replace(" ", ""), int(plugin.get("ResponseCode", -1)), str(plugin.get("Output", "")))
