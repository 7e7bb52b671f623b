"""The Image Builder API as the model that botocore ships describes it: which operation a request is, and its input.

moto has nothing of this service, so requests are read, and held to the model, here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import botocore.session

from strata_rehearsal.cloud.image_builder.refusal import ApiRefusal, invalid

__all__ = ["SERVICE", "ApiRequest", "error_status", "operation_of", "operations", "read_request"]

SERVICE: Final = "imagebuilder"


@dataclass(frozen=True)
class ApiRequest:
    """One request: the operation it asks for and its parameters."""

    operation: str
    parameters: Mapping[str, Any]


@cache
def _model() -> Any:
    return botocore.session.get_session().get_service_model(SERVICE)


@cache
def operations() -> tuple[str, ...]:
    """All operations of the service."""
    return tuple(_model().operation_names)


@cache
def _routes() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    found: list[tuple[str, re.Pattern[str], str]] = []
    for name in operations():
        http = _model().operation_model(name).http
        path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(http["requestUri"]))
        found.append((http["method"], re.compile(f"^{path}$"), name))
    return tuple(found)


def error_status(code: str) -> int:
    """The HTTP status of an error."""
    for shape in _model().error_shapes:
        if shape.name == code:
            return int(shape.metadata["error"]["httpStatusCode"])
    return 400


def operation_of(method: str, path: str) -> str | None:
    """The operation that a request asks for by its method and path; None if there is no such one."""
    found = next((each for each in _routes() if each[0] == method and each[1].match(path)), None)
    return found[2] if found else None


def read_request(method: str, path: str, query: str, body: bytes) -> ApiRequest:
    """What a request asks for.

    Raises:
        ApiRefusal: it is none of the service's operations, or its input is not what the model says.
    """
    for verb, pattern, operation in _routes():
        found = pattern.match(path) if verb == method else None
        if found is not None:
            given = {name: unquote(value) for name, value in found.groupdict().items()}
            return ApiRequest(operation, _input(operation, given, parse_qs(query), body))
    raise ApiRefusal("InvalidRequestException", f"Image Builder has no operation {method} {path}")


def _input(
    operation: str, in_path: Mapping[str, str], query: Mapping[str, list[str]], body: bytes
) -> Mapping[str, Any]:
    shape = _model().operation_model(operation).input_shape
    try:
        content: Any = json.loads(body) if body else {}
    except ValueError as error:
        raise ApiRefusal("InvalidRequestException", f"The request body is not valid JSON: {error}") from error
    if not isinstance(content, Mapping):
        raise ApiRefusal("InvalidRequestException", "The request body is not a JSON object.")
    given: dict[str, Any] = {}
    for name, member in shape.members.items():
        location, key = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "uri":
            given[name] = in_path[key]
        elif location == "querystring":
            if key in query:
                given[name] = query[key] if member.type_name == "list" else query[key][0]
        elif key in content:
            given[name] = content[key]
    for problem in _problems(shape, given, ""):
        raise problem
    return given


def _problems(shape: Any, value: Any, where: str) -> Iterator[ApiRefusal]:
    """What of a value is not as the model says, in the words of Image Builder."""
    check = {"structure": _structure, "list": _list, "map": _map, "string": _string}.get(shape.type_name)
    if check is not None:
        yield from check(shape, value, where)
    elif shape.type_name in ("integer", "long"):
        yield from _integer(shape, value, where)
    elif shape.type_name == "boolean" and not isinstance(value, bool):
        yield invalid(where, f"'{where}' must be a boolean")


def _structure(shape: Any, value: Any, where: str) -> Iterator[ApiRefusal]:
    if not isinstance(value, Mapping):
        yield invalid(where, f"'{where}' must be an object")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield invalid(_below(where, name), f"'{_below(where, name)}' must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], _below(where, name))


def _list(shape: Any, value: Any, where: str) -> Iterator[ApiRefusal]:
    if not isinstance(value, list):
        yield invalid(where, f"'{where}' must be a list")
        return
    yield from _size(shape, len(value), where, "items")
    for index, item in enumerate(value):
        yield from _problems(shape.member, item, f"{where}[{index}]")


def _map(shape: Any, value: Any, where: str) -> Iterator[ApiRefusal]:
    if not isinstance(value, Mapping):
        yield invalid(where, f"'{where}' must be an object")
        return
    yield from _size(shape, len(value), where, "items")
    for key, item in value.items():
        yield from _problems(shape.key, key, where)
        yield from _problems(shape.value, item, f"{where}.{key}")


def _string(shape: Any, value: Any, where: str) -> Iterator[ApiRefusal]:
    if not isinstance(value, str):
        yield invalid(where, f"'{where}' must be a string")
        return
    yield from _size(shape, len(value), where, "characters")
    pattern, enum = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and not re.fullmatch(pattern, value):
        yield invalid(where, f"'{where}' must match pattern {pattern}")
    if enum and value not in enum:
        yield invalid(where, f"'{where}' must be one of [{', '.join(enum)}]")


def _integer(shape: Any, value: Any, where: str) -> Iterator[ApiRefusal]:
    # the query of a GET has numbers as text
    text = isinstance(value, str) and value.isdigit()
    if isinstance(value, bool) or not (isinstance(value, int) or text):
        yield invalid(where, f"'{where}' must be an integer")
        return
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and int(value) < least:
        yield invalid(where, f"'{where}' must have value greater than or equal to {least}")
    if most is not None and int(value) > most:
        yield invalid(where, f"'{where}' must have value less than or equal to {most}")


def _size(shape: Any, size: int, where: str, of: str) -> Iterator[ApiRefusal]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield invalid(where, f"'{where}' must contain at least {least} {of}")
    if most is not None and size > most:
        yield invalid(where, f"'{where}' must contain at most {most} {of}")


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
