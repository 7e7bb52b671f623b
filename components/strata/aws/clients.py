"""AWS clients for what runs inside `pulumi up`, built from what the Pulumi AWS provider itself is configured with.

boto3 is imported on first use only: a program without a gate, as under Pulumi's mocks, does not pay for it.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from strata.aws.outage import Trouble, answered, error_code, trouble_of
from strata.aws.provider_config import ProviderConfig, read_provider_config
from strata.aws.session import make_client, session_of

if TYPE_CHECKING:
    import boto3

__all__ = [
    "ClientFor",
    "Clients",
    "ProviderConfig",
    "clients_for",
    "error_code",
    "expired",
    "provider_config",
    "renewing",
    "shared_clients",
]

T = TypeVar("T")

ClientFor = Callable[[str], Any]
"""Gives the boto3 client of a service."""

ATTEMPTS = 10
"""Tries of one call when AWS throttles or a connection breaks, with exponential backoff and jitter (botocore)."""

CONNECT_SECONDS = 10.0
"""How long one try waits for a connection: a network that drops packets is found out in a minute or two, not in ten."""

CONNECTIONS = 32
"""Connections kept open to one AWS service: the gates of a stack share them, and all poll at once."""


def expired(error: BaseException) -> bool:
    """Whether an error means that credentials are no longer good."""
    return trouble_of(error) is Trouble.CREDENTIALS


async def renewing(work: Callable[[], T], renew: Callable[[], None]) -> T:
    """The answer of a blocking call, run beside the event loop, and once more with fresh credentials if they expired.

    Args:
        work: the call.
        renew: forgets the credentials in use.
    """
    return await answered(work, renew)


def provider_config() -> ProviderConfig:
    """Read `aws:*` of the running stack, as the default provider does; what is unset comes from the environment.

    Raises:
        UsageError: with what cannot be honoured, by name.
    """
    prefix = "aws:"
    config = {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}
    values = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    return read_provider_config(values, "the configuration of the stack")


class Clients:
    """boto3 clients by service name, each made once; `renew` forgets them so that credentials are asked for again.

    Args:
        config: where calls go. Ignored when a session is given.
        session: a `boto3.Session` to use instead, for a service on an explicit provider.
        region: in place of that session's. Default: that.
    """

    def __init__(
        self,
        config: ProviderConfig | None = None,
        *,
        session: "boto3.Session | None" = None,
        region: str | None = None,
    ) -> None:
        self._config = config or ProviderConfig()
        self._given = session
        self._region = region
        self._session = session
        self._clients: dict[str, Any] = {}
        self._regions: dict[str, Clients] = {}
        # boto3 sessions must not make two clients at a time
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        """The client of a service, such as `autoscaling`."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def in_region(self, region: str) -> "Clients":
        """Clients of the same account in a region, made once for each.

        Args:
            region: the region; that of these clients gives these.
        """
        if region == (self._config.region if self._given is None else self._region or self._given.region_name):
            return self
        with self._lock:
            if region not in self._regions:
                config = replace(self._config, region=region)
                self._regions[region] = Clients(config, session=self._given, region=region)
            return self._regions[region]

    def renew(self) -> None:
        """Drop every client and, unless it was given, the session."""
        with self._lock:
            self._clients.clear()
            for others in self._regions.values():
                others.renew()
            self._session = self._given

    def _make(self, service: str) -> Any:
        if self._session is None:
            self._session = session_of(self._config)
        if self._given:
            return self._session.client(service, region_name=self._region, config=_options())
        return make_client(self._session, service, self._config, _options())


def _options() -> Any:
    from botocore.config import Config

    return Config(retries=_retries(), connect_timeout=CONNECT_SECONDS, max_pool_connections=CONNECTIONS)


def _retries() -> dict[str, Any]:
    """The first layer: ten tries of botocore's, unless the environment sets another number."""
    chosen = os.environ.get("AWS_MAX_ATTEMPTS")
    return {"mode": "standard", **({} if chosen else {"total_max_attempts": ATTEMPTS})}


_shared: list[tuple[ProviderConfig, Clients]] = []
_sharing = threading.Lock()


def shared_clients(config: ProviderConfig) -> Clients:
    """The clients of a configuration, the same ones at every call: all gates of a program make them once.

    A session reads AWS's descriptions of its services from disk for itself, a tenth of a second and some megabytes for
    each client, and every service of a stack has a gate. Renewing the credentials renews them for all.
    """
    with _sharing:
        for known, clients in _shared:
            if known == config:
                return clients
        clients = Clients(config)
        _shared.append((config, clients))
        return clients


def clients_for(session: "boto3.Session | None") -> Clients:
    """The clients of a session, or without one those of the default provider's configuration."""
    return shared_clients(provider_config()) if session is None else Clients(session=session)
