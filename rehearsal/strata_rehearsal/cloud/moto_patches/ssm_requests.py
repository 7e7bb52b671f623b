"""What requests to Systems Manager have in common: pages, and updates that change only what they say."""

from collections.abc import Mapping
from typing import Any, Final

from moto.ssm.exceptions import SSMException

from strata_rehearsal.cloud.api.answers import page

__all__ = ["change", "page_of"]

_PAGE: Final = 50


def page_of(self: Any, found: list[Any], *, most: int = _PAGE) -> tuple[list[Any], str | None]:
    """The page of a list that a request asks for, and the token of the next.

    Args:
        self: the request, as moto has it.
        found: the whole list.
        most: how many items a request may ask for.
    """
    refusal = SSMException("InvalidNextToken", "The specified token is not valid.")
    size = min(most, int(self._get_param("MaxResults") or _PAGE))
    return page(found, self._get_param("NextToken"), size, refusal)


def change(self: Any, found: Any, members: Mapping[str, str], *, kept: frozenset[str] = frozenset()) -> None:
    """Apply an update, which leaves what it does not say unless it is to replace everything.

    Args:
        self: the request, as moto has it.
        found: what it changes.
        members: what an update may change, and what moto calls it.
        kept: members of those that replacing everything does not take away.
    """
    everything = bool(self._get_param("Replace"))
    for name, attribute in members.items():
        value = self._get_param(name)
        if value is not None or (everything and name not in kept):
            setattr(found, attribute, value)
