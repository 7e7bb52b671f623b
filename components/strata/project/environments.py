"""Pulumi ESC environments that a stack file names: Pulumi Cloud opens them for Pulumi's own commands only."""

from collections.abc import Mapping
from typing import Any

__all__ = ["environments", "unread"]


def environments(named: Any) -> tuple[str, ...]:
    """The environments below `environment:` of a stack file, as they are named there.

    Args:
        named: what stands there: a name, a list of names or of mappings with one as their key, or an environment
            that is written out, with its `imports`.
    """
    match named:
        case None | []:
            return ()
        case Mapping():
            return environments(named.get("imports")) or ("written there",)
        case list():
            return tuple(str(next(iter(each), "")) if isinstance(each, Mapping) else str(each) for each in named)
        case _:
            return (str(named),)


def unread(names: tuple[str, ...], source: str) -> str:
    """What a person must know of environments that were not opened.

    Args:
        names: as `environments` gives them.
        source: name of the stack file.
    """
    first, *more = names
    named = f"environment{'s' if more else ''} {', '.join(names)}"
    return (
        f"{source} takes values from the Pulumi ESC {named}, which only Pulumi Cloud can open: what Pulumi would "
        "have read there, Strata did not. Write strata: and aws: keys into the stack file; "
        f"credentials come with `pulumi env run {first} -- strata ...`."
    )
