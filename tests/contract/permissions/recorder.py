"""Every call of AWS that the library's own clients make, and on whose account."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rehearsal.cloud.direct_calls import ENDPOINT, answer_with

__all__ = ["Call", "Recorder"]

PREFIXES = {"elbv2": "elasticloadbalancing"}
"""The prefixes of IAM that are not the names of boto3."""


@dataclass(frozen=True)
class Call:
    """One call.

    Args:
        caller: the command, or the part of `pulumi up`, that made it.
        operation: as `ssm:GetParameters`: IAM's prefix, and AWS's name of the operation.
        asked: its parameters.
    """

    caller: str
    operation: str
    asked: dict[str, Any] = field(compare=False)


class Recorder:
    """Makes the clients of a local AWS, and writes down what they ask.

    Args:
        aws: answers, in this process.
    """

    def __init__(self, aws: Aws) -> None:
        self.calls: list[Call] = []
        self._aws = aws
        self._session = boto3.Session(botocore_session=botocore.session.get_session())
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._caller = ""
        self._watchers: list[Callable[[str, Any], None]] = []

    def watch(self, watcher: Callable[[str, Any], None]) -> None:
        """Hand every client to somebody, by its service: those that are made, and those that will be."""
        self._watchers.append(watcher)
        for (service, _, _), client in self._clients.items():
            watcher(service, client)

    @contextmanager
    def of(self, caller: str) -> Generator[None]:
        """Whatever is asked in the block is asked by this caller.

        Args:
            caller: the command, or the part of `pulumi up`.
        """
        assert not self._caller, "one at a time"
        self._caller = caller
        try:
            yield
        finally:
            self._caller = ""

    def by(self, caller: str) -> set[str]:
        """What a caller has asked so far."""
        return {each.operation for each in self.calls if each.caller == caller}

    def client(self, service: str, region: str = REGION, access_key: str = "test") -> Any:
        """A client of a service."""
        key = (service, region, access_key)
        if key not in self._clients:
            made = self._session.client(
                service,
                region_name=region,
                endpoint_url=ENDPOINT,
                aws_access_key_id=access_key,
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            )
            made.meta.events.register("provide-client-params", self._recording(service))
            answer_with(made, lambda: self._aws.application)
            self._clients[key] = made
            for each in self._watchers:
                each(service, made)
        return self._clients[key]

    def _recording(self, service: str) -> Callable[..., None]:
        prefix = PREFIXES.get(service, service)

        def record(params: dict[str, Any], model: Any, **_: Any) -> None:
            if self._caller:
                self.calls.append(Call(self._caller, f"{prefix}:{model.name}", dict(params)))

        return record
