"""What Pulumi makes of a plain scalar: it reads YAML by Go's yaml.v3, whose rules are those of no version of YAML.

`0042` is 34 to it and `089` is 89, `yes` is a text, and a day becomes `2024-01-31 00:00:00 +0000 UTC`. A reader with
other rules would show one value while the program gets another.
"""

import base64
import binascii
import math
import re
from datetime import datetime
from decimal import Decimal
from typing import Final

__all__ = ["GO_MOMENT", "Scalar", "as_key", "as_written", "is_moment", "is_text_tag", "resolved", "without_tag"]

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_WHOLE: Final = re.compile(r"([-+]?)(?:0([bB])([01]+)|0([oO])?([0-7]+)|0([xX])([0-9a-fA-F]+)|(0|[1-9][0-9]*))")
_FRACTION: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MOMENT: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?)?"
)
GO_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+")
"""How a program gets a day or a moment that is not quoted."""

_TAGS: Final = "tag:yaml.org,2002:"
_TYPED: Final = frozenset({"bool", "int", "float", "null", "timestamp"})
"""Tags that say what a scalar must be. Of any other one Pulumi makes a text."""
_LARGEST: Final = 2**63 - 1
_LARGEST_UNSIGNED: Final = 2**64 - 1
_WHOLE_FLOATS: Final = 1e21
"""From here on Go writes a float with an exponent, below it one without a fraction looks like a whole number."""


def resolved(text: str, tag: str | None = None) -> Scalar:
    """The value of a scalar that is not quoted or has a tag, as a program gets it.

    Args:
        text: the source, without quotes and tag.
        tag: an explicit tag, in full. Default: none.

    Raises:
        ValueError: Pulumi refuses the text under that tag; the message has its words.
    """
    # a lone exclamation mark says nothing of a scalar without quotes
    kind = None if tag in (None, "!") else tag.removeprefix(_TAGS)
    if kind == "binary":
        return _decoded(text)
    if kind is not None and kind not in _TYPED:
        return text
    found, value = _typed(text, moments=kind in (None, "timestamp"))
    small = isinstance(value, int) and abs(value) <= _LARGEST
    if kind in (None, found) or (kind == "float" and found == "int" and small):
        return value
    raise ValueError(f"cannot decode !!{found} `{text}` as a !!{kind}")


def is_text_tag(tag: str) -> bool:
    """Whether a tag makes a text of what it precedes, such as `!!str`."""
    return tag.removeprefix(_TAGS) not in _TYPED


def as_written(text: str, tag: str | None) -> str:
    """The source of a scalar with its tag, as people write it: `!!int 0042`."""
    return text if tag in (None, "!") else f"{tag.replace(_TAGS, '!!', 1)} {text}".rstrip()


def without_tag(written: str) -> tuple[str, str]:
    """The tag and the text of a source as `as_written` gives it; no tag is an empty one.

    A scalar without quotes and tag never begins with an exclamation mark.
    """
    tag, _, text = written.partition(" ") if written.startswith("!") else ("", "", written)
    return tag, text


def is_moment(text: str) -> bool:
    """Whether a text that is not quoted is a day or a moment to Pulumi."""
    return _moment(text) is not None


def as_key(value: Scalar) -> str:
    """A value as the key of a mapping."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _typed(text: str, *, moments: bool) -> tuple[str, Scalar]:
    """What a scalar is to Pulumi, in the words of YAML's tags, and its value.

    Args:
        text: the source.
        moments: whether it may be a day or a moment.
    """
    if text in _WORDS:
        word = _WORDS[text]
        return ("null" if word is None else "bool" if isinstance(word, bool) else "float"), word
    if text[:1] not in set(".+-0123456789"):
        return "str", text
    moment = _moment(text) if moments else None
    if moment is not None:
        return "timestamp", moment
    plain = text if text[:1] == "." else text.replace("_", "")
    value = _number(plain, text)
    if isinstance(value, str):
        return "str", value
    whole = _WHOLE.fullmatch(plain)
    return ("int" if whole and _whole(whole) <= _LARGEST_UNSIGNED else "float"), value


def _decoded(text: str) -> str:
    try:
        # what is no text in UTF-8 cannot be a value of JSON, and becomes one with replacements
        return base64.b64decode("".join(text.splitlines()), validate=True).decode(errors="replace")
    except binascii.Error as error:
        raise ValueError("!!binary value contains invalid base64 data") from error


def _number(plain: str, text: str) -> Scalar:
    whole = _WHOLE.fullmatch(plain)
    if whole is not None:
        value = _whole(whole)
        # what no integer of Go holds becomes a float, if it is written as one
        if abs(value) <= _LARGEST:
            return value
    if _FRACTION.fullmatch(plain) and not math.isinf(value := float(plain)):
        # as JSON has it: the shortest digits that mean this float
        return int(Decimal(repr(value))) if value.is_integer() and abs(value) < _WHOLE_FLOATS else value
    return text


def _whole(found: re.Match[str]) -> int:
    sign, binary, bits, _, octal, sixteen, digits, decimal = found.groups()
    value = int(bits, 2) if binary else int(digits, 16) if sixteen else int(octal, 8) if octal else int(decimal)
    return -value if sign == "-" else value


def _moment(text: str) -> str | None:
    """A day or a moment as Go prints it."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, *time = found.groups()
    hour, minute, second, fraction, zone = (*time[:4], time[4]) if time[0] is not None else (*time[5:], None)
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
    except ValueError:
        return None
    rest = (fraction or "").rstrip("0")
    return f"{moment:%Y-%m-%d %H:%M:%S}{f'.{rest}' if rest else ''} {_zone(zone)}"


def _zone(zone: str | None) -> str:
    if zone in (None, "Z", "+00:00", "-00:00"):
        return "+0000 UTC"
    offset = zone.replace(":", "")
    return f"{offset} {offset}"
