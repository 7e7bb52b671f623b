"""What a client is told when the local AWS cannot answer: an error its SDK understands, in its own protocol."""

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from strata_rehearsal.cloud.requests import ServiceCall

__all__ = ["ErrorResponse", "failure_of"]


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
