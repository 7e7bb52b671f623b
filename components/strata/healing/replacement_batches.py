"""In which batches servers or tasks are replaced so that the floor of their service holds (pure)."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

__all__ = ["ReplacementTerms", "next_batch", "planned_batches"]


@dataclass(frozen=True, kw_only=True)
class ReplacementTerms:
    """What decides how many may be replaced at a time.

    Args:
        desired: how many the service wants.
        floor: how many are to be healthy at every moment.
        ahead: how many AWS starts before it ends those that they replace; 0 where it ends them first.
    """

    desired: int
    floor: int
    ahead: int = 0


def next_batch(worn: Sequence[str], healthy: AbstractSet[str], terms: ReplacementTerms) -> tuple[str, ...]:
    """Those that may be replaced now, the sick ones first; none where the floor allows none.

    Args:
        worn: ids of those that are to be replaced.
        healthy: ids of all that are healthy now, whether they are to be replaced or not.
        terms: what decides how many.
    """
    sick = [each for each in worn if each not in healthy]
    well = [each for each in worn if each in healthy]
    if terms.ahead:
        return (*sick, *well)[: terms.ahead]
    pace = max(1, terms.desired - terms.floor)
    first = sick[:pace]
    spare = max(0, len(healthy) - terms.floor)
    return (*first, *well[: min(pace - len(first), spare)])


def planned_batches(
    worn: Sequence[str], healthy: AbstractSet[str], terms: ReplacementTerms
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The batches, one after the other, if each one is healthy before the next begins.

    Args:
        worn: as for `next_batch`.
        healthy: as for `next_batch`.
        terms: as for `next_batch`.

    Returns:
        The batches, and those that the floor never lets be replaced.
    """
    left, now, batches = list(worn), set(healthy), list[tuple[str, ...]]()
    while batch := next_batch(left, now, terms):
        batches.append(batch)
        left = [each for each in left if each not in batch]
        now = (now - {*batch}) | {f"in place of {each}" for each in batch}
    return tuple(batches), tuple(left)
