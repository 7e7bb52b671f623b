"""The plugin's way to the local AWS: shared boto3 clients, identity, and waiting."""

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

from strata.aws.facts.partitions import partitions
from strata_rehearsal.plugin.operation_errors import AwsCallError, describe
from strata_rehearsal.plugin.provider_settings import ProviderSettings

__all__ = ["AwsConnection"]

CONNECTIONS = 48
"""Requests in flight per service; the engine creates up to 16 resources at once and some of them poll."""

ATTEMPTS = 8
"""Tries per request that was throttled or lost, with botocore's exponential backoff between them."""


class AwsConnection:
    """Everything an operation needs from outside.

    Args:
        settings: how the provider was configured.
        now: the simulated time, epoch seconds.
        pause: blocks the calling thread for simulated seconds, and raises when the engine cancels the update.
    """

    def __init__(self, settings: ProviderSettings, now: Callable[[], float], pause: Callable[[float], None]) -> None:
        self.settings = settings
        self.now = now
        self.pause = pause
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = threading.Lock()

    def client(self, service: str, region: str | None = None) -> Any:
        """The boto3 client of a service, made once: loading its model takes up to a tenth of a second."""
        key = (service, region or self.settings.region)
        if key not in self._clients:
            with self._making:
                if key not in self._clients:
                    self._clients[key] = self._make(*key)
        return self._clients[key]

    def call(self, service: str, operation: str, region: str | None = None, /, **parameters: Any) -> dict[str, Any]:
        """One API call.

        Raises:
            AwsError: AWS refused, or nothing answers; with the code, the message and the operation.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        client = self.client(service, region)
        try:
            return getattr(client, operation)(**parameters)
        except (ClientError, BotoCoreError) as error:
            raise AwsCallError(*describe(error, operation)) from error

    def pages(
        self, service: str, operation: str, at: str, region: str | None = None, /, **parameters: Any
    ) -> list[Any]:
        """All items of a listing, whatever number of pages it comes in."""
        from botocore.exceptions import BotoCoreError, ClientError

        client = self.client(service, region)
        if not client.can_paginate(operation):
            return self.call(service, operation, region, **parameters).get(at, [])
        try:
            return [
                item for page in client.get_paginator(operation).paginate(**parameters) for item in page.get(at, [])
            ]
        except (ClientError, BotoCoreError) as error:
            raise AwsCallError(*describe(error, operation)) from error

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Who the credentials belong to: Account, Arn, UserId."""
        return self.call("sts", "get_caller_identity")

    @property
    def account(self) -> str:
        """The account number."""
        return self.identity["Account"]

    @cached_property
    def partition(self) -> str:
        """The partition of the region, such as aws, aws-cn or aws-us-gov.

        Asked of the session, because nearly every program asks for it first, and a client takes time to make. A region
        that botocore does not know is in aws, as it is for botocore's own clients.
        """
        from botocore.exceptions import UnknownRegionError

        with self._making:
            try:
                return self._session.get_partition_for_region(self.settings.region)
            except UnknownRegionError:
                return "aws"

    @property
    def suffix(self) -> str:
        """The DNS suffix of the partition."""
        return next(each.dns_suffix for each in partitions() if each.name == self.partition)

    @cached_property
    def _session(self) -> Any:
        """One for all clients, which share what it has read; made under the lock, for it is not safe with threads."""
        import boto3

        return boto3.Session()

    def _make(self, service: str, region: str) -> Any:
        from botocore.config import Config

        return self._session.client(
            service,
            region_name=region,
            endpoint_url=self.settings.endpoint(service),
            aws_access_key_id=self.settings.access_key,
            aws_secret_access_key=self.settings.secret_key,
            aws_session_token=self.settings.token,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                max_pool_connections=CONNECTIONS,
                s3={"addressing_style": "path"},
                user_agent_extra="strata-rehearsal-plugin",
            ),
        )
