"""Rules about settings that are each fine alone, declared where what they look at is, and those of several models."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import FunctionType
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from strata.problem import SECRET, Path
from strata.settings.dates import is_day
from strata.settings.models.by_stage import inner_settings

__all__ = [
    "Conflict",
    "SettingsRule",
    "broken_lines",
    "leaks",
    "no_day",
    "oversized",
    "own_conflicts",
    "rule",
    "rules_in",
    "secret_texts",
    "slow_check",
    "unknown_retention",
]

Check = TypeVar("Check", bound=Callable[[Any], Iterable["Conflict"]])
_MARK = "rule"
RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180),
    *(365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""PutRetentionPolicy, `retentionInDays`."""


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
class SettingsRule:
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
        vars(check)[_MARK] = SettingsRule(id, says, check)
        return check

    return marked


def rules_in(*places: object) -> tuple[SettingsRule, ...]:
    """The rules that modules or classes declare, in the order in which they do."""
    checks = (each for place in places for each in vars(place).values() if isinstance(each, FunctionType))
    return tuple(vars(check)[_MARK] for check in checks if _MARK in vars(check))


@cache
def _rules_of(model: type[BaseModel]) -> tuple[SettingsRule, ...]:
    return rules_in(*(each for each in reversed(model.__mro__) if issubclass(each, BaseModel)))


def own_conflicts(settings: BaseModel, path: Path = ()) -> Iterator[tuple[SettingsRule, Conflict]]:
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


def unknown_retention(field: str, days: int) -> Iterator[Conflict]:
    """A conflict for days that CloudWatch Logs keeps nothing for.

    Args:
        field: the setting.
        days: its value.
    """
    if days not in RETENTION_DAYS:
        longer = next((known for known in RETENTION_DAYS if known > days), RETENTION_DAYS[-1])
        yield Conflict(
            (field,),
            days,
            expected=f"one of {', '.join(map(str, RETENTION_DAYS))}: CloudWatch Logs accepts no other",
            fix=f"Write {longer}.",
        )


def slow_check(timeout_seconds: int, interval_seconds: int) -> Iterator[Conflict]:
    """A conflict for a health check that may not have answered when the next one is due.

    Args:
        timeout_seconds: the setting of that name.
        interval_seconds: the setting of that name.
    """
    if timeout_seconds >= interval_seconds:
        yield Conflict(
            ("timeout_seconds",),
            timeout_seconds,
            expected=f"less than interval_seconds, which is {interval_seconds}",
            fix="Lower it, or raise interval_seconds.",
            reads=(("interval_seconds",),),
        )


def no_day(field: str, text: str) -> Iterator[Conflict]:
    """A conflict for a day that the calendar does not have.

    Args:
        field: the setting.
        text: its value, in the form of a day.
    """
    if not is_day(text):
        yield Conflict((field,), text, expected="a day of the calendar", fix="Write it as 2026-12-01.")


def oversized(environment: Mapping[str, str], most: int, part_of: str) -> Iterator[Conflict]:
    """A conflict for an environment that does not fit where it is kept.

    Args:
        environment: values by name.
        most: bytes it may have.
        part_of: what it is kept in.
    """
    found = sum(len(f"{key}={value}\n".encode()) for key, value in environment.items())
    if found > most:
        yield Conflict(
            ("environment",),
            f"{found} bytes",
            expected=f"at most {most} bytes: it is part of the {part_of}",
            fix="Keep large values in S3 or in a parameter, and set their names.",
        )


def broken_lines(environment: Mapping[str, str]) -> Iterator[Conflict]:
    """A conflict for every value that a line of an environment file cannot hold.

    Args:
        environment: values by name.
    """
    for key, value in environment.items():
        if any(character in value for character in "\n\r\0"):
            yield Conflict(
                ("environment", key),
                # It may be a key in several lines: the value is not shown.
                f"{len(value.splitlines())} lines" if "\n" in value else "a control character",
                expected="a text on one line: an environment file has a line for each value",
                fix="Encode it, for example as JSON or base64.",
            )


def leaks(at: Path, texts: Mapping[str, str], readers: str) -> Iterator[Conflict]:
    """A conflict for every text that looks like a secret; it never quotes the text.

    Args:
        at: where the texts are.
        texts: by name.
        readers: who could read them, to follow "and".
    """
    for key, why in secret_texts(texts):
        yield Conflict(
            (*at, key),
            SECRET,
            expected=f"nothing secret: {why}, and {readers}",
            fix="Make it one of strata:secrets and let the service read that; its ARN may be here.",
        )


def secret_texts(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The names of the texts that look like a secret, each with what it looks like.

    Args:
        texts: by name.
    """
    if not texts:
        return
    # Its patterns take a while to compile, and most parts have no such texts.
    from strata.secret_scan import looks_secret

    for key, text in texts.items():
        if why := looks_secret(key, text):
            yield key, why
