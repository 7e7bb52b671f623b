"""Raw values to settings: every field problem at once, and settings to go on with all the same.

A value that cannot be read must not hide what is wrong elsewhere. So it is reported and taken out, or replaced by the
example of its field where one is required, and the rest is read again, until settings come out that the rules can look
at. Rules then leave out whatever depends on such a value. Examples are never part of settings handed out.
"""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from strata.problem import ABSENT, SECRET, Path, Problem, Written, config_path, nearest
from strata.settings.expectations import example_at, expected_at, expected_key, fix_for, known_keys
from strata.settings.models import StackSettings

__all__ = ["Reading", "read", "written_out"]

_KEY = "[key]"

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
    repaired: dict[str, Any] = copy.deepcopy(dict(raw))
    reading = Reading(settings=StackSettings.model_construct(), written=written or {})
    secrets = [(path, _secret_problem(path)) for path in _secrets(raw)]
    for path, problem in (*secrets, *((each.path, each) for each in known)):
        _note(reading, path, problem)
        _take_out(repaired, path, reading)
    while True:
        try:
            reading.settings = StackSettings.model_validate_json(json.dumps(repaired, default=str), strict=True)
        except ValidationError as error:
            _repair(repaired, error.errors(include_url=False), reading)
        else:
            return reading


def _repair(raw: dict[str, Any], errors: list[ErrorDetails], reading: Reading) -> None:
    renames: list[Path] = []
    for error in errors:
        if error["loc"][-1:] == (_KEY,):
            renames.append(error["loc"][:-1])
            reading.problems.append(_key_problem(error["loc"][:-1]))
            continue
        path = reading.original(error["loc"])
        _note(reading, path, _problem(path, error, reading.written.get(path)))
        if error["type"] == "missing":
            _place(raw, error["loc"], example_at(path))
        else:
            _take_out(raw, error["loc"], reading)
    # Renamed last: the other errors of this round still speak of the old key.
    for path in renames:
        _rename(raw, path, reading)


def _note(reading: Reading, path: Path, problem: Problem) -> None:
    """Keep a problem, once: a value taken out of a required field comes back as a missing one."""
    reading.doubtful.add(path)
    if all(known.path != problem.path for known in reading.problems):
        reading.problems.append(problem)


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
        rule="field-key",
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
    other = f"unreadable-{len(reading.renamed)}"
    if path[-2] == "environment":
        other = other.upper().replace("-", "_")
    elif path[-2] == "shared_paths":
        other = f"/{other}"
    if path[-1] in at:
        at[other] = at.pop(path[-1])
        reading.renamed[(*path[:-1], other)] = str(path[-1])


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
