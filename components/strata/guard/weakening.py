"""What a change takes away of what protects a resource. A value that only the `up` will know counts as the worst."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.guard.classes import class_of, type_class
from strata.guard.plan import UNKNOWN, Change, Plan, State
from strata.guard.protections import ADDED, BY_NAME, KEEPS, LIFTED, TABLE, WORST, Guarded
from strata.spectrum import Mutability, Operation

__all__ = ["UNTYPED", "only_lifts", "weakenings"]

_SECRET: Final = "[secret]"  # noqa: S105 - what the engine writes in place of one

_UNPROTECTED: Final = "Pulumi's protection is taken off"
_UNRETAINED: Final = "a delete would no longer leave it in AWS"

UNTYPED: Final = frozenset({Mutability.REPLACED, Mutability.VERSIONED, Mutability.REBUILDABLE})
"""Classes that promise nothing about what a resource holds: a tag that moves one there takes a promise back."""


def weakenings(change: Change, plan: Plan) -> list[str]:
    """What a change takes away, in words; nothing for a resource that goes.

    Args:
        change: the change.
        plan: the plan it is part of, for whether what it adds to is there already.
    """
    if change.new is None:
        return []
    if change.old is None:
        return list(_additions(change, change.new, plan))
    return list(dict.fromkeys([*_options(change), *_class(change), *_inputs(change)]))


def only_lifts(change: Change, plan: Plan) -> bool:
    """Whether a change takes away nothing but what keeps a resource from being deleted, as a teardown does.

    Args:
        change: the change.
        plan: the plan it is part of.
    """
    taken = weakenings(change, plan)
    return bool(taken) and set(taken) <= {_UNPROTECTED, _UNRETAINED, *LIFTED}


def _additions(change: Change, made: State, plan: Plan) -> Iterator[str]:
    token = _token(change)
    addition = ADDED.get(token)
    # An import only takes up what AWS has.
    if (
        addition is None
        or "import" in change.steps
        or not _is_there(made.inputs.get(addition.input), addition.to, plan)
    ):
        return
    for guarded in TABLE[token]:
        new = _value(made.inputs, guarded)
        if _is_hidden(new) or guarded.weaker(guarded.without, new):
            yield _told(guarded, hidden=_is_hidden(new))


def _is_there(name: Any, kind: str, plan: Plan) -> bool:
    """Whether something of a type was there before the plan; a name that is not known yet is that of a new one."""
    if name == UNKNOWN:
        return False
    made = [each.new for each in plan.changes if each.operation is Operation.CREATE and _token(each) == kind]
    return not any(name in state.inputs.values() for state in made if state)


def _token(change: Change) -> str:
    return change.type if change.type in TABLE else change.type.replace("V2", "")


def _options(change: Change) -> Iterator[str]:
    old, new = change.old, change.new
    if old and new and old.protect and not new.protect:
        yield _UNPROTECTED
    if old and new and old.retained and not new.retained:
        yield _UNRETAINED


def _class(change: Change) -> Iterator[str]:
    """A tag may be put right, but it may not be used to slip away from what the type is."""
    if change.old is None or change.new is None:
        return
    before, after = class_of(change.old).mutability, class_of(change.new).mutability
    if before not in UNTYPED and after in UNTYPED and type_class(change.old).mutability is not after:
        yield f"its tag calls it {after} instead of {before}"


def _inputs(change: Change) -> Iterator[str]:
    for guarded in _protections(change):
        if change.old is None or change.new is None or not _touched(change, guarded.path):
            continue
        old, new = (_value(state.inputs, guarded) for state in (change.old, change.new))
        if new is KEEPS:
            continue
        if old in (KEEPS, WORST):
            old = _get(change.old.outputs, guarded.path)
        new = None if new is WORST else new
        hidden = _is_hidden(old) or _is_hidden(new)
        if hidden or (old != new and guarded.weaker(old, new)):
            yield _told(guarded, hidden=hidden)


def _protections(change: Change) -> Iterator[Guarded]:
    """The inputs to look at: the type's own, and those that protect by their name where it has none of that name."""
    own = TABLE.get(_token(change), ())
    yield from own
    if type_class(change.state).mutability in UNTYPED:
        return
    told = {guarded.path.partition(".")[0] for guarded in own}
    yield from (guarded for name, guarded in BY_NAME.items() if name not in told)


def _is_hidden(value: Any) -> bool:
    return isinstance(value, str) and value in {UNKNOWN, _SECRET}


def _told(guarded: Guarded, *, hidden: bool) -> str:
    return f"{guarded.says}{', perhaps: its value cannot be seen' if hidden else ''}"


def _touched(change: Change, path: str) -> bool:
    """Whether the engine says that an input changes, or does not say what changes."""
    return not change.differs or path.partition(".")[0] in change.differs


def _value(inputs: Mapping[str, Any], guarded: Guarded) -> Any:
    found = _get(inputs, guarded.path)
    return guarded.absent if found is None else found


def _get(values: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(values, list):
            values = values[0] if len(values) == 1 else None
        if _is_hidden(values):
            return values
        if not isinstance(values, Mapping):
            return None
        values = values.get(part)
    return values
