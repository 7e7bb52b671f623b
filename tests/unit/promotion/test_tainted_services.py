"""What keeps a promotion back where somebody was let into a server of the other stack."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from strata.naming import break_glass_name, record_name
from strata.promotion.stack_records import RecordedImage
from strata.promotion.tainted_services import find_tainted
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.record import ImageRef
from tests.unit.rollback.past import release

OPEN = BreakGlass(
    service="web",
    unit="i-0f3c51d29a7e84b61",
    mode=GlassMode.STANDBY,
    phase=GlassPhase.OPEN,
    reason="the queue hangs",
    by="ann",
    at="2026-11-28T18:00:00Z",
    until="2026-11-28T20:00:00Z",
    image_name="web",
    version="1.5.0",
)
CLOSED = replace(OPEN, phase=GlassPhase.CLOSED, closed_by="bob", closed_at="2026-11-28T19:00:00Z")
NAME = break_glass_name(record_name("shop", "staging", "web"), OPEN.unit)
MADE = {"blue": "2026-11-27T00:00:00Z", "green": "2026-11-29T00:00:00Z"}
"""Versions without numbers, and when they were made."""


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("ssm", region_name="eu-west-1")


def found(ssm: Any, note: BreakGlass | str | None, version: str = "1.5.0", image: str = "web") -> str:
    """All that is found, as text."""
    if note is not None:
        value = note if isinstance(note, str) else note.to_json()
        ssm.put_parameter(Name=NAME, Value=value, Type="String")
    source: Any = SimpleNamespace(
        project="shop",
        stack="staging",
        title="shop/staging",
        clients=lambda _: ssm,
        entries=lambda _: {name: SimpleNamespace(made=made) for name, made in MADE.items()},
    )
    at = datetime(2026, 11, 28, tzinfo=UTC)
    holder = RecordedImage("web", ImageRef(image, version, "ami-1"), release(version), at)
    return "\n".join(f"{each.text}\n    fix: {each.fix}" for each in find_tainted(source, [holder]))


def test_nothing_keeps_it_back_where_nobody_was_let_in(ssm: Any):
    assert found(ssm, None) == ""


@pytest.mark.parametrize("phase", [GlassPhase.OPENING, GlassPhase.OPEN, GlassPhase.CLOSING])
def test_a_note_that_is_open_does_and_names_who_when_why_and_the_way_on(ssm: Any, phase: GlassPhase):
    said = found(ssm, replace(OPEN, phase=phase, fixed_in="1.5.0"))
    assert said == (
        "ann was let into i-0f3c51d29a7e84b61 of web in shop/staging at 2026-11-28T18:00:00Z (the queue hangs), and "
        "that is not closed\n"
        "    fix: Bake what was done by hand into a version, and close it: `strata break-glass close staging "
        "i-0f3c51d29a7e84b61 --fixed-in VERSION`; or with --no-change where nothing was."
    )


def test_an_image_beside_the_one_that_was_noted_is_kept_back_as_long_as_it_is_open_only(ssm: Any):
    assert "is not closed" in found(ssm, OPEN, image="agent")


def test_and_not_afterwards(ssm: Any):
    assert found(ssm, CLOSED, image="agent") == ""


def test_a_closed_note_without_an_answer_keeps_it_back(ssm: Any):
    assert "it does not say which version has what was done by hand" in found(ssm, CLOSED)


@pytest.mark.parametrize(
    "fixed_in,version,free",
    [
        ("1.5.1", "1.5.1", True),
        ("1.5.1", "1.10.0", True),
        ("1.5.1", "1.5.0", False),
        ("1.5.1", "1.4.9", False),
        ("blue", "green", True),
        ("green", "blue", False),
        ("blue", "red", False),
        ("blue", "blue", True),
    ],
)
def test_the_version_with_the_fix_or_a_newer_one_is_free(ssm: Any, fixed_in: str, version: str, free: bool):
    said = found(ssm, replace(CLOSED, fixed_in=fixed_in), version)
    assert (said == "") == free, said
    assert free or f"nothing says that {version} is as new" in said


@pytest.mark.parametrize("note", [replace(CLOSED, no_change="a look only"), replace(OPEN, phase=GlassPhase.WITHDRAWN)])
def test_where_nothing_was_changed_every_version_is_free(ssm: Any, note: BreakGlass):
    assert found(ssm, note) == ""


def test_what_somebody_wrote_over_a_note_keeps_it_back(ssm: Any):
    assert f"parameter {NAME} has the place of a note of break-glass and is none" in found(ssm, "closed")
