"""Whether the conditions of a policy's statement are met by a request of which some things are known (pure)."""

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from strata.aws.policy_statements import listed

__all__ = ["Met", "conditions_met"]

Met = bool | None
"""Whether something holds; None where that cannot be judged."""

_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "stringequals": lambda known, wanted: known == wanted,
    "stringequalsignorecase": lambda known, wanted: known.lower() == wanted.lower(),
    "stringlike": fnmatchcase,
    "arnequals": fnmatchcase,
    "arnlike": fnmatchcase,
    "bool": lambda known, wanted: known.lower() == wanted.lower(),
}
_NEGATED: Final = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}
"""Each is met where what it denies is not, also by a request that does not have the key at all.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""
_IF_EXISTS: Final = "ifexists"


def conditions_met(condition: Any, known: Mapping[str, str | None]) -> Met:
    """Whether all conditions of a statement are met; True of one that has none.

    Args:
        condition: as the policy has it.
        known: what is known of the request, by the key of the condition in lower case; None for what it does not have.
            All other keys are not known.
    """
    found = list(_judged(condition or {}, known))
    if False in found:
        return False
    return None if None in found else True


def _judged(condition: Mapping[str, Mapping[str, Any]], known: Mapping[str, str | None]) -> Iterator[Met]:
    for written, keys in condition.items():
        operator = written.lower()
        optional = operator.endswith(_IF_EXISTS)
        plain = operator.removesuffix(_IF_EXISTS)
        negated = plain in _NEGATED
        compare = _OPERATORS.get(_NEGATED.get(plain, plain))
        for key, values in keys.items():
            wanted = [str(each) for each in listed(values)]
            if compare is None or key.lower() not in known or any("${" in each for each in wanted):
                yield None
            elif (value := known[key.lower()]) is None:
                yield optional or negated
            else:
                yield any(compare(value, each) for each in wanted) is not negated
