"""A server that the gate keeps of a failed rollout: listed, no drift, no obstacle, opened like another, and ended."""

import pytest
from botocore.exceptions import ClientError

from strata.audit.change_events import ChangeKind, glass_events
from strata.break_glass.closing import close_expired
from strata.break_glass.presence import look_at_note
from strata.drift.drift_driver import DriftDriver
from strata.drift.drift_kinds import DriftKind
from strata.errors import RefusedError
from strata.rollout.break_glass_note import GlassMode, GlassPhase
from tests.unit.break_glass.conftest import GlassFleet
from tests.unit.break_glass.keeping import keep_noted, keep_unnoted
from tests.unit.drift.drifting_fleet import GROUP


def findings(glass: GlassFleet) -> list[tuple[DriftKind, str]]:
    (service,) = glass.look().services
    return [(each.kind, each.subject) for each in service.findings]


def test_it_is_out_of_service_listed_and_no_drift_until_it_is_over(glass: GlassFleet):
    server = keep_noted(glass)
    found = glass.aws.elbv2.describe_target_health(TargetGroupArn=glass.aws.targets)["TargetHealthDescriptions"]
    assert {each["Target"]["Id"] for each in found} == set(glass.servers), "no target group has it"
    seen = look_at_note(glass.place, glass.noted(server))
    assert (seen.seen, seen.as_noted) == ("is out of service, and its group keeps it", True)
    assert findings(glass) == []
    (service,) = glass.look().services
    assert any(f"held: {server}, kept by the rollout to 1.1.0 at " in each for each in service.delegated)
    assert close_expired(glass.place, dry_run=False) == [], "its time is not over"
    glass.aws.wait(7200)
    assert findings(glass) == [(DriftKind.KEPT, server)]


def test_it_is_ended_by_whoever_closes_what_is_over_and_its_place_is_nobodys(glass: GlassFleet):
    server = keep_noted(glass)
    others = set(glass.servers)
    glass.aws.wait(7200)
    (closed,) = close_expired(glass.place, dry_run=False)
    assert (closed.note.unit, closed.note.phase, closed.ended) == (server, GlassPhase.CLOSED, True)
    glass.aws.wait(300)
    assert glass.state(server) == ""
    assert set(glass.servers) == others, "nothing was launched for it"
    assert findings(glass) == []


def test_it_is_ended_before_its_time_by_its_id(glass: GlassFleet):
    server = keep_noted(glass)
    assert glass.close(server).ended
    glass.aws.wait(300)
    assert glass.state(server) == ""
    assert not glass.noted(server).unanswered, "nobody was let into it"


def test_what_a_group_keeps_and_nobody_has_noted_is_drift_at_once(glass: GlassFleet):
    server = keep_unnoted(glass)
    assert findings(glass) == [(DriftKind.KEPT, server)]


def test_where_the_notes_cannot_be_read_nothing_is_said_of_what_is_kept(
    glass: GlassFleet, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetParameters")

    keep_noted(glass)
    monkeypatch.setattr(DriftDriver, "glass_notes", refuse)
    assert findings(glass) == []
    assert [each.what for each in glass.look().unread] == ["whether break-glass is open"]


def test_who_is_let_into_it_is_noted_and_answers_for_it_like_for_any_other(glass: GlassFleet):
    server = keep_noted(glass, hours=0.5)
    opened = glass.open(server, hours=4)
    note = glass.noted(server)
    assert (opened.kept, opened.prolonged) == (True, False)
    assert (note.mode, note.version, note.image_id) == (GlassMode.STANDBY, "1.1.0", "ami-0aa")
    assert note.unanswered, "what was done in it keeps promotions back"
    assert glass.state(server) == "Terminating:Retained", "it stays where it is"
    seen = look_at_note(glass.place, note)
    assert (seen.seen, seen.as_noted) == ("is out of service, and its group keeps it", True)
    glass.aws.wait(3600)
    assert findings(glass) == []
    assert glass.close(server, no_change="only looked").ended
    glass.aws.wait(300)
    assert glass.state(server) == ""


def test_it_cannot_be_opened_in_service(glass: GlassFleet):
    server = keep_noted(glass)
    with pytest.raises(RefusedError, match="Leave --in-service out"):
        glass.open(server, in_service=True)


def test_an_audit_tells_it_from_break_glass(glass: GlassFleet):
    server = keep_noted(glass)
    glass.close(server)
    kinds = [each.kind for each in glass_events([glass.noted(server)])]
    assert kinds == [ChangeKind.KEPT, ChangeKind.KEPT_ENDED]


def test_one_that_has_gone_by_hand_is_seen_as_that(glass: GlassFleet):
    server = keep_noted(glass)
    glass.aws.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=server, ShouldDecrementDesiredCapacity=False
    )
    glass.aws.wait(300)
    seen = look_at_note(glass.place, glass.noted(server))
    assert (seen.seen, seen.as_noted) == ("is gone", False)
    assert glass.aws.describe(GROUP)["DesiredCapacity"] == 3
