"""The AWS calls of a server by itself on which something runs once, see `once_server.py`.

The command is sent by Systems Manager Run Command, which needs its agent on the server, and neither Session Manager nor
a way in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.outage import error_code
from strata.errors import RolloutError
from strata.rollout.run_once.once_parameters import OnceParameters

__all__ = ["ONCE_TAG", "ONCE_UNTIL_TAG", "OnceCalls", "OnceCommand", "OnceInstance"]

ONCE_TAG: Final = "strata:run-once"
"""The tag of such a server: what it runs, and the digest of the release, with a slash between them."""
ONCE_UNTIL_TAG: Final = "strata:run-once-until"
"""Until when it may be there, in UTC."""

_DOCUMENT: Final = "AWS-RunShellScript"
_ANOTHER: Final = "IdempotentParameterMismatch"
"""EC2's code for a token with which something else was asked for, such as the same in another subnet."""
_NO_ROOM: Final = frozenset({"InsufficientInstanceCapacity", "InsufficientFreeAddressesInSubnet", "Unsupported"})
"""EC2's codes for what one zone lacks, and another one may have."""
_UNKNOWN: Final = "InvalidInstanceId"
"""Systems Manager's code for a server whose agent has not registered yet, or does not answer."""
_NOT_YET: Final = "InvocationDoesNotExist"
"""Its code for a command that it has accepted just now."""
_NO_SERVER: Final = "InvalidInstanceID.NotFound"
_ENDED: Final = frozenset({"shutting-down", "terminated"})
_UNDER_WAY: Final = frozenset({"Pending", "InProgress", "Delayed", "Cancelling"})
"""Statuses of a command on one server before its end (GetCommandInvocation)."""
_DELIVERY_SECONDS: Final = 600
"""SendCommand, `TimeoutSeconds`: how long it waits for the agent."""


@dataclass(frozen=True)
class OnceInstance:
    """A server by itself.

    Args:
        id: its id.
        state: such as running.
        reason: why it has ended, in EC2's words; empty where it gives none.
        runs: what it runs, and for which digest, by its tag.
        until: until when it may be there, by its tag; empty without one.
    """

    id: str
    state: str
    reason: str
    runs: str
    until: str

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "OnceInstance":
        """Read one instance of DescribeInstances."""
        tags = {each["Key"]: each["Value"] for each in found.get("Tags", ())}
        return cls(
            id=str(found["InstanceId"]),
            state=str(found["State"]["Name"]),
            reason=str((found.get("StateReason") or {}).get("Message") or ""),
            runs=tags.get(ONCE_TAG, ""),
            until=tags.get(ONCE_UNTIL_TAG, ""),
        )

    @property
    def ended(self) -> bool:
        """Whether it is gone, or goes."""
        return self.state in _ENDED


@dataclass(frozen=True)
class OnceCommand:
    """A command on one server.

    Args:
        status: how it is, in Systems Manager's words.
        details: the same, more exactly.
        code: with what it has ended; -1 where it has not.
        output: what it has written, the last lines only.
    """

    status: str
    details: str = ""
    code: int = -1
    output: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.status not in _UNDER_WAY

    @property
    def succeeded(self) -> bool:
        """Whether it has ended well."""
        return self.status == "Success" and self.code == 0

    @property
    def late(self) -> bool:
        """Whether Systems Manager has stopped it, since its time was over."""
        return self.details.replace(" ", "") == "ExecutionTimedOut"


