"""Calls that AWS refuses to who makes them: what a look could not see, and a rollout does not fail for."""

from strata.aws.outage import error_code

__all__ = ["is_denied"]

_CODES = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


def is_denied(error: Exception) -> bool:
    """Whether the caller lacks the permission, and nothing else is wrong."""
    return error_code(error) in _CODES
