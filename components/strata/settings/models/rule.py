"""Rules about settings that are each fine alone, declared where what they look at is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from types import FunctionType
from typing import Any, TypeVar

from pydantic import BaseModel

from strata.problem import Path
from strata.settings.models.by_stage import inner_settings

__all__ = ["Conflict", "Rule", "own_conflicts", "rule", "rules_in"]

Check = TypeVar("Check", bound=Callable[[Any], Iterable["Conflict"]])

_MARK = "rule"


@dataclass(frozen=True)
class Conflict:
    """What a rule found.

    Args:
        path: the setting to change, from what the rule looks at.
        got: its value.
        expected: what would be right, to follow "expected".
        fix: what to do about it, as a full sentence.
        reads: the other settings the finding rests on; it is dropped when one of them could not be read.
    """

    path: Path
    got: Any
    expected: str
    fix: str
    reads: tuple[Path, ...] = ()

    def below(self, path: Path) -> "Conflict":
        """The conflict as it is seen from further up."""
        return replace(self, path=(*path, *self.path), reads=tuple((*path, *read) for read in self.reads))


@dataclass(frozen=True)
class Rule:
    """One rule about settings that are each fine alone.

    Args:
        id: its name in JSON output and tests.
        says: what holds, as a sentence.
        check: yields a conflict for every place where it does not hold.
    """

    id: str
    says: str
    check: Callable[[Any], Iterable[Conflict]] = field(compare=False)


def rule(id: str, says: str) -> Callable[[Check], Check]:  # noqa: A002 - the word for it everywhere else
    """A method of a settings model, or a function of a module, that checks a rule. Several may check the same one.

    Args:
        id: the rule's name in JSON output and tests.
        says: what holds, as a sentence.
    """

    def marked(check: Check) -> Check:
        vars(check)[_MARK] = Rule(id, says, check)
        return check

    return marked


def rules_in(*places: object) -> tuple[Rule, ...]:
    """The rules that modules or classes declare, in the order in which they do."""
    checks = (each for place in places for each in vars(place).values() if isinstance(each, FunctionType))
    return tuple(vars(check)[_MARK] for check in checks if _MARK in vars(check))


@cache
def _rules_of(model: type[BaseModel]) -> tuple[Rule, ...]:
    return rules_in(*(each for each in reversed(model.__mro__) if issubclass(each, BaseModel)))


def own_conflicts(settings: BaseModel, path: Path = ()) -> Iterator[tuple[Rule, Conflict]]:
    """What the rules of a model find, and those of the models in it.

    Args:
        settings: the settings.
        path: where they are.
    """
    for each in _rules_of(type(settings)):
        for conflict in each.check(settings):
            yield each, conflict.below(path)
    for name in type(settings).model_fields:
        for key, inner in inner_settings(getattr(settings, name)):
            yield from own_conflicts(inner, (*path, name, *key))
