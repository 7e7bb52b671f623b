"""A client of the local AWS that counts what it is asked, and refuses what it is to refuse."""

from collections import Counter
from typing import Any

__all__ = ["CountingClient"]


class CountingClient:
    """A client that counts its calls by their names."""

    def __init__(self, client: Any, calls: Counter[str], refused: dict[str, Exception]) -> None:
        self._client, self._calls, self._refused = client, calls, refused

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name == "get_paginator":
            return lambda operation: _CountingPages(self, operation)
        if not callable(found) or name.startswith("_"):
            return found

        def call(**asked: Any) -> Any:
            self._calls[name] += 1
            if name in self._refused:
                raise self._refused[name]
            return found(**asked)

        return call


class _CountingPages:
    """The pages of a call, each counted."""

    def __init__(self, client: CountingClient, operation: str) -> None:
        self._client, self._operation = client, operation

    def paginate(self, PaginationConfig: Any = None, **asked: Any) -> Any:  # noqa: N803 - boto3's name
        name = "MaxRecords" if self._operation == "describe_auto_scaling_groups" else "MaxResults"
        size = (PaginationConfig or {}).get("PageSize")
        more = {name: size} if size else {}
        while True:
            answer = getattr(self._client, self._operation)(**asked, **more)
            yield answer
            if not answer.get("NextToken"):
                return
            more["NextToken"] = answer["NextToken"]
