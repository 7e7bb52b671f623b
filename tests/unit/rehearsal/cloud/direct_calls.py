"""Calls of boto3's clients as calls of the local AWS's application: no socket, no werkzeug client, no signature."""

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse

__all__ = ["ENDPOINT", "Application", "Body", "answer_of", "answer_with", "leave_unsigned"]

ENDPOINT = "http://local"
_WITHOUT_PREFIX = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
"""Headers that WSGI names as they are."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Body(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def answer_with(client: Any, application: Callable[[], Application]) -> None:
    """Let a client whose endpoint is `ENDPOINT` ask an application: the one that is given at each call."""
    client.meta.events.register("before-send", lambda request, **_: answer_of(application(), request))


def answer_of(application: Application, request: Any) -> AWSResponse:
    """What an application answers to a request of botocore's."""
    head: list[Any] = []
    content = b"".join(application(_environ(request), lambda status, headers, _=None: head.extend((status, headers))))
    status, headers = head
    return AWSResponse(request.url, int(status.split(" ", 1)[0]), dict(headers), Body(content))


def leave_unsigned(client: Any) -> None:
    """Let a client name itself, service and region as a signature does, and not sign: that takes a tenth of a call.

    Nobody in the local AWS verifies a signature.
    """
    client.meta.events.register("choose-signer", lambda **_: UNSIGNED)
    client.meta.events.register("before-sign", _name_caller)


def _name_caller(request: Any, signing_name: str, region_name: str, **_: Any) -> None:
    wanted = request.context.get("signing") or {}
    region, service = wanted.get("region") or region_name, wanted.get("signing_name") or signing_name
    scope = f"Credential=test/20231114/{region}/{service}/aws4_request"
    request.headers["Authorization"] = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none"


def _environ(request: Any) -> dict[str, Any]:
    target = request.url.removeprefix(ENDPOINT)
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        text = value.decode() if isinstance(value, bytes) else value
        environ[key if key in _WITHOUT_PREFIX else f"HTTP_{key}"] = text
    content = _content(request.body)
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(content), str(len(content))
    return environ


def _content(body: Any) -> bytes:
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body or b"")
