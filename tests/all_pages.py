"""A whole list of what AWS has: tests share one local AWS, where what a test looks for may stand on a later page."""

from typing import Any

__all__ = ["all_pages"]


def all_pages(client: Any, operation: str, **asked: Any) -> list[Any]:
    """The list that an operation answers, of all its pages.

    Args:
        client: of boto3.
        operation: the method of the client, such as `describe_auto_scaling_groups`.
        asked: its arguments.
    """
    pages = client.get_paginator(operation)
    (key, *_) = (each.expression for each in pages.result_keys)
    found: list[Any] = pages.paginate(**asked).build_full_result()[key]
    return found
