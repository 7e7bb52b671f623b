"""What a stack says to the guard, as its last `up` leaves it in the state: a stack output.

The guard reads the stack file it judges a change by together with the change. What the file lets pass therefore counts
only if it was there before, and the state is where before is written: every program that loads its stack leaves this
output behind, and every plan carries it.
"""

from typing import Any, Final

from strata.settings.models import StackSettings

__all__ = ["TERMS_OUTPUT", "terms_document"]

TERMS_OUTPUT: Final = "strata:guard"
"""Name of the stack output. A program without Strata may export the same, in any language."""


def terms_document(settings: StackSettings) -> dict[str, Any]:
    """The stage, the overrides and the teardown of a stack, as plain values.

    Args:
        settings: complete and checked.
    """
    return {
        "stage": settings.stage.value,
        "allow": [each.model_dump(mode="json") for each in settings.guard.allow],
        **({"teardown": settings.teardown.model_dump(mode="json")} if settings.teardown else {}),
    }
