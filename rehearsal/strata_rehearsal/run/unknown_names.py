"""What is said of names in a request that mean nothing (pure)."""

from collections.abc import Collection, Iterable

__all__ = ["unknown_names"]


def unknown_names(option: str, what: str, given: Iterable[str], known: Collection[str]) -> list[str]:
    """A line for each name that is not known.

    Args:
        option: the option it was given to.
        what: what it would be the name of.
        given: the names.
        known: those that there are.
    """
    there = ", ".join(sorted(known)) or "none"
    return [f"{option}: no {what} is called {name!r} (there are {there})" for name in sorted(set(given) - set(known))]
