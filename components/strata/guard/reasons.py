"""Why a change is judged as it is, and what to do about it, in words."""

from collections.abc import Iterator

from strata.guard.outages import ADVICE as ON_PURPOSE
from strata.guard.outages import outages
from strata.guard.plan import Plan, ResourceChange
from strata.guard.upgrades import ADVICE, major_upgrade, superseded
from strata.spectrum import Fact, Operation

__all__ = ["reasons", "way_out"]


def reasons(change: ResourceChange, operation: Operation, known: frozenset[Fact], *, destroyed: bool) -> Iterator[str]:
    """Why, a clause each; what weakens comes from elsewhere.

    Args:
        change: the change.
        operation: what it is judged as.
        known: the facts about it.
        destroyed: whether it is part of a destroy.
    """
    yield from _of_operation(change, operation, known, destroyed=destroyed)
    goes = operation in {Operation.REPLACE, Operation.DELETE}
    if operation is Operation.REPLACE and change.deleted_first:
        yield "the old one goes before the new one is there"
    if Fact.SERVING in known and goes:
        yield "it is in use"
    yield from outages(change)
    if Fact.CARRIES_VALUE in known:
        yield "the change carries a value"
    upgrade = major_upgrade(change)
    if upgrade:
        yield upgrade


def _of_operation(
    change: ResourceChange, operation: Operation, known: frozenset[Fact], *, destroyed: bool
) -> Iterator[str]:
    match operation:
        case Operation.REPLACE if change.replaced_by:
            yield f"AWS cannot change {', '.join(change.replaced_by)} in place"
        case Operation.REPLACE if change.new is None:
            yield "an earlier replacement left it behind"
        case Operation.REPLACE:
            yield "the engine replaces it"
        case Operation.DELETE:
            yield "a destroy deletes everything" if destroyed else "it is no longer in the program"
        case Operation.UPDATE if change.differs:
            yield f"{', '.join(change.differs)} {'changes' if len(change.differs) == 1 else 'change'}"
        case Operation.CREATE if Fact.WEAKENS in known:
            yield "what it is added to is there already"
        case _:
            pass


def way_out(change: ResourceChange, plan: Plan, operation: Operation, known: frozenset[Fact]) -> str:
    """What to do about a change that is warned of or refused.

    Args:
        change: the change.
        plan: the plan it is part of.
        operation: what it is judged as.
        known: the facts about it.
    """
    undone = f"Undo the change of {', '.join(change.replaced_by)}" if change.replaced_by else "Undo the change"
    weakens = Fact.WEAKENS in known
    ways = (
        (plan.destroys, "Keep the stack, or take it down in two runs."),
        (
            superseded(change, plan),
            "Nothing to do: the upgraded database has a group of its own version, and nothing uses this one then.",
        ),
        (operation is Operation.DELETE, "Put it back into the program; a renamed or moved one needs an alias."),
        (
            operation is Operation.REPLACE,
            f"{undone}, or make another one beside it, move over, and then delete this one.",
        ),
        (weakens and operation is Operation.CREATE, "Leave it out, or let it take less."),
        (weakens, "Leave its protection as it was."),
        (Fact.STOPS in known, ON_PURPOSE),
        (Fact.NO_WAY_BACK in known, ADVICE),
        (Fact.CARRIES_VALUE in known, "Rotate the value where it is kept; a program only names it."),
    )
    return next((fix for holds, fix in ways if holds), "Apply it when nobody needs it, and look at the preview first.")
