"""The AWS calls that every rollout makes, whatever it replaces: the record and its neighbours, alarms, messages.

Everything here blocks. Throttling is retried with backoff by the clients.
"""

from collections.abc import Callable, Sequence
from typing import Any

from strata.rollout.record import Release, proven

__all__ = ["BaseDriver", "ClientFor"]

ClientFor = Callable[[str], Any]


class BaseDriver:
    """AWS, as far as every rollout needs it.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        self._client = client

    def alarm_states(self, names: Sequence[str]) -> dict[str, tuple[str, str]]:
        """State and reason of each alarm that exists."""
        if not names:
            return {}
        found = self._client("cloudwatch").describe_alarms(
            AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
        return {each["AlarmName"]: (each["StateValue"], each.get("StateReason", "")) for each in alarms}

    def parameters(self, names: Sequence[str]) -> dict[str, str]:
        """Values of the SSM parameters that exist."""
        found = self._client("ssm").get_parameters(Names=list(names))["Parameters"]
        return {each["Name"]: each["Value"] for each in found}

    def release(self, record: str) -> Release | None:
        """The release a record names, or None when there is no record, or one that names none.

        Raises:
            ValueError: the parameter holds something else.
        """
        value = self.parameters([record]).get(record)
        return proven(value) if value is not None else None

    def keep_note(self, name: str, value: str) -> None:
        """Write an SSM parameter over what it said before."""
        self._client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def publish(self, topic: str, subject: str, message: str) -> None:
        """Send a message to an SNS topic; SNS takes 100 characters of subject."""
        self._client("sns").publish(TopicArn=topic, Subject=subject[:100], Message=message)
