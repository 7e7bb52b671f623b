"""Answers of AWS, and beside them what it refused to answer."""

from collections.abc import Callable
from typing import TypeVar

from strata.aws.clients import error_code
from strata.drift.drift_finding import UnreadPart

__all__ = ["NotedAnswers"]

T = TypeVar("T")


class NotedAnswers:
    """Asks AWS, and notes what it refuses."""

    def __init__(self) -> None:
        self.unread: list[UnreadPart] = []
        """What could not be read."""

    def read(self, service: str, what: str, ask: Callable[[], T]) -> T | None:
        """The answer of AWS; None where it refuses, which is noted.

        Args:
            service: the service it is about.
            what: is asked for.
            ask: makes the calls.
        """
        from botocore.exceptions import ClientError

        try:
            return ask()
        except ClientError as error:
            why = f"{error_code(error)}: {error.response.get('Error', {}).get('Message', '')}"
            self.note(service, what, why, error.operation_name)
        return None

    def note(self, service: str, what: str, why: str, call: str | None = None) -> None:
        """Note something that could not be read, as for `UnreadPart`."""
        self.unread.append(UnreadPart(service, what, why, call))
