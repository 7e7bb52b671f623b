"""Raw values to settings: every field problem at once, and settings to go on with all the same.

A value that cannot be read must not hide what is wrong elsewhere. So it is reported and taken out, or replaced by the
example of its field where one is required, and the rest is read again, until settings come out that the rules can look
at. Rules then leave out whatever depends on such a value. Examples are never part of settings handed out.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from strata.problem import ABSENT, SECRET, Path, Problem, Written, config_path, nearest
from strata.settings.expectations import example_at, expected_at, expected_key, fix_for, key_pattern_at, known_keys
from strata.settings.models import StackSettings

__all__ = ["Reading", "read", "written_out"]

_KEY = "[key]"
_KEY_RULE = "field-key"

_OF_SERVERS = ("heartbeat_minutes", "bake_seconds", "requests_per_server")
_OF_CONTAINERS = ("pause_minutes", "bake_minutes", "requests_per_task")
"""Settings that servers and containers have in each other's place, in the same order."""


@dataclass
class Reading:
    """What came of raw values.

    Args:
        settings: all that could be read; complete only when there are no problems.
        problems: the field problems.
        doubtful: places whose values were taken out or replaced by examples.
        renamed: keys of the file that cannot be, by the path that each is read at instead.
        written: source text of the values without quotes, by the path the file has for them.
    """

    settings: StackSettings
    problems: list[Problem] = field(default_factory=list)
    doubtful: set[Path] = field(default_factory=set)
    renamed: dict[Path, str] = field(default_factory=dict)
    written: Mapping[Path, str] = field(default_factory=dict[Path, str])

    def original(self, path: Path) -> Path:
        """A path with the keys the file really has."""
        return tuple(self.renamed.get(path[: index + 1], part) for index, part in enumerate(path))


def read(
    raw: Mapping[str, Any],
    *,
    written: Mapping[Path, str] | None = None,
    known: Sequence[Problem] = (),
) -> Reading:
    """Read raw values as settings.

    Args:
        raw: what is below `strata:`.
        written: source text of the values without quotes, for fixes. Default: not known.
        known: problems of single values that are known already; these values are not looked at.
    """
    repaired: dict[str, Any] = json.loads(json.dumps(raw, default=str))
    reading = Reading(settings=StackSettings.model_construct(), written=written or {})
    secrets = [(path, _secret_problem(path)) for path in _secrets(raw)]
    for path, problem in (*secrets, *((each.path, each) for each in known)):
        _note(reading, path, problem)
        _take_out(repaired, path, reading)
    while True:
        text = json.dumps(repaired)
        try:
            reading.settings = StackSettings.model_validate_json(text, strict=True)
        except ValidationError as error:
            _repair(repaired, error.errors(include_url=False), reading)
            if json.dumps(repaired) == text:
                raise  # what was neither taken out nor renamed would be read again for ever
        else:
            return reading


def _repair(raw: dict[str, Any], errors: list[ErrorDetails], reading: Reading) -> None:
    renames: list[Path] = []
    for error in errors:
        if error["loc"][-1:] == (_KEY,):
            renames.append(error["loc"][:-1])
            _keep(reading, _key_problem(reading.original(error["loc"][:-1])))
            continue
        path = reading.original(error["loc"])
        _note(reading, path, _problem(path, error, reading.written.get(path)))
        if error["type"] == "missing":
            _place(raw, error["loc"], example_at(path))
        else:
            _take_out(raw, error["loc"], reading)
    # Renamed last, and the outermost alone: the other errors of this round still speak of the old key, and those of the
    # next round of the new one.
    for path in renames:
        if not any(path[: len(outer)] == outer for outer in renames if len(outer) < len(path)):
            _rename(raw, path, reading)


def _note(reading: Reading, path: Path, problem: Problem) -> None:
    reading.doubtful.add(path)
    _keep(reading, problem)


def _keep(reading: Reading, problem: Problem) -> None:
    """Keep a problem, once: a value taken out of a required field comes back as a missing one, a key under a new name.

    The key of a value and the value itself can both be wrong.
    """
    if all(known.path != problem.path or _of_key(known) != _of_key(problem) for known in reading.problems):
        reading.problems.append(problem)


def _of_key(problem: Problem) -> bool:
    return problem.rule == _KEY_RULE


