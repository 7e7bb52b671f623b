"""moto refuses the tags of two kinds of resources of Systems Manager as if there were no such resource."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.ssm.exceptions import InvalidResourceId
from moto.ssm.models import SimpleSystemManagerBackend

from strata_rehearsal.cloud.patches import wrap
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

_THERE: Final[Mapping[str, Callable[[Any, str], bool]]] = {
    "Association": lambda _backend, identity: identity in current().associations,
    "PatchBaseline": lambda backend, identity: identity in backend.baselines,
}
"""Whether a resource of a kind is there, by the word that a request for its tags has for it."""


def patch() -> None:
    """Find them by their ids."""
    wrap(SimpleSystemManagerBackend, "_validate_resource_type_and_id", _with_more_kinds)


def _with_more_kinds(original: Callable[..., str]) -> Callable[..., str]:
    def validated(self: Any, resource_type: str, resource_id: str) -> str:
        there = _THERE.get(resource_type)
        if there is None:
            return original(self, resource_type, resource_id)
        if not there(self, resource_id):
            raise InvalidResourceId
        return resource_id

    return validated
