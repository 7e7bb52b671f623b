"""The shape of a plan: what the engine may write where, so that a plan of another shape is refused and not misread."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from strata.errors import UsageError
from strata.spectrum import Operation, operation_of

__all__ = ["missing", "require_shape"]

_AGAIN: Final = "Make the plan again, and hand it on as it is."
_REPLACEMENT: Final = ("replace", "create-replacement", "delete-replaced")
"""Steps of a replacement, which the engine counts once; which of them it shows depends on its options."""
_WORDS: Final = MappingProxyType({dict: "a mapping", list: "a list", str: "a text"})
_STATE: Final = MappingProxyType({"type": str, "urn": str, "inputs": dict, "outputs": dict})
_STEP: Final = MappingProxyType(
    {
        "op": str,
        "urn": str,
        "oldState": dict,
        "newState": dict,
        "diffReasons": list,
        "replaceReasons": list,
        "detailedDiff": dict,
    }
)


def require_shape(document: Mapping[str, Any]) -> None:
    """Refuse a plan that the engine would not have written so.

    Args:
        document: the plan, as read.

    Raises:
        UsageError: something in it is of another kind than the engine writes; the first such thing is named.
    """
    _require(document.get("changeSummary"), dict, "changeSummary")
    for operation, count in (document.get("changeSummary") or {}).items():
        if not isinstance(count, int) or isinstance(count, bool):
            raise UsageError(
                f"this is no plan as the engine writes it: changeSummary.{operation} is {count!r}, expected a number",
                fix=_AGAIN,
            )
    for at, each in enumerate(_entries(document, "diagnostics")):
        _require(each, dict, f"diagnostics[{at}]", may_lack=False)
    for at, step in enumerate(_entries(document, "steps")):
        where = f"steps[{at}]"
        _require(step, dict, where, may_lack=False)
        _require(step.get("urn"), str, f"{where}.urn", may_lack=False)
        _require_all(step, _STEP, where)
        for path, diff in (step.get("detailedDiff") or {}).items():
            _require(diff, dict, f"{where}.detailedDiff[{path!r}]", may_lack=False)
        for name in ("oldState", "newState"):
            _require_all(step.get(name) or {}, _STATE, f"{where}.{name}")


def missing(steps: Sequence[Mapping[str, Any]], counted: Mapping[str, int], *, destroys: bool) -> Iterator[str]:
    """What a plan counts and does not show, in words: such a plan was cut, or put together from several.

    Args:
        steps: its steps.
        counted: its own summary, how many steps there are of each kind.
        destroys: whether it is the plan of a destroy, which may have nothing to do.
    """
    if not steps and not counted and not destroys:
        yield "the plan shows nothing at all, not even the stack itself"
    shown = Counter(str(step.get("op", "")) for step in steps)
    for kind, count in counted.items():
        # What stays the same is shown on request only, and a refresh is counted as what it found.
        if operation_of(kind) is Operation.SAME:
            continue
        found = max(shown[each] for each in (_REPLACEMENT if kind == "replace" else (kind,))) + shown["refresh"]
        if found < count:
            yield f"the plan counts {count} of {kind} and shows {found}: it is not all there"


def _entries(document: Mapping[str, Any], key: str) -> list[Any]:
    _require(document.get(key), list, key)
    return document.get(key) or []


def _require_all(values: Mapping[str, Any], kinds: Mapping[str, type], where: str) -> None:
    for key, kind in kinds.items():
        _require(values.get(key), kind, f"{where}.{key}")


def _require(value: Any, kind: type, where: str, *, may_lack: bool = True) -> None:
    if isinstance(value, kind) or (value is None and may_lack):
        return
    got = "nothing" if value is None else next((word for each, word in _WORDS.items() if isinstance(value, each)), "")
    raise UsageError(
        f"this is no plan as the engine writes it: {where} is {got or f'{value}'}, expected {_WORDS[kind]}",
        fix=_AGAIN,
    )
