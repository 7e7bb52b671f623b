"""What moto works out again for every request or every item of an answer, and what comes out the same each time."""

from collections.abc import Callable
from functools import cache, lru_cache
from string import ascii_letters, digits
from typing import Any

from moto.core import responses
from moto.core.base_backend import BackendDict
from moto.core.serialize import JSONSerializer, TimestampSerializer
from moto.core.utils import method_names_from_class
from moto.moto_api._internal import mock_random

from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]

MOMENTS = 10_000
"""Times that are remembered as they are written: those of events, tasks and deployments, which are asked for often."""

_ID_LENGTH = 52
"""Of the id of an answer, as moto makes it."""


def patch() -> None:
    """List the actions of a service and write a time once, draw an id at once, and put a text as it is."""
    wrap(BackendDict, "__getitem__", _present_first)
    replace(responses, "method_names_from_class", cache(method_names_from_class))
    wrap(TimestampSerializer, "_convert_timestamp_to_str", _written_once)
    wrap(JSONSerializer, "_serialize_structure_member", _text_as_it_is)
    wrap(responses.BaseResponse, "_enrich_response", _searched_once)
    replace(responses, "gen_amzn_requestid_long", _drawn_at_once)


def _present_first(original: Callable[..., Any]) -> Callable[..., Any]:
    """What finds a service's state in an account; moto looks through all services first, whether it is one in use."""

    def get(self: Any, account: str) -> Any:
        try:
            # one that has accounts is in use: moto forgets both together
            return dict.__getitem__(self, account)
        except KeyError:
            return original(self, account)

    return get


def _searched_once(original: Callable[..., Any]) -> Callable[..., Any]:
    """What looks for an id in an answer; moto tries at each character whether it begins there, as slow as making it."""

    def enriched(headers: Any, body: Any) -> Any:
        if isinstance(body, str) and "<RequestId>" in body:
            return original(headers, body)
        return original(headers, "")[0], body

    return staticmethod(enriched)


def _drawn_at_once(headers: Any = None) -> str:
    """The id of an answer; moto draws it one character after the other."""
    drawn = "".join(mock_random.choices(ascii_letters + digits, k=_ID_LENGTH))
    if isinstance(headers, dict):
        headers["x-amzn-requestid"] = drawn
    return drawn


def _written_once(original: Callable[..., Any]) -> Callable[..., Any]:
    @lru_cache(MOMENTS)
    def written(layout: str, value: Any, _zone: Any) -> Any:
        return original(TimestampSerializer(layout), value, layout)

    def write(_self: Any, value: Any, timestamp_format: str) -> Any:
        # equal moments of different zones are written differently
        return written(timestamp_format, value, getattr(value, "tzinfo", None))

    return write


def _text_as_it_is(original: Callable[..., Any]) -> Callable[..., Any]:
    def put(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.type_name != "string":
            original(self, serialized, value, shape, key)
            return
        found = self.get_value(value, key, shape)
        if type(found) is str:
            serialized[shape.serialization.get("name", key)] = found
        elif found is not None:
            self._serialize(serialized, found, shape, key)

    return put
