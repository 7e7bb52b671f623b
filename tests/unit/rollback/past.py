"""Releases and versions of a record, made up for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from strata.rollback.past_releases import RecordVersion
from strata.rollout.once_note import OnceNote, OncePhase
from strata.rollout.record import ImageRef, Release, ServerRelease
from strata.settings.models import RunOnceSettings

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
RECORD = "/strata/shop/prod/web/release"


def release(version: str, digest: str | None = None, number: int = 1, **changes: Any) -> ServerRelease:
    """A release whose digest is that of its version, unless another one is given."""
    image = ImageRef("web", version, f"ami-{version}")
    values: dict[str, Any] = {"group": "web-1", "template": "lt-1", "template_version": number, **changes}
    return ServerRelease(image=image, digest=digest or f"d-{version}", **values)


def recorded(*releases: Release | str, first: int = 1) -> list[RecordVersion]:
    """Versions of a record, a day apart; a text is what somebody wrote by hand."""
    return [
        RecordVersion(
            number=first + index,
            value=each if isinstance(each, str) else each.to_json(),
            at=BEGAN + timedelta(days=index),
            by=f"arn:aws:iam::123456789012:user/{first + index}",
        )
        for index, each in enumerate(releases)
    ]


def write_record(ssm: Any, *values: str) -> None:
    """Let the record hold one value after the other."""
    for value in values:
        ssm.put_parameter(Name=RECORD, Value=value, Type="String", Overwrite=True)


def failed_first(ssm: Any) -> None:
    """Let what runs once before a first release have failed, so that there is no record."""
    first, settings = release("1.0.0"), RunOnceSettings(name="migrate", command=("migrate",))
    note = OnceNote.begun(settings, first.image, first.digest, at="2026-11-01T10:00:00Z", by="ann")
    note = note.end(OncePhase.FAILED, at="2026-11-01T10:01:00Z", reason="exited with 1")
    ssm.put_parameter(Name=note.name(RECORD), Value=note.to_json(), Type="String")
