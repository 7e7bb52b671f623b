"""Policy documents as AWS gives them: what may be one thing or a list of them (pure)."""

import json
from typing import Any

__all__ = ["listed", "statements_of"]


def statements_of(policy: str) -> list[Any]:
    """The statements of a policy.

    Args:
        policy: the document.
    """
    return listed(json.loads(policy).get("Statement"))


def listed(value: Any) -> list[Any]:
    """What a policy has in one place, whether it is nothing, one thing or a list.

    Args:
        value: as the document has it.
    """
    return value if isinstance(value, list) else [] if value is None else [value]
