"""Domain names and the zones they are in (pure)."""

from collections.abc import Iterable

__all__ = ["LEAST_LABELS", "bare", "inside", "shared_zone", "zone_for"]

LEAST_LABELS = 2
"""Labels of a zone somebody can have: nobody has com."""


def bare(domain: str) -> str:
    """A name without its wildcard and its last dot: a wildcard is proven by the record of the name below it."""
    return domain.removeprefix("*.").rstrip(".").lower()


def inside(domain: str, zone: str) -> bool:
    """Whether a name can be a record of a zone: it is the zone's own name, or ends with it."""
    return f".{bare(domain)}".endswith(f".{bare(zone)}")


def zone_for(domain: str, zones: Iterable[str]) -> str | None:
    """The zone a name is in: of those that hold it, the one with the longest name; None where none does."""
    return max((zone for zone in zones if inside(domain, zone)), key=len, default=None)


def shared_zone(domains: Iterable[str]) -> str | None:
    """The longest name that one zone for all of them could have; None where no zone can hold them all."""
    shared: list[str] | None = None
    for domain in domains:
        labels = bare(domain).split(".")[::-1]
        if shared is None:
            shared = labels
        same = 0
        while same < min(len(shared), len(labels)) and shared[same] == labels[same]:
            same += 1
        shared = shared[:same]
    return ".".join(shared[::-1]) if shared and len(shared) >= LEAST_LABELS else None
