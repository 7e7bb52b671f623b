"""Notifies an SNS topic of what a look for drift has found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.clients import Clients
from strata.aws.target import plain_errors
from strata.drift.drift_finding import StackDrift
from strata.drift.resource_look import NOT_SEEN
from strata.errors import AwsError, UsageError
from strata.rollout.aws_calls import BaseDriver
from strata.settings import patterns

__all__ = ["DriftNotice", "message_of", "notify_of_drift", "require_topic"]

SHOWN: Final = 20
"""How many differences of a service a message has: it is to be read by people, and SNS takes 256 KB."""
_REGION: Final = 3


@dataclass(frozen=True)
class DriftNotice:
    """That a topic was notified, or not.

    Args:
        topic: its ARN.
        sent: whether a message went out.
        trouble: why one that was due did not, as a clause; empty where none was due.
        fix: what to do about that, as a sentence.
    """

    topic: str
    sent: bool = False
    trouble: str = ""
    fix: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"topic_arn": self.topic, "sent": self.sent, "trouble": self.trouble or None}


def require_topic(text: str) -> str:
    """The ARN of a topic.

    Args:
        text: as a person wrote it.

    Raises:
        UsageError: it is none.
    """
    if re.fullmatch(patterns.TOPIC, text) is None:
        raise UsageError(
            f"--notify is {text!r}, expected the ARN of an SNS topic, such as "
            "arn:aws:sns:eu-west-1:123456789012:on-call",
            fix="Look it up: `aws sns list-topics`.",
        )
    return text


def notify_of_drift(clients: Clients, topic: str, found: StackDrift) -> DriftNotice:
    """Publish the summary of a report if it shows drift.

    Args:
        clients: AWS, of the account and region of the stack.
        topic: the topic's ARN; it may be in another region.
        found: the report.
    """
    if not found.differs:
        return DriftNotice(topic)
    there = clients.in_region(topic.split(":")[_REGION])
    try:
        with plain_errors():
            BaseDriver(there).publish(topic, f"drift in {found.stack}: {found.headline}", message_of(found))
    except AwsError as error:
        # the report stands, whoever hears of it
        return DriftNotice(topic, trouble=error.message, fix=error.fix or "")
    return DriftNotice(topic, sent=True)


def message_of(found: StackDrift) -> str:
    """The summary of a report, as text for people.

    Args:
        found: the report.
    """
    return "\n".join(_lines(found))


def _lines(found: StackDrift) -> Iterator[str]:
    yield f"{found.stack} at {found.at}: {found.headline}"
    for service in found.services:
        if not service.findings:
            continue
        yield f"\n{service.service}: {service.headline}"
        yield from (f"  {each.kind}  {each.subject}  {each.said}" for each in service.findings[:SHOWN])
        yield from _more(len(service.findings))
        yield from (f"  for {kind}: {fix}" for kind, fix in service.fixes)
    if found.resources is not None and found.resources.differing:
        differing = found.resources.differing
        yield f"\nresources: {found.resources.headline}"
        yield from (f"  {each.name} ({each.type}) {each.said}" for each in differing[:SHOWN])
        yield from _more(len(differing))
        yield f"  to do: {differing[0].fix}"
        yield f"  note: {NOT_SEEN}"
    for part in found.unread:
        yield f"\nnot read: {part.service or 'every service'}: {part.what}: {part.why}"


def _more(count: int) -> Iterator[str]:
    if count > SHOWN:
        yield f"  and {count - SHOWN} more"
