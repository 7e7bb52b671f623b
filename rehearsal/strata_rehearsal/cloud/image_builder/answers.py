"""What the lists of the Image Builder API share: filters and pages."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from strata_rehearsal.cloud.image_builder.desk import Desk
from strata_rehearsal.cloud.image_builder.refusal import ApiRefusal, invalid

__all__ = ["DRY_RUN", "listed"]

DRY_RUN: Final = "Request would have succeeded, but DryRun flag is set."
PAGE: Final = 25


def listed(desk: Desk, key: str, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One page of what passes the filters.

    Args:
        desk: the request, with `filters`, `maxResults` and `nextToken`.
        key: where the answer has the items.
        items: all of them, as they are shown.

    Raises:
        ApiRefusal: a filter or a token that is none.
    """
    asked = desk.asked
    passed = list(items)
    for index, each in enumerate(asked.get("filters") or ()):
        name, wanted = each.get("name", ""), set(each.get("values") or ())
        if items and not any(name in item for item in items):
            raise invalid(f"filters[{index}].name", f"'{name}' is no filter of this operation.")
        passed = [item for item in passed if str(item.get(name)) in wanted]
    token, size = asked.get("nextToken"), int(asked.get("maxResults") or PAGE)
    if token is not None and not token.isdigit():
        raise ApiRefusal("InvalidPaginationTokenException", "The pagination token is not valid.")
    start = int(token or 0)
    end = start + size
    shown: dict[str, Any] = {key: passed[start:end]}
    if end < len(passed):
        shown["nextToken"] = str(end)
    return shown
