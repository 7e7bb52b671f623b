"""The audit of a stack: what happened to its services in a period, read from AWS."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from strata.audit.audit_period import AuditPeriod
from strata.audit.change_events import ChangeEvent, events_of, glass_events, once_events
from strata.audit.change_metrics import ChangeMetrics, measure
from strata.aws.parameters import KEPT_VERSIONS
from strata.break_glass.glass_store import GlassStore
from strata.errors import UsageError
from strata.images.verdicts import ImageVerdict, VerdictStore
from strata.naming import lifted_revocation_name, record_name
from strata.rollback.failed_rollouts import KEPT_SPAN
from strata.rollback.looking_back import look_back
from strata.rollback.past_once import services_with_notes
from strata.rollback.service_history import ServiceHistory
from strata.rollback.service_place import ServicePlace
from strata.rollout.absent_record import noted_without_record
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.break_glass_note import GlassPhase
from strata.rollout.stack_place import StackPlace
from strata.rollout.stack_services import records_of

__all__ = ["StackAudit", "audit_stack"]

_ALWAYS: Final = (
    "Vetoes that were lifted again, and who started a failed rollout of which no note is kept, are only in CloudTrail.",
    "A verdict written over an earlier one replaces it.",
)


@dataclass(frozen=True)
class StackAudit:
    """What is known of a stack in a period.

    Args:
        project: name of the Pulumi project.
        stack: bare name of the stack.
        period: what was asked about.
        services: those that were looked at.
        unreleased: services without a release record of which no rollout is noted as succeeded either.
        events: oldest first.
        gaps: what of the period is not kept, as sentences; with one of them the figures are of less than the period.
    """

    project: str
    stack: str
    period: AuditPeriod
    services: tuple[str, ...]
    unreleased: tuple[str, ...]
    events: tuple[ChangeEvent, ...]
    gaps: tuple[str, ...]

    @property
    def metrics(self) -> ChangeMetrics:
        """Of all services together."""
        return measure(self.events)

    @property
    def limits(self) -> tuple[str, ...]:
        """Beyond what nothing is known, whatever the period."""
        return _ALWAYS

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata audit` has it."""
        return {
            "project": self.project,
            "stack": self.stack,
            "from": self.period.start.isoformat(),
            "to": self.period.end.isoformat(),
            "complete": not self.gaps,
            "gaps": list(self.gaps),
            "services": list(self.services),
            "never_released": list(self.unreleased),
            "metrics": self.metrics.document(),
            "events": [each.document() for each in self.events],
        }


def audit_stack(place: StackPlace, service: str | None, period: AuditPeriod) -> StackAudit:
    """Read what happened to the services of a stack.

    Args:
        place: the stack.
        service: one service. Default: all of the stack file, and all that have a release record or have run anything
            once before their first release.
        period: what is asked about.

    Raises:
        UsageError: there is no such service, or none at all.
    """
    recorded, known = records_of(place), place.known_services or frozenset()
    began = {*recorded, *services_with_notes(place)}
    every = sorted({*began, *known})
    if (service is not None and service not in every) or not every:
        region = place.clients("ssm").meta.region_name
        raise UsageError(
            f"{place.title} has no service {service!r} in {region}"
            if service is not None
            else f"{place.title} has no service in {region}: no release record, and none in a stack file",
            fix=f"Use one of: {', '.join(every)}." if every else "Check the names, the region and the account.",
        )
    asked = [each for each in every if service in (None, each)]
    looked = [each for each in asked if each in began]
    seen = [look_back(ServicePlace(**vars(place), service=each)) for each in looked]
    histories = [history for history, _ in seen]
    read = [_events(place, each) for each in histories]
    glass = [each for each in GlassStore(place).every() if each.service in asked]
    once = [each for past in histories for each in once_events(past.place.service, past.once.notes)]
    found = [*(each for events, _ in read for each in events), *glass_events(glass), *once]
    events = sorted(found, key=lambda each: each.at)
    missing = {record_name(place.project, place.stack, each): each for each in asked if each not in recorded}
    gone = {missing[name]: note for name, note in noted_without_record(BaseDriver(place.clients), missing).items()}
    return StackAudit(
        project=place.project,
        stack=place.stack,
        period=period,
        services=tuple(looked),
        unreleased=tuple(each for each in missing.values() if each not in gone),
        events=tuple(each for each in events if period.holds(each.at)),
        gaps=(
            *(
                gap
                for history, (_, undated) in zip(histories, read, strict=True)
                for gap in (*_gaps(history, period, place.clock.now()), *undated)
            ),
            *(f"{said}." for _, unchecked in seen for said in unchecked),
            *(
                f"{service}: there is no release record, although its last rollout, to {note.image}, is noted as "
                "succeeded: which releases it had is not known."
                for service, note in gone.items()
            ),
            *(f"{each.service}: {each.reason}." for each in glass if each.phase is GlassPhase.UNREADABLE),
        ),
    )


def _events(place: StackPlace, history: ServiceHistory) -> tuple[list[ChangeEvent], list[str]]:
    images = {each.version: each.release.image.name for each in history.record.releases}
    return events_of(
        history.place.service,
        history.record,
        history.failed,
        # one by id repeats that of a version
        {version: each for version, each in history.vetoes.items() if not each.called},
        {each.version: each.revocation for each in history.record.releases if each.revocation is not None},
        _lifted(VerdictStore(place.clients, place.clock), images),
    )


def _lifted(store: VerdictStore, images: Mapping[str, str]) -> dict[str, ImageVerdict]:
    names = {lifted_revocation_name(image, version): version for version, image in images.items()}
    return {names[name]: verdict for name, verdict in store.read(names).items()}


def _gaps(history: ServiceHistory, period: AuditPeriod, now: float) -> Iterable[str]:
    service, releases = history.place.service, history.record.releases
    if history.unreadable:
        yield f"{service}: {history.unreadable}, so what it runs since is not known."
    for each in history.once.unreadable:
        yield f"{service}: {each}, so what became of it is not known."
    for each in releases:
        if each.proven is not None:
            at = f", written at {each.at:%Y-%m-%d %H:%M} UTC" if each.at else ""
            by = f" by {each.by}" if each.by else ""
            yield f"{service}: version {each.number} of its record{at}{by}: {each.proven.deviation}."
    oldest = releases[-1].at if releases else None
    if not history.record.complete and (oldest is None or oldest > period.start):
        since = f" before {oldest:%Y-%m-%d %H:%M} UTC" if oldest else ""
        yield f"{service}: releases{since} are not kept: AWS keeps the last {KEPT_VERSIONS} versions of a record."
    if not releases:
        yield f"{service}: nothing was ever proven, so its failed rollouts cannot be found by its record."
        return
    kept_since = datetime.fromtimestamp(now, UTC) - KEPT_SPAN[type(releases[0].release)]
    if period.start < kept_since:
        yield f"{service}: failed rollouts before {kept_since:%Y-%m-%d %H:%M} UTC are not kept by AWS."
    if history.fleet is None:
        yield f"{service}: what its record names is gone from AWS, and its failed rollouts with it."
