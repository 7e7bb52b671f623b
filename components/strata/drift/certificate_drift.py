"""Certificates that end soon (pure)."""

from collections.abc import Iterator
from typing import Final

from strata.clock import utc_text
from strata.drift.drift_finding import DriftFinding
from strata.drift.drift_kinds import DriftKind
from strata.drift.server_facts import ServerFacts
from strata.durations import DAY_SECONDS

__all__ = ["find_on_certificates"]

LEAST_DAYS: Final = 30


def find_on_certificates(facts: ServerFacts) -> Iterator[DriftFinding]:
    """Every certificate before the service that ends within 30 days, or has ended."""
    for each in facts.certificates:
        if each.ends is None:
            continue
        left = each.ends.timestamp() - facts.now
        if left < LEAST_DAYS * DAY_SECONDS:
            ends = utc_text(each.ends.timestamp())
            said = f"is for {each.domain}, and {'ended' if left < 0 else 'ends'} at {ends}"
            wanted = f"{LEAST_DAYS} days or more"
            found = f"{int(left // DAY_SECONDS)} days"
            yield DriftFinding(DriftKind.CERTIFICATE, facts.service, each.arn, wanted, found, said, known_by=ends)
