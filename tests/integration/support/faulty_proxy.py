"""A proxy in front of a local AWS that loses, delays and refuses what it is told to, chosen by operation and count."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from strata_rehearsal.cloud.requests import ServiceCall, describe

__all__ = ["Answer", "Fault", "FaultyProxy", "Kind", "faulty_proxy", "to_endpoint"]


class Kind(StrEnum):
    """What becomes of a request."""

    LOST_REQUEST = "lost request"
    """The connection breaks before AWS has seen it."""
    LOST_ANSWER = "lost answer"
    """AWS has acted upon it; the connection breaks before the answer."""
    DELAY = "delay"
    """AWS has acted upon it; the answer is held back until the client gives up."""
    SERVER_ERROR = "5xx"
    THROTTLED = "throttling"
    EXPIRED = "expired token"


@dataclass(frozen=True)
class Answer:
    """What a forwarded request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Forward = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""Method, path, headers and body, to AWS."""


@dataclass
class Fault:
    """What happens to the next requests of an operation.

    Args:
        kind: what happens.
        action: the operation, such as `StartInstanceRefresh`.
        times: how often.
        caller: only to requests whose user agent begins like this. Default: to all.
    """

    kind: Kind
    action: str
    times: int = 1
    caller: str = ""


@dataclass(frozen=True)
class Seen:
    """A request: the operation, who asked, and what became of it."""

    action: str
    caller: str
    kind: Kind | None


@dataclass
class FaultyProxy:
    """A running proxy.

    Args:
        url: where it listens.
        forward: where requests go; may be changed while it runs.
    """

    url: str
    forward: Forward
    faults: list[Fault] = field(default_factory=list[Fault])
    seen: list[Seen] = field(default_factory=list[Seen])
    """Every request, in order."""
    choose: Callable[[ServiceCall], Kind | None] | None = None
    """Decides in the place of the faults, for who draws them at random."""
    spares: str = "\0"
    """Requests whose user agent holds this are forwarded whatever was said."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *faults: Fault) -> None:
        """Let something happen from now on."""
        with self._turn:
            self.faults += faults

    def calm(self) -> None:
        """Nothing happens any more, and what was seen is forgotten."""
        with self._turn:
            self.faults.clear()
            self.seen.clear()

    def draw(self, call: ServiceCall, agent: str) -> Kind | None:
        """What becomes of a request; None is nothing."""
        with self._turn:
            kind = None if self.spares in agent else self.choose(call) if self.choose else self._next(call)
            self.seen.append(Seen(call.action, call.caller, kind))
        return kind

    def _next(self, call: ServiceCall) -> Kind | None:
        for fault in self.faults:
            if fault.times and fault.action == call.action and call.caller.startswith(fault.caller):
                fault.times -= 1
                return fault.kind
        return None


def to_endpoint(endpoint: str) -> Forward:
    """Forward to an AWS that listens on a URL."""
    host = urlsplit(endpoint).netloc

    def forward(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection(host)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    return forward


@contextmanager
def faulty_proxy(forward: Forward) -> Generator[FaultyProxy]:
    """Run a proxy on a free loopback port for as long as the block runs.

    Args:
        forward: where requests go.
    """

    class Handler(_Handler):
        """Its class is its own, since the server makes the handlers."""

    server = _Server(("127.0.0.1", 0), Handler)
    proxy = FaultyProxy(f"http://127.0.0.1:{server.server_port}", forward)
    Handler.proxy = proxy
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what this is about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: FaultyProxy

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing on the console."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = describe(self._environ(), body)
        kind = self.proxy.draw(call, self.headers.get("User-Agent", ""))
        if kind is Kind.LOST_REQUEST:
            self._hang_up()
            return
        if kind is not None and kind in _CODES:
            self._send(_refusal(kind, call.service, as_json=bool(self.headers.get("X-Amz-Target"))))
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        answer = self.proxy.forward(self.command, self.path, headers, body)
        if kind is Kind.DELAY:
            # nothing more comes from a client that waits: this returns when it hangs up
            self.connection.recv(1)
        if kind in (Kind.DELAY, Kind.LOST_ANSWER):
            self._hang_up()
            return
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815  the names http.server looks for

    def _environ(self) -> dict[str, str]:
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        path, _, query = self.path.partition("?")
        return {
            **named,
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
        }

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


_CODES: Mapping[Kind, tuple[tuple[int, str], tuple[int, str], tuple[int, str]]] = {
    Kind.SERVER_ERROR: ((503, "Unavailable"), (503, "ServiceUnavailable"), (500, "InternalServerError")),
    Kind.THROTTLED: ((503, "RequestLimitExceeded"), (400, "Throttling"), (400, "ThrottlingException")),
    Kind.EXPIRED: ((400, "RequestExpired"), (403, "ExpiredToken"), (400, "ExpiredTokenException")),
}
"""Status and code in the words of EC2, of the services that speak XML, and of those that speak JSON."""


def _refusal(kind: Kind, service: str, *, as_json: bool) -> Answer:
    status, code = _CODES[kind][2 if as_json else int(service != "ec2")]
    if as_json:
        body = json.dumps({"__type": code, "message": kind.value}).encode()
        return Answer(status, {"Content-Type": "application/x-amz-json-1.1"}, body)
    inner = f"<Code>{code}</Code><Message>{kind.value}</Message>"
    text = (
        f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>proxy</RequestID></Response>"
        if service == "ec2"
        else f"<ErrorResponse><Error>{inner}</Error><RequestId>proxy</RequestId></ErrorResponse>"
    )
    return Answer(status, {"Content-Type": "text/xml"}, text.encode())
