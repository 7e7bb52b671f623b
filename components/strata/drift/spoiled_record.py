"""A service whose release record was written over, so that there is nothing to compare it with."""

from strata.drift.drift_finding import SERVERS, DriftFinding, ServiceDrift
from strata.drift.drift_kinds import DriftKind
from strata.drift.noted_answers import NotedAnswers
from strata.rollout.record import ServerRelease, TaskRelease, proven_by

__all__ = ["spoiled_service"]

_SHOWN = 200
"""Characters that are kept of what somebody has written in place of a record."""


def spoiled_service(
    kind: type[ServerRelease] | type[TaskRelease],
    service: str,
    record: str,
    value: str | None,
    answers: NotedAnswers,
    unit: str = SERVERS,
) -> ServiceDrift | None:
    """What there is to say of a service whose record was written over; None where it can be read, or is not there.

    Args:
        kind: the release that such a service has.
        service: its name.
        record: name of the record.
        value: what it holds; None where there is none.
        answers: where it is noted that what runs was not compared.
        unit: what the service is run by.
    """
    try:
        proven_by(kind, value)
    except ValueError:
        answers.note(service, f"its {unit}", f"{record} is no release record")
        said = f"holds something else than a release record, so that there is nothing to compare {unit} with"
        shown = (value or "")[:_SHOWN]
        finding = DriftFinding(DriftKind.NO_RECORD, service, record, "a release", shown, said, unit=unit)
        return ServiceDrift(service, None, 0, rolling=False, findings=(finding,), unit=unit)
    return None
