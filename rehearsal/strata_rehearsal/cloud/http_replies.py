"""Responses over HTTP as values, and those that a service that works is taken to give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from strata.settings.models.verify import VERSION_PLACE

__all__ = ["HttpReply", "PlayedAnswer"]

_TEXT: Final = {"Content-Type": "text/plain; charset=utf-8"}


@dataclass(frozen=True)
class HttpReply:
    """A response, and whose it is.

    Args:
        status: its HTTP status.
        body: its body.
        headers: its headers.
        version: the version of what answered; empty for the load balancer itself.
    """

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=lambda: dict(_TEXT))
    version: str = ""


@dataclass(frozen=True)
class PlayedAnswer:
    """What a service that works answers; `{version}` stands for the version of what answers.

    Args:
        status: HTTP status. Default: 200.
        body: body. Default: the name of the service and its version.
        headers: headers besides its content type. Default: none.
    """

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "PlayedAnswer":
        """Read one as it is sent.

        Raises:
            ValueError: a field is unknown.
        """
        unknown = set(values) - {"status", "body", "headers"}
        if unknown:
            raise ValueError(f"an answer has no {', '.join(sorted(unknown))}")
        return cls(int(values.get("status", 200)), str(values.get("body") or ""), dict(values.get("headers") or {}))

    def of(self, service: str, version: str) -> HttpReply:
        """The answer of one version of a service."""
        body = self.body or f"{service} {VERSION_PLACE}\n"
        headers = {name: value.replace(VERSION_PLACE, version) for name, value in self.headers.items()}
        return HttpReply(self.status, body.replace(VERSION_PLACE, version), {**_TEXT, **headers}, version)
