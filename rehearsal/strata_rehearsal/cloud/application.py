"""The WSGI application: every request first brings the world to the present, one at a time."""

import io
import time
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from strata_rehearsal.cloud.admin import Admin
from strata_rehearsal.cloud.balancer_requests import asked_for, serve_request
from strata_rehearsal.cloud.http_replies import HttpReply
from strata_rehearsal.cloud.image_builder.api_model import SERVICE as IMAGE_BUILDER
from strata_rehearsal.cloud.image_builder.service import ImageBuilderService, respond
from strata_rehearsal.cloud.requests import ServiceCall, describe, error_of, failure_of
from strata_rehearsal.cloud.state import Cloud

__all__ = ["Application"]


class Application:
    """moto's services and the admin paths, on one world.

    Args:
        cloud: the local AWS.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._services = DomainDispatcherApplication(create_backend_app)
        self._image_builder = ImageBuilderService(cloud.world)
        cloud.image_recipes = self._image_builder.recipes
        self._admin = Admin(cloud, self._image_builder)
        self.last_request = time.monotonic()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.last_request = time.monotonic()
        body = _read(environ)
        environ["wsgi.input"] = io.BytesIO(body)
        if (url := asked_for(environ)) is not None:
            return self._balance(url, environ, start_response)
        if environ.get("PATH_INFO", "").startswith("/_strata/"):
            return self._admin(environ, body, start_response)
        return self._serve(environ, body, start_response)

    def _balance(self, url: str, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Play a load balancer."""
        try:
            with self._cloud.world.present():
                reply = serve_request(self._cloud, url, environ)
            self._cloud.world.log.flush()
        except NotImplementedError as error:
            reply = HttpReply(501, f"the local AWS: {error}\n")
        body = reply.body.encode()
        headers = [*reply.headers.items(), ("Content-Length", str(len(body)))]
        start_response(f"{reply.status} {_phrase(reply.status)}", headers)
        return [body]

    def _serve(self, environ: dict[str, Any], body: bytes, start_response: Callable[..., Any]) -> Iterable[bytes]:
        call, answer = describe(environ, body), _Answer()
        try:
            content = self._in_the_present(call, environ, body, answer)
        except Exception as error:  # noqa: BLE001 - the simulation itself failed: say so, and print where
            content = _fail(error, call, environ, answer)
        start_response(answer.status, answer.headers)
        return [content]

    def _in_the_present(self, call: ServiceCall, environ: dict[str, Any], body: bytes, answer: "_Answer") -> bytes:
        world = self._cloud.world
        with world.present():
            self._cloud.caller = _identity(call)
            content = self._answer(call, environ, body, answer)
            world.log.write(
                world.now,
                "api",
                service=call.service,
                action=call.action,
                parameters=call.parameters,
                caller=call.caller,
                region=call.region,
                attempt=call.attempt,
                error=error_of(answer.status, content),
            )
            world.log.flush()
        return content

    def _answer(self, call: ServiceCall, environ: dict[str, Any], body: bytes, answer: "_Answer") -> bytes:
        try:
            if call.service == IMAGE_BUILDER:
                return self._build_images(call, environ, body, answer)
            return _drain(self._services(environ, answer))
        except Exception as error:  # noqa: BLE001 - moto failed: that is the call's answer, and is logged as such
            return _fail(error, call, environ, answer)

    def _build_images(self, call: ServiceCall, environ: dict[str, Any], body: bytes, answer: "_Answer") -> bytes:
        """What moto has nothing of."""
        method, path = environ.get("REQUEST_METHOD", "GET"), environ.get("PATH_INFO", "")
        status, headers, content = respond(
            self._image_builder, call.key, call.region, method, path, environ.get("QUERY_STRING", ""), body
        )
        answer(f"{status} {HTTPStatus(status).phrase}", headers)
        return content


class _Answer:
    """Receives a response's status and headers, so that its body can be read before any of it is sent."""

    def __init__(self) -> None:
        self.status = "500 Internal Server Error"
        self.headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info:
            traceback.print_exception(*exc_info)
        self.status, self.headers = status, headers
        return lambda _data: None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _fail(error: Exception, call: ServiceCall, environ: dict[str, Any], answer: _Answer) -> bytes:
    if not isinstance(error, NotImplementedError):
        traceback.print_exception(error)
    failure = failure_of(error, call, environ)
    answer(failure.status, [("Content-Type", failure.kind), ("Content-Length", str(len(failure.body)))])
    return failure.body


def _read(environ: dict[str, Any]) -> bytes:
    """The whole body, read before the world is held, so that a slow client delays no other."""
    source = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return source.read()
    length = environ.get("CONTENT_LENGTH")
    return source.read(int(length)) if length else b""


def _drain(chunks: Iterable[bytes]) -> bytes:
    try:
        return b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close:
            close()


def _identity(call: ServiceCall) -> str:
    """The ARN of who signed the call, as GetCallerIdentity reports it."""
    services = sts_backends[DEFAULT_ACCOUNT_ID][get_partition(call.region)]
    _, arn, _ = services.get_caller_identity(call.key, call.region)
    return arn
