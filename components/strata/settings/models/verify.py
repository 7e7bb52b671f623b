"""What a new release is asked before its rollout is final, while it can still be taken back."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Final

from pydantic import Field

from strata.problem import Path
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.ingress import RouteSettings
from strata.settings.models.rule import Conflict, leaks, rule

__all__ = [
    "VERSION_PLACE",
    "AnswerSettings",
    "VerifySettings",
    "asked_host",
    "find_unasked",
    "no_time_for",
    "route_of",
]

VERSION_PLACE: Final = "{version}"
"""What means the version of the image that is rolled out."""
LOOK_SECONDS: Final = 15
"""Between two looks of a gate, of which each begins at most one attempt."""
SPARE_SECONDS: Final = 30
"""For the stop itself, and for what a slow machine loses."""
REQUEST_SECONDS: Final = 5
COMMAND_SECONDS: Final = 60
LONGEST_REQUEST_SECONDS: Final = 30
"""A longer one would hold up a gate that ends."""
LONGEST_COMMAND_SECONDS: Final = 3600
_WILDCARDS: Final = re.compile(r"[*?]")
_ANY_PATH: Final = "/"
_MINUTE: Final = 60


class AnswerSettings(Settings):
    """The answer that a request to the new release must get. `{version}` means the version that is rolled out."""

    status: int = Field(default=200, ge=100, le=599)
    """HTTP status. Default: 200."""
    body: str | None = Field(default=None, min_length=1, max_length=1000)
    """Text that is in its body. Default: any body."""
    headers: dict[Annotated[str, Field(pattern=patterns.HTTP_HEADER)], str] = Field(default={})
    """Headers that it has, by name, with this value. Default: any."""

    @property
    def names_version(self) -> bool:
        """Whether no other release gives the same answer."""
        return any(VERSION_PLACE in text for text in (self.body or "", *self.headers.values()))


class VerifySettings(Settings):
    """What a new release is asked while its rollout can still be taken back: by requests, by a command, or by both.

    A release that does not answer as expected is taken back as one that an alarm stops.
    """

    path: str | None = Field(default=None, pattern=patterns.URL_PATH)
    """Path that is requested through the load balancer, such as /version. Default: none; a command decides."""
    host: str | None = Field(default=None, pattern=patterns.PLAIN_HOST, max_length=128)
    """Host name that is asked for. Default: the first one of the routes without a wildcard, else the load balancer's
    own."""
    headers: dict[Annotated[str, Field(pattern=patterns.HTTP_HEADER)], str] = Field(default={})
    """Headers of the request. Never a secret: a command can read one from its environment. Default: none."""
    expect: AnswerSettings = AnswerSettings.model_construct()
    """The answer that it must get."""
    requests: int = Field(default=5, ge=1, le=100)
    """Requests of one attempt, one after the other; all must be answered as expected. Default: 5."""
    command: tuple[Annotated[str, Field(pattern=patterns.TEXT)], ...] | None = Field(default=None, min_length=1)
    """What is run where `pulumi up` runs, without a shell, after the requests if there are any; 0 means that the
    release is good. Its environment has STRATA_URL, STRATA_HOST, STRATA_SERVICE, STRATA_VERSION, STRATA_IMAGE,
    STRATA_STACK and STRATA_TEST_HEADER; by test requests it is run twice. Default: none."""
    attempts: int = Field(default=3, ge=1, le=20)
    """How often it is tried, at most, before the release counts as bad. Default: 3."""
    timeout_seconds: int | None = Field(default=None, ge=1, le=LONGEST_COMMAND_SECONDS)
    """Seconds until a request is given up, at most 30, or a command is killed. Default: 5 for a request, 60 for a
    command."""

    @property
    def request_seconds(self) -> int:
        """Seconds that one request may take."""
        return self.timeout_seconds or REQUEST_SECONDS

    @property
    def command_seconds(self) -> int:
        """Seconds that the command may take."""
        return self.timeout_seconds or COMMAND_SECONDS

    @property
    def command_alone(self) -> "VerifySettings | None":
        """The command without the requests before it; None without one."""
        return self.model_copy(update={"path": None}) if self.command is not None else None

    @property
    def longest_seconds(self) -> int:
        """Seconds until all attempts have failed, at most."""
        asking = self.requests * self.request_seconds if self.path is not None else 0
        running = self.command_seconds if self.command is not None else 0
        return self.attempts * (asking + running + LOOK_SECONDS) + SPARE_SECONDS

    @rule("verify-kind", "A release is verified by a request, a command, or both.")
    def _some_kind(self) -> Iterator[Conflict]:
        if self.path is None and self.command is None:
            yield Conflict(
                (),
                self.model_dump(include=self.model_fields_set),
                expected="path or command: what is asked",
                fix="Write `path: /version` for a request through the load balancer, or a command.",
                reads=(("path",), ("command",)),
            )

    @rule("verify-fields", "Without a request there is nothing about one.")
    def _of_requests(self) -> Iterator[Conflict]:
        if self.path is not None:
            return
        for name in ("host", "headers", "expect", "requests"):
            if name in self.model_fields_set and getattr(self, name):
                value = getattr(self, name)
                yield Conflict(
                    (name,),
                    value.model_dump() if isinstance(value, Settings) else value,
                    expected="nothing without path: it is about the request",
                    fix="Remove it, or set path.",
                    reads=(("path",),),
                )

    @rule("verify-timeout", "A request is given up after half a minute.")
    def _timeout(self) -> Iterator[Conflict]:
        if self.path is not None and self.request_seconds > LONGEST_REQUEST_SECONDS:
            yield Conflict(
                ("timeout_seconds",),
                self.timeout_seconds,
                expected=f"at most {LONGEST_REQUEST_SECONDS} for a request",
                fix=f"Write {LONGEST_REQUEST_SECONDS}.",
                reads=(("path",),),
            )

    @rule("verify-secret", "The headers of a request hold no secrets.")
    def _secrets(self) -> Iterator[Conflict]:
        yield from leaks(("headers",), self.headers, "they are printed with what was asked")


def find_unasked(verify: VerifySettings | None, routes: Iterable[RouteSettings], at: Path) -> Iterator[Conflict]:
    """A conflict for a request that no route leads to the service.

    Args:
        verify: what is asked.
        routes: those of the service.
        at: where it is, from the service's settings.
    """
    if verify is None or verify.path is None:
        return
    routes = tuple(routes)
    if not routes:
        yield Conflict(
            (*at, "path"),
            verify.path,
            expected="a command: without routes no request reaches the service",
            fix="Verify it by a command, or give the service routes.",
            reads=(("routes",),),
        )
    elif route_of(verify, routes) is None:
        host = f" of {verify.host}" if verify.host else ""
        yield Conflict(
            (*at, "path"),
            verify.path,
            expected=f"a path{host} that one of the routes leads to the service",
            fix="Ask for a path and a host that a route has.",
            reads=(("routes",), (*at, "host")),
        )


def route_of(verify: VerifySettings, routes: Iterable[RouteSettings]) -> tuple[RouteSettings, str] | None:
    """The route by which a request reaches the service, and the host that is asked for; None where there is none.

    Args:
        verify: what is asked.
        routes: those of the service. The host is empty for one of every host, which needs none.
    """
    for route in routes:
        if route.paths and not any(_matches(path, verify.path or _ANY_PATH) for path in route.paths):
            continue
        if verify.host is not None:
            # ELB compares hosts without case
            if not route.hosts or any(_matches(each.lower(), verify.host.lower()) for each in route.hosts):
                return route, verify.host
            continue
        if not route.hosts:
            return route, ""
        plain = next((each for each in route.hosts if not _WILDCARDS.search(each)), None)
        if plain is not None:
            return route, plain
    return None


def asked_host(verify: VerifySettings | None, routes: Iterable[RouteSettings]) -> str:
    """The host name by which a service is asked; empty where nothing is asked of it, or it needs none.

    Args:
        verify: what is asked.
        routes: those of the service.
    """
    if verify is None:
        return ""
    if verify.path is None:
        plain = (host for route in routes for host in route.hosts if not _WILDCARDS.search(host))
        return next(plain, "")
    found = route_of(verify, routes)
    return found[1] if found is not None else ""


def _matches(pattern: str, text: str) -> bool:
    """As ELB reads a condition: * is any number of characters, ? is one."""
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def no_time_for(
    verify: VerifySettings | None, at: Path, value: int, *, reads: tuple[Path, ...] = ()
) -> Iterator[Conflict]:
    """A conflict for a time that is too short to verify a release in.

    Args:
        verify: what is asked.
        at: the setting that says how long a rollout can still be taken back once all requests reach the new release, or
            how long it waits before any does; its name ends with its unit.
        value: the setting.
        reads: other settings that the finding rests on.
    """
    unit = _MINUTE if str(at[-1]).endswith("_minutes") else 1
    if verify is None or unit * value >= verify.longest_seconds:
        return
    least = -(-verify.longest_seconds // unit)
    then = "goes back after it" if at[-1] == "pause_minutes" else "takes nothing back after it"
    beside = at[:-1]
    yield Conflict(
        at,
        value,
        expected=f"at least {least} with verify, which may take {verify.longest_seconds} s: AWS {then}",
        fix=f"Write {least}, or give verify fewer attempts or a shorter timeout_seconds.",
        reads=(*((*beside, "verify", each) for each in ("attempts", "timeout_seconds", "requests")), *reads),
    )
