"""Values without quotes that mean something else than a person reads: days, octal numbers, yes and no, nothing.

Pulumi hands the program what it makes of them, so that a day ends up as `2024-01-31 00:00:00 +0000 UTC` on a server.
Each is a problem whose fix quotes the source, never what became of it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.problem import Path, Problem, Written, config_path, in_quotes, is_full
from strata.settings import patterns
from strata.settings.expectations import expected_at, fix_for, kinds_at, nullable_at, schema_at
from strata.yaml_scalars import GO_MOMENT, is_moment, resolved, without_tag

__all__ = ["moments", "unquoted", "with_days"]

_SWITCHES: Final = {
    **dict.fromkeys(("y", "yes", "on"), "true"),
    **dict.fromkeys(("n", "no", "off"), "false"),
}
"""What YAML 1.1 read as true and false, and Pulumi reads as texts."""
_ODD_NUMBER: Final = re.compile(r"[-+]?(0[0-9_]+|0[bBoOxX][0-9a-fA-F_]+|[0-9]*_[0-9_]*)(\.[0-9_]*)?")
"""A number whose digits do not say how much it is: octal to some readers, or one with a base or with underscores."""
_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00 \+0000 UTC")
_PLAIN_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(nan|inf)", re.IGNORECASE)


def unquoted(written: Mapping[Path, str], keys: Mapping[Path, str]) -> Iterator[Problem]:
    """A problem for every value and key of a file that must be quoted, or written in another way.

    Args:
        written: source text of the values without quotes, by path below `strata:`.
        keys: source text of the keys of which Pulumi makes others, by the path each leads to.
    """
    for path, text in keys.items():
        expected = f"a key in quotes: Pulumi makes {path[-1]} of it"
        yield Problem(path, Written(text), expected, in_quotes(text), rule="unquoted-key")
    for path, text in written.items():
        found = _value(path, text)
        if found is not None:
            yield Problem(path, Written(text), *found, rule="unquoted")


def moments(raw: Any, path: Path = ()) -> Iterator[Problem]:
    """A problem for every value that was a day or a moment without quotes; a program has no source to look at.

    Args:
        raw: the values, after `with_days`.
        path: where they are.
    """
    match raw:
        case Mapping():
            for key, inner in raw.items():
                yield from moments(inner, (*path, str(key)))
        case list():
            for index, inner in enumerate(raw):
                yield from moments(inner, (*path, index))
        case str() if GO_MOMENT.fullmatch(raw):
            day = _DAY.fullmatch(raw)
            fix = in_quotes(day[1]) if day else "Put it in quotes."
            yield Problem(path, raw, "a text: this is what becomes of a date without quotes", fix, rule="unquoted")
        case _:
            return


def with_days(raw: Any, path: Path = ()) -> Any:
    """The values, with a day where a day belongs, whatever became of it on its way.

    Args:
        raw: the values.
        path: where they are.
    """
    match raw:
        case Mapping():
            return {key: with_days(inner, (*path, str(key))) for key, inner in raw.items()}
        case list():
            return [with_days(inner, (*path, index)) for index, inner in enumerate(raw)]
        case str() if (day := _DAY.fullmatch(raw)) and _is_day(path):
            return day[1]
        case _:
            return raw


def _is_day(path: Path) -> bool:
    return any(kind.get("pattern") in (patterns.DATE, patterns.FREEZE_EDGE) for kind in kinds_at(path))


def _is_moment(path: Path) -> bool:
    """Whether a moment belongs there as well: without quotes, midnight would be taken for the whole day."""
    return any(kind.get("pattern") == patterns.FREEZE_EDGE for kind in kinds_at(path))


def _value(path: Path, written: str) -> tuple[str, str] | None:
    """What is expected in place of a text without quotes, and the fix; None where it is fine."""
    found, kinds = _misread(path, written), kinds_at(path)
    if found is None or not found[0].startswith("a text in quotes") or not kinds:
        return found
    if any(kind.get("type", "string") == "string" for kind in kinds):
        return found
    # where no text belongs, quotes only lead to the next refusal
    return expected_at(path), fix_for(path, without_tag(written)[1])


def _misread(path: Path, written: str) -> tuple[str, str] | None:
    """As `_value`, whatever belongs there.

    Of the provider's own values nothing is known but that Pulumi hands them on as it reads them.
    """
    _, text = without_tag(written)
    if text.lower() in _SWITCHES and not is_full(path):
        return _switch(path, _SWITCHES[text.lower()], text)
    if is_moment(text):
        became = resolved(text)
        fine = _is_day(path) and (_PLAIN_DAY.fullmatch(text) or not _is_moment(path))
        return None if fine else (f"a text in quotes: Pulumi makes {became} of it", in_quotes(written))
    if _NO_NUMBER.fullmatch(text):
        return _no_number(path, written)
    value = resolved(text)
    if isinstance(value, int | float) and not isinstance(value, bool) and _ODD_NUMBER.fullmatch(text):
        return _odd(path, value, written)
    return _nothing(path, written) if value is None and not is_full(path) else None


def _switch(path: Path, means: str, text: str) -> tuple[str, str]:
    if any(kind.get("type") == "boolean" for kind in kinds_at(path)):
        return "true or false", f"Write {means}."
    return "a text in quotes: other readers of YAML read it as true or false", in_quotes(text)


def _no_number(path: Path, written: str) -> tuple[str, str]:
    kinds = kinds_at(path)
    if not any(kind.get("type") in ("integer", "number") for kind in kinds):
        return "a number or a text in quotes: Pulumi cannot read it", in_quotes(written)
    leave = " or leave it out for its default" if "default" in (schema_at(path) or {}) else ""
    return f"{expected_at(path)}: Pulumi cannot read it", f"Write a number,{leave}." if leave else "Write a number."


def _odd(path: Path, value: float, written: str) -> tuple[str, str]:
    if not any(kind.get("type") in ("integer", "number") for kind in kinds_at(path)):
        return f"a text in quotes: Pulumi makes the number {value} of it", in_quotes(written)
    digits = without_tag(written)[1].lstrip("+-0").replace("_", "") or "0"
    other = f", or {digits}" if digits.isdigit() and int(digits) != abs(value) else ""
    return f"a decimal number: Pulumi makes {value} of it", f"Write {value}{other}."


def _nothing(path: Path, written: str) -> tuple[str, str] | None:
    """`null` may be where a setting can be nothing, but not for a whole key of the stack: that becomes a text."""
    if len(path) == 1:
        return "a value: Pulumi makes an empty text of it", f"Leave {config_path(path)} out."
    if nullable_at(path) or not kinds_at(path):
        return None
    if written and any(kind.get("type") == "string" for kind in kinds_at(path)):
        return "a text in quotes: Pulumi makes nothing of it", in_quotes(written)
    return None
