"""Why the building of an image ended without one."""

from collections.abc import Mapping
from typing import Any

__all__ = ["BuildFailure"]


class BuildFailure(Exception):  # noqa: N818 - an end of a build, which is an answer and no error of the simulation
    """The building of an image has failed.

    Args:
        reason: what Image Builder says of it.
        status: how the execution ended, `Failed` or `TimedOut`.
        context: what it says of the place, besides: a component, or regions.
    """

    def __init__(self, reason: str, status: str = "Failed", context: Mapping[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.context = dict(context or {})
