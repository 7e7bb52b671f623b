"""What a person says of an image to a command: refused where no stack file and no parameter could hold it."""

import re
from typing import Final

from strata.durations import duration_seconds, duration_text
from strata.errors import UsageError
from strata.image_build.image_reference import TAG
from strata.settings.patterns import AMI_ID, APP, CONTAINER_DIGEST, VERSION, WORDS

__all__ = [
    "COMMIT_WORDS",
    "VERSION_WORDS",
    "is_commit",
    "is_version",
    "parse_duration",
    "require_image_id",
    "require_image_name",
    "require_reason",
    "require_version",
]

VERSION_WORDS: Final = f"{WORDS[VERSION]}, beginning with a letter or a digit"
"""What a version is, in words that follow "expected"."""


COMMIT_WORDS: Final = "the hash of one, of digits and letters, or nothing"
"""What a commit is, in words that follow "expected"."""


def is_commit(text: str) -> bool:
    """Whether an image can be tagged with a text as the commit that it was baked of; with none where it is not known.

    Args:
        text: the hash.
    """
    return re.fullmatch("[0-9A-Za-z]{0,64}", text) is not None


def is_version(text: str) -> bool:
    """Whether a stack file can pin a text as a version."""
    # `$` also matches before a line break at the end
    return re.fullmatch(VERSION, text) is not None and not text.endswith("\n")


def require_version(version: str, *, fix: str, tags: bool = False) -> None:
    """Refuse what no image can be called.

    Args:
        version: as it was given.
        fix: where versions are found, as a full sentence.
        tags: also allow any tag of a container image, which is the version of one that runs by its reference.

    Raises:
        UsageError: it is no version.
    """
    if not is_version(version) and not (tags and re.fullmatch(TAG, version)):
        raise UsageError(f"{version!r} is no version of an image: expected {VERSION_WORDS}", fix=fix)


def require_image_id(given: str, stack: str, *, machine: bool) -> None:
    """Refuse what is no id of a machine image, or no digest of a container image, before AWS is asked for it.

    Args:
        given: as it was given.
        stack: as a command names it.
        machine: whether a machine image is meant.

    Raises:
        UsageError: it is none.
    """
    pattern = AMI_ID if machine else CONTAINER_DIGEST
    if re.fullmatch(pattern, given) is None or given.endswith("\n"):
        raise UsageError(
            f"{given!r} names no image: expected {WORDS[pattern]}",
            fix=f"Write it as `strata image list {stack}` shows it.",
        )


def require_image_name(name: str) -> None:
    """Refuse what no image can be named.

    Raises:
        UsageError: it is no name.
    """
    if re.fullmatch(APP, name) is None or name.endswith("\n"):
        raise UsageError(
            f"{name!r} is no name of an image: expected letters, digits and ._-, beginning with a letter or a digit, "
            "at most 128 characters",
            fix="Write the name as the stack file pins it; `strata image list STACK` shows all.",
        )


def require_reason(reason: str) -> None:
    """Refuse a reason that says nothing.

    Raises:
        UsageError: it does not.
    """
    if not reason.strip():
        raise UsageError(
            f"--reason is {reason!r}: expected a few words for everybody who is refused because of it",
            fix='Say what is wrong with the version, such as --reason "loses orders".',
        )


def parse_duration(text: str, *, most: float | None = None) -> float:
    """Seconds of a duration as people write it, such as 30m or 2h.

    Args:
        text: the duration.
        most: the longest that is allowed, in seconds. Default: any is.

    Raises:
        UsageError: it is none, or too long.
    """
    found = duration_seconds(text)
    if found is None:
        raise UsageError(f"{text!r} is not a duration", fix="Write a number and a unit: 90s, 30m, 2h or 1d.")
    seconds = float(found)
    if most is not None and seconds > most:
        raise UsageError(
            f"{text!r} is too long: expected at most {duration_text(most)}",
            fix=f"Write a shorter one, such as {duration_text(min(most, 1800))}.",
        )
    return seconds
