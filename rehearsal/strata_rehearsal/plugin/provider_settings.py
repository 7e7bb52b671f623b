"""What the provider was configured with: `aws:` settings of the stack, or the arguments of an explicit provider."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from strata.errors import RehearsalError
from strata_rehearsal.plugin.engine_values import contains_unknown, is_unknown, unwrap
from strata_rehearsal.plugin.property_comparison import coerce

__all__ = ["ProviderSettings", "decode_settings"]

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"
"""The AWS endpoint of every client that has no other; a rehearsal sets it."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

_ENDPOINT_NAMES = {
    "application-autoscaling": ("applicationautoscaling", "appautoscaling"),
    "elbv2": ("elbv2", "elasticloadbalancingv2", "lb", "elb"),
    "logs": ("logs", "cloudwatchlogs", "cloudwatchlog"),
}


@dataclass(frozen=True)
class ProviderSettings:
    """Typed provider settings.

    Args:
        region: region of everything that names none itself.
        endpoints: URL by service, as `aws:endpoints` spells the services.
        access_key: default "test"; the local AWS accepts anything.
        secret_key: default "test".
        token: session token; default none.
        default_tags: tags every taggable resource gets below its own.
        known: False while the settings hold values that are known only after an update (explicit providers in a
            preview).
    """

    region: str
    endpoints: Mapping[str, str]
    access_key: str = "test"
    secret_key: str = "test"  # noqa: S105 - the local AWS accepts anything
    token: str | None = None
    default_tags: Mapping[str, str] = field(default_factory=dict)
    known: bool = True

    def endpoint(self, service: str) -> str:
        """Where a service of the local AWS listens.

        Raises:
            RehearsalError: none is set for it, or it is not on this machine. This plugin never talks to the real AWS.
        """
        names = _ENDPOINT_NAMES.get(service, (service,))
        url = next((self.endpoints[name] for name in names if name in self.endpoints), None)
        local = os.environ.get(ENDPOINT_VARIABLE)
        if local is not None and (url is None or urlsplit(url).hostname not in _LOOPBACK):
            # an explicit provider knows nothing of a rehearsal, and may name addresses of its own
            url = local
        if url is None:
            raise RehearsalError(
                f"no endpoint for {service} in aws:endpoints",
                fix="The rehearsal's plugin only talks to a local AWS: add the service to aws:endpoints.",
            )
        if urlsplit(url).hostname not in _LOOPBACK:
            raise RehearsalError(
                f"the endpoint {url} for {service} is not on this machine",
                fix="The rehearsal's plugin only talks to a local AWS: use an address of the loopback interface.",
            )
        return url

    @classmethod
    def load(cls, given: Mapping[str, Any]) -> "ProviderSettings":
        """The settings from decoded provider inputs.

        Raises:
            RehearsalError: no region is set.
        """
        region = given.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if not region and not contains_unknown(given):
            raise RehearsalError("no AWS region is set", fix="Set aws:region in the stack's configuration.")
        endpoints: dict[str, str] = {}
        for block in given.get("endpoints") or []:
            if isinstance(block, dict):
                endpoints |= {name: url for name, url in block.items() if isinstance(url, str) and not is_unknown(url)}
        tags = (given.get("defaultTags") or {}).get("tags") or {}
        return cls(
            region=str(region),
            endpoints=endpoints,
            access_key=given.get("accessKey") or "test",
            secret_key=given.get("secretKey") or "test",
            token=given.get("token"),
            default_tags={key: coerce(value, "str") for key, value in tags.items()},
            known=not contains_unknown(given),
        )


def decode_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Provider inputs with nested settings parsed: from stack configuration the engine sends them as JSON text."""
    decoded: dict[str, Any] = {}
    for name, value in given.items():
        nested = isinstance(value, str) and value[:1] in ("[", "{")
        try:
            decoded[name] = unwrap(json.loads(value)) if nested else value
        except ValueError:
            decoded[name] = value
    return decoded
