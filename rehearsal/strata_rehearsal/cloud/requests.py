"""A request as a call of an AWS service, and the error response of one that the local AWS cannot answer.

The call is what the event log shows: service, action, parameters, caller, error, and which attempt it is where the
client asks again. The response is in the protocol of the service, so that a client's SDK understands it.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from strata_rehearsal.cloud.image_builder.api_model import SERVICE as IMAGE_BUILDER
from strata_rehearsal.cloud.image_builder.api_model import operation_of
from strata_rehearsal.cloud.world import shortened

__all__ = ["ErrorResponse", "ServiceCall", "describe", "error_of", "failure_of"]

HIDDEN = frozenset({"Value", "SecretString", "SecretBinary", "Password", "MasterUserPassword", "Plaintext"})
"""Parameters whose values stay out of the log."""
CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
APPLICATION = re.compile(r"\bapp/(\S+)")
ATTEMPT = re.compile(r"\battempt=(\d+)")
"""In the header by which an SDK says how often it has asked."""
CODE = re.compile(r"<Code>([^<]+)</Code>")


class ServiceCall:
    """One request to a service."""

    def __init__(
        self,
        service: str,
        action: str,
        parameters: Mapping[str, Any],
        caller: str,
        key: str,
        region: str,
        attempt: int | None = None,
    ) -> None:
        self.service = service
        self.action = action
        self.parameters = parameters
        self.caller = caller
        self.key = key
        self.region = region
        self.attempt = attempt
        """2 where the client's SDK asks for the second time, and so on; None for the first time."""


def describe(environ: Mapping[str, Any], body: bytes) -> ServiceCall:
    """Read a call from a WSGI request and its body."""
    scope = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    key, region, service = scope.group("key", "region", "service") if scope else ("", "us-east-1", "unknown")
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        action, parameters = target.rpartition(".")[2], _shown(_json(body))
    elif environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        fields.pop("Version", None)
        action, parameters = fields.pop("Action", "?"), _shown(fields)
    else:
        method, path = environ.get("REQUEST_METHOD", "?"), environ.get("PATH_INFO", "")
        action = (operation_of(method, path) if service == IMAGE_BUILDER else None) or f"{method} {path}"
        parameters = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        if service == IMAGE_BUILDER:
            parameters |= _shown(_json(body))
    caller, attempt = _caller(environ.get("HTTP_USER_AGENT", "")), _attempt(environ.get("HTTP_AMZ_SDK_REQUEST", ""))
    return ServiceCall(service, action, parameters, caller, key, region, attempt)


def error_of(status: str, body: bytes) -> str | None:
    """The error code of a response; None for a success."""
    if int(status.split(" ", 1)[0]) < HTTPStatus.BAD_REQUEST:
        return None
    text = body.decode("utf-8", "replace")
    found = CODE.search(text)
    if found:
        return found.group(1)
    document = _json(body)
    code = str(document.get("__type") or document.get("Code") or status)
    return code.rpartition("#")[2]


def _caller(agent: str) -> str:
    """The application a client names (`user_agent_appid`), else the first word of its user agent."""
    named = APPLICATION.search(agent)
    return named.group(1) if named else agent.split(" ", 1)[0] or "unknown"


def _attempt(said: str) -> int | None:
    """Which attempt an SDK says it makes; None for the first, and for a client that does not say."""
    found = ATTEMPT.search(said)
    return number if found and (number := int(found.group(1))) > 1 else None


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _shown(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {key: "(hidden)" if key in HIDDEN else shortened(value) for key, value in parameters.items()}


class ErrorResponse:
    """An error response: its HTTP status, its content type and its body."""

    def __init__(self, status: str, kind: str, body: bytes) -> None:
        self.status = status
        self.kind = kind
        self.body = body


def failure_of(error: Exception, call: ServiceCall, environ: Mapping[str, Any]) -> ErrorResponse:
    """The response for an exception that a service of moto, or the simulation, raised.

    An action that moto lacks is a client's error, so that SDKs do not try it again and again.
    """
    if isinstance(error, NotImplementedError):
        status, code = "400 Bad Request", "InvalidAction"
        message = f"the local AWS of a rehearsal does not know {call.service} {call.action}"
    else:
        status, code = "500 Internal Server Error", "InternalFailure"
        message = f"the local AWS failed at {call.service} {call.action}: {type(error).__name__}: {error}"
    if environ.get("HTTP_X_AMZ_TARGET") or "json" in environ.get("CONTENT_TYPE", ""):
        return ErrorResponse(
            status, "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
        )
    inner = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    wrapped = {
        "ec2": f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>local</RequestID></Response>",
        "s3": f"<Error>{inner}<RequestId>local</RequestId></Error>",
    }.get(
        call.service,
        f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>local</RequestId></ErrorResponse>",
    )
    return ErrorResponse(status, "text/xml", wrapped.encode())