class OnceCalls(OnceParameters):
    """AWS, as far as a server that runs something once needs it."""

    def launch_once(self, asked: Mapping[str, Any], subnets: Sequence[str]) -> str:
        """Launch one server outside of any group and give its id; with a token that has launched one, that one's.

        Args:
            asked: the parameters of RunInstances, with a `ClientToken` and one network interface without a subnet.
            subnets: where it may be; the next one is tried where one has no room.

        Raises:
            RolloutError: there is no subnet.
        """
        refused: Exception = RolloutError("EC2 has started no server: the service has no subnets")
        for subnet in subnets:
            interface = {**asked["NetworkInterfaces"][0], "SubnetId": subnet}
            try:
                answer = self._client("ec2").run_instances(**{**asked, "NetworkInterfaces": [interface]})
            except Exception as error:
                if error_code(error) == _ANOTHER and (found := self._of_token(asked["ClientToken"])):
                    return found
                if error_code(error) not in _NO_ROOM:
                    raise
                refused = error
            else:
                return str(answer["Instances"][0]["InstanceId"])
        raise refused

    def once_server(self, instance: str) -> OnceInstance | None:
        """Such a server; None where EC2 does not know it any more: about an hour after its end."""
        found = self._servers([{"Name": "instance-id", "Values": [instance]}])
        return found[0] if found else None

    def once_servers(self, tags: Mapping[str, str]) -> list[OnceInstance]:
        """The servers of a service that were launched to run something once, and have not ended.

        Args:
            tags: those of the service.
        """
        filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
        found = self._servers([*filters, {"Name": "tag-key", "Values": [ONCE_TAG]}])
        return [each for each in found if not each.ended]

    def end_server(self, instance: str) -> None:
        """End a server that belongs to no group, unless it is gone."""
        try:
            self._client("ec2").terminate_instances(InstanceIds=[instance])
        except Exception as error:
            if error_code(error) != _NO_SERVER:
                raise

    def send_once(self, instance: str, script: str, comment: str, seconds: int) -> str | None:
        """Have a script run on a server and give the id of the command; None where its agent does not answer yet.

        Args:
            instance: the server.
            script: what runs; a second one with the same token waits for the first.
            comment: what people read of it in Systems Manager.
            seconds: after how long it is stopped.
        """
        try:
            answer = self._client("ssm").send_command(
                DocumentName=_DOCUMENT,
                InstanceIds=[instance],
                Comment=comment[:100],
                TimeoutSeconds=_DELIVERY_SECONDS,
                Parameters={"commands": script.splitlines(), "executionTimeout": [str(seconds)]},
            )
        except Exception as error:
            if error_code(error) != _UNKNOWN:
                raise
            return None
        return str(answer["Command"]["CommandId"])

    def once_command(self, command: str, instance: str) -> OnceCommand:
        """How a command is on a server."""
        try:
            found = self._client("ssm").get_command_invocation(CommandId=command, InstanceId=instance)
        except Exception as error:
            if error_code(error) != _NOT_YET:
                raise
            return OnceCommand("Pending")
        return OnceCommand(
            status=str(found["Status"]),
            details=str(found.get("StatusDetails") or ""),
            code=int(found.get("ResponseCode", -1)),
            output=str(found.get("StandardOutputContent") or found.get("StandardErrorContent") or ""),
        )

    def commands_on(self, instance: str, comment: str) -> list[OnceCommand]:
        """What was ever sent to a server, also to one that is gone: Systems Manager keeps it for a month.

        Args:
            instance: the server.
            comment: how the comments of the commands begin that are meant; others may send some, too.
        """
        try:
            found = self._client("ssm").list_commands(InstanceId=instance)["Commands"]
        except Exception as error:
            if error_code(error) != _UNKNOWN:
                raise
            return []
        own = [each for each in found if str(each.get("Comment") or "").startswith(comment)]
        return [self.once_command(str(each["CommandId"]), instance) for each in own]

    def _of_token(self, token: str) -> str | None:
        found = self._servers([{"Name": "client-token", "Values": [token]}])
        return found[0].id if found else None

    def _servers(self, filters: Sequence[Mapping[str, Any]]) -> list[OnceInstance]:
        pages = self._client("ec2").get_paginator("describe_instances").paginate(Filters=list(filters))
        return [
            OnceInstance.from_api(each)
            for page in pages
            for reservation in page["Reservations"]
            for each in reservation["Instances"]
        ]
