"""What of a look for drift does not count: what is accepted, and the kinds that are ignored for one run (pure)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from strata.drift.accepted_difference import AcceptedDifference
from strata.drift.drift_finding import AcceptedFinding, DriftFinding, ServiceDrift, StackDrift, StaleAcceptance
from strata.drift.drift_kinds import DriftKind

__all__ = ["set_aside"]


def set_aside(
    found: StackDrift,
    accepted: Sequence[AcceptedDifference],
    *,
    ignored: Collection[DriftKind] = (),
    asked: Collection[str],
    known: Collection[str],
    today: date,
) -> StackDrift:
    """What a look found, without what does not count; that is kept beside it.

    Args:
        found: what a look found.
        accepted: what is accepted of the stack.
        ignored: kinds that are left out of this run.
        asked: the services that were asked about.
        known: all services of the stack.
        today: the day it is, in UTC.
    """
    by_key = {(each.service, each.key): each for each in accepted}
    services = tuple(_without(each, by_key, frozenset(ignored), today) for each in found.services)
    stale = tuple(_stale(found, accepted, frozenset(asked), frozenset(known)))
    return replace(found, services=services, ignored_kinds=tuple(sorted(ignored)), stale=stale)


def _without(
    service: ServiceDrift,
    accepted: Mapping[tuple[str, str], AcceptedDifference],
    ignored: frozenset[DriftKind],
    today: date,
) -> ServiceDrift:
    counting: list[DriftFinding] = []
    aside: list[AcceptedFinding] = []
    left_out: list[DriftFinding] = []
    for each in service.findings:
        entry = accepted.get((each.service, each.key))
        if each.kind in ignored:
            left_out.append(each)
        elif entry is None:
            counting.append(each)
        elif entry.expires < today:
            counting.append(replace(each, was_accepted=f"was accepted {entry.terms}; that is over"))
        elif not entry.is_of(each.wanted, each.value):
            before = f"{entry.found} in place of {entry.expected}"
            counting.append(
                replace(each, was_accepted=f"was accepted as {before} {entry.terms}; it is another one now")
            )
        else:
            aside.append(AcceptedFinding(each, entry))
    return replace(service, findings=tuple(counting), accepted=tuple(aside), ignored=tuple(left_out))


def _stale(
    found: StackDrift, accepted: Sequence[AcceptedDifference], asked: frozenset[str], known: frozenset[str]
) -> Iterator[StaleAcceptance]:
    """What is accepted and is not there; of what was not read, or is being rolled, nobody knows that."""
    unread = {each.service for each in found.unread}
    settled = {each.service for each in found.services if not each.rolling and each.service not in unread}
    there = {(each.service, each.key) for each in found.findings}
    inside = {each.service for each in found.services if each.contents is not None}
    for each in accepted:
        if each.service not in known:
            yield StaleAcceptance(each, f"{each.service} is no service of the stack file")
        elif each.key.startswith(f"{DriftKind.CONTENTS}:") and each.service not in inside:
            continue
        elif each.service in asked & settled and not unread & {""} and (each.service, each.key) not in there:
            yield StaleAcceptance(each, "nothing differs there any more")