def _problem(path: Path, error: ErrorDetails, written: str | None) -> Problem:
    if error["type"] == "extra_forbidden":
        return _unknown(path, error["input"])
    got = ABSENT if error["type"] == "missing" else error["input"]
    number = isinstance(got, int | float) and written is not None
    shown = Written(written) if number and written is not None else got
    if error["type"] == "too_long" and isinstance(got, Mapping):
        shown = Written(f"a mapping of {len(got)}")
    return Problem(path, shown, expected_at(path), fix_for(path, got, written), rule=f"field-{error['type']}")


def _unknown(path: Path, got: Any) -> Problem:
    known = known_keys(path[:-1])
    name = str(path[-1])
    for own, other, whose in ((_OF_SERVERS, _OF_CONTAINERS, "servers"), (_OF_CONTAINERS, _OF_SERVERS, "containers")):
        if name in own and (place := other[own.index(name)]) in known:
            fix = f"Set {place} instead: {name} is a setting of {whose}."
            return Problem(path, got, expected="no setting of that name", fix=fix, rule="field-unknown")
    near = nearest(name, known)
    meant = f"Did you mean {config_path((*path[:-1], near))}?" if near else f"There are {', '.join(known)}."
    return Problem(path, got, expected="no setting of that name", fix=meant, rule="field-unknown")


def _key_problem(path: Path) -> Problem:
    return Problem(
        path,
        path[-1],
        expected=expected_key(path[:-1]),
        fix=f"Rename {config_path(path)}.",
        rule=_KEY_RULE,
    )


def _secrets(value: Any, path: Path = ()) -> Iterator[Path]:
    """The places of secrets, as Pulumi writes them into a stack file: a mapping with the one key `secure`."""
    if isinstance(value, Mapping):
        if list(value) == ["secure"] and path:
            yield path
            return
        for key, inner in value.items():
            yield from _secrets(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _secrets(inner, (*path, index))


def _secret_problem(path: Path) -> Problem:
    return Problem(
        path,
        SECRET,
        expected="a plain value: settings end up in user data, tags and plans, where a secret is none",
        fix="Keep it in Secrets Manager and set the name under which the application reads it.",
        rule="field-secret",
    )


def _place(raw: dict[str, Any], path: Path, value: Any) -> None:
    at: Any = raw
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value


def _take_out(raw: dict[str, Any], path: Path, reading: Reading) -> None:
    """Take a value out; one in a list takes the whole list with it, so that places in it keep their numbers."""
    *around, last = path
    while isinstance(last, int):
        *around, last = around
    reading.doubtful.add(reading.original((*around, last)))
    at: Any = raw
    for part in around:
        at = _inside(at, part)
    if isinstance(at, dict):
        at.pop(last, None)


def _inside(at: Any, part: str | int) -> Any:
    """What is at a place; nothing where it was taken out with what it was in."""
    match at, part:
        case dict(), _:
            return at.get(part)
        case list(), int():
            return at[part]
        case _:
            return None


def _rename(raw: dict[str, Any], path: Path, reading: Reading) -> None:
    at: Any = raw
    for part in path[:-1]:
        at = at[part]
    other = _stand_in(len(reading.renamed), key_pattern_at(path[:-1]))
    at[other] = at.pop(path[-1])
    reading.renamed[(*path[:-1], other)] = str(path[-1])


def _stand_in(number: int, pattern: str) -> str:
    """A key that may be, and that nobody writes."""
    for key in (f"unreadable-{number}", f"UNREADABLE_{number}", f"/unreadable-{number}", f"un-{'x' * (number + 1)}-0"):
        if re.search(pattern, key):
            return key
    raise AssertionError(f"no stand-in is a key of the pattern {pattern}")


def written_out(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a stack file without short forms; what has none is left as it is.

    A text in place of a runtime value means that value alone.
    """
    runtime = raw.get("runtime")
    if not isinstance(runtime, Mapping):
        return raw
    return {**raw, "runtime": {name: _config(part) for name, part in runtime.items()}}


def _config(part: Any) -> Any:
    values = part.get("values") if isinstance(part, Mapping) else None
    if not isinstance(values, Mapping):
        return part
    return {**part, "values": {key: {"value": it} if isinstance(it, str) else it for key, it in values.items()}}
