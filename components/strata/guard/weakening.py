"""What a change takes away of what protects a resource. A value that only the `up` will know counts as the worst."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from strata.guard.plan import Plan, ResourceChange
from strata.resources.classes import Source, class_of, type_class
from strata.resources.protections.additions import ADDED, Addition
from strata.resources.protections.by_name import BY_NAME, LIFTED
from strata.resources.protections.by_type import TABLE
from strata.resources.protections.protection import KEEPS, WORST, Protection
from strata.resources.resource import Resource
from strata.resources.wire import is_hidden, is_unknown
from strata.spectrum import Mutability, Operation, is_laxer

__all__ = ["UNTYPED", "lessened", "only_lifts", "weakenings"]

_UNPROTECTED: Final = "Pulumi's protection is taken off"
_UNRETAINED: Final = "a delete would no longer leave it in AWS"

UNTYPED: Final = frozenset({Mutability.REPLACED, Mutability.VERSIONED, Mutability.REBUILDABLE})
"""Classes that promise nothing about what a resource holds: a tag that moves one there takes a promise back."""


def weakenings(change: ResourceChange, plan: Plan) -> list[str]:
    """What a change takes away, in words; nothing for a resource that goes.

    Args:
        change: the change.
        plan: the plan it is part of, for whether what it adds to is there already.
    """
    if change.new is None:
        return []
    if change.old is None:
        return list(_additions(change, change.new, plan))
    return list(dict.fromkeys([*_options(change), *_class(change), *lessened(change, _protections(change))]))


def only_lifts(change: ResourceChange, plan: Plan) -> bool:
    """Whether a change takes away nothing but what keeps a resource from being deleted, as a teardown does.

    Args:
        change: the change.
        plan: the plan it is part of.
    """
    taken = weakenings(change, plan)
    return bool(taken) and set(taken) <= {_UNPROTECTED, _UNRETAINED, *LIFTED}


def _additions(change: ResourceChange, made: Resource, plan: Plan) -> Iterator[str]:
    token = _token(change)
    addition = ADDED.get(token)
    # An import only takes up what AWS has.
    if (
        addition is None
        or "import" in change.steps
        or not _is_there(made.inputs.get(addition.input), addition.to, plan)
    ):
        return
    for guarded in (row for row in TABLE[token] if addition.only in ("", row.path)):
        new = _value(made.inputs, guarded)
        if is_hidden(new) or guarded.weaker(_without(guarded, addition, made, plan), new):
            yield _told(guarded, hidden=is_hidden(new))


def _without(guarded: Protection, addition: Addition, made: Resource, plan: Plan) -> Any:
    """What holds without the addition: what AWS says of the other resource, where it has this by itself."""
    if addition.had != guarded.path:
        return guarded.without
    name = made.inputs.get(addition.input)
    others = [each.old for each in plan.changes if each.old and _token(each) == addition.to]
    return next(
        (_get(each.outputs, guarded.path) for each in others if name in (each.id, *each.outputs.values())),
        guarded.without,
    )


def _is_there(name: Any, kind: str, plan: Plan) -> bool:
    """Whether something of a type was there before the plan.

    A name that is not known yet is that of a new one, where there is one: any value can be made to look unknown.
    """
    of_kind = [each for each in plan.changes if _token(each) == kind]
    if is_unknown(name):
        return not any(each.operation in {Operation.CREATE, Operation.REPLACE} for each in of_kind)
    made = [each.new for each in of_kind if each.operation is Operation.CREATE]
    return not any(name in state.inputs.values() for state in made if state)


def _token(change: ResourceChange) -> str:
    return change.type if change.type in TABLE else change.type.replace("V2", "")


def _options(change: ResourceChange) -> Iterator[str]:
    old, new = change.old, change.new
    if old and new and old.protected and not new.protected:
        yield _UNPROTECTED
    if old and new and old.retained and not new.retained:
        yield _UNRETAINED


def _class(change: ResourceChange) -> Iterator[str]:
    """A class may be raised, but one that is lowered would be forgotten when the next change comes."""
    if change.old is None or change.later is None:
        return
    before, after = class_of(change.old), class_of(change.later)
    if not is_laxer(after.mutability, before.mutability):
        return
    if after.source is Source.TAG:
        told = f"its tag calls it {after.mutability} instead of {before.mutability}"
    elif before.source is Source.TAG:
        told = f"the tag that calls it {before.mutability} goes, and by its type it is {after.mutability}"
    else:
        told = f"it becomes {after.mutability} instead of {before.mutability}"
    yield f"{told}{_perhaps(hidden=is_hidden(change.later.inputs.get('tags')))}"


def lessened(change: ResourceChange, rows: Iterable[Protection]) -> Iterator[str]:
    """What an update makes less of, in the words of the rows; a value that cannot be seen counts as the worst.

    Args:
        change: the change.
        rows: the inputs to look at.
    """
    for guarded in rows:
        if change.old is None or change.new is None or not _touched(change, guarded.path):
            continue
        old, new = (_value(state.inputs, guarded) for state in (change.old, change.new))
        if new is KEEPS:
            continue
        if old in (KEEPS, WORST):
            old = _get(change.old.outputs, guarded.path)
        new = None if new is WORST else new
        hidden = is_hidden(old) or is_hidden(new)
        if hidden or (old != new and guarded.weaker(old, new)):
            yield _told(guarded, hidden=hidden)


def _protections(change: ResourceChange) -> Iterator[Protection]:
    """The inputs to look at: the type's own, and those that protect by their name where it has none of that name."""
    own = TABLE.get(_token(change), ())
    yield from own
    if type_class(change.state).mutability in UNTYPED:
        return
    told = {guarded.path.partition(".")[0] for guarded in own}
    yield from (guarded for name, guarded in BY_NAME.items() if name not in told)


def _told(guarded: Protection, *, hidden: bool) -> str:
    return f"{guarded.weakened}{_perhaps(hidden=hidden)}"


def _perhaps(*, hidden: bool) -> str:
    return ", perhaps: its value cannot be seen" if hidden else ""


def _touched(change: ResourceChange, path: str) -> bool:
    """Whether the engine says that an input changes, or does not say what changes."""
    return not change.differs or path.partition(".")[0] in change.differs


def _value(inputs: Mapping[str, Any], guarded: Protection) -> Any:
    found = _get(inputs, guarded.path)
    return guarded.absent if found is None else found


def _get(values: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(values, list):
            values = values[0] if len(values) == 1 else None
        if is_hidden(values):
            return values
        if not isinstance(values, Mapping):
            return None
        values = values.get(part)
    return values
