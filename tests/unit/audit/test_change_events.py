"""What a record, its rollouts and its verdicts come to, as events and as figures."""

from datetime import timedelta
from typing import Any

import pytest

from strata.audit.change_events import ChangeEvent, ChangeKind, events_of
from strata.audit.change_metrics import measure
from strata.images.verdicts import ImageVerdict
from strata.rollback.failed_rollouts import FailedRollout
from strata.rollback.past_releases import RecordHistory, read_history
from tests.unit.rollback.past import BEGAN, recorded, release

DAY = 86_400.0


def history(*versions: str) -> RecordHistory:
    """A record that named these versions, a day apart."""
    return read_history(recorded(*(release(each) for each in versions)))


def failed(hours: float, status: str, **changes: Any) -> FailedRollout:
    """A rollout that began so many hours after the first release and took half an hour."""
    started = BEGAN + timedelta(hours=hours)
    values: dict[str, Any] = {
        "id": "r-1",
        "target": "1.9.0",
        "status": status,
        "reason": "alarm web-5xx\nmore",
        "started": started,
        "ended": started + timedelta(minutes=30),
        **changes,
    }
    return FailedRollout(**values)


def events(record: RecordHistory, *failures: FailedRollout, **verdicts: Any) -> list[ChangeEvent]:
    kinds = {"vetoes": {}, "revocations": {}, "lifted": {}, **verdicts}
    found, undated = events_of("web", record, failures, **kinds)
    assert undated == []
    return found


def test_releases_are_in_their_order_with_who_recorded_them():
    first, second = events(history("1.0.0", "1.1.0"))
    assert (first.kind, first.version, first.at, first.by) == (
        ChangeKind.RELEASE,
        "1.0.0",
        BEGAN,
        "arn:aws:iam::123456789012:user/1",
    )
    assert (second.version, second.bad) == ("1.1.0", False)
    assert second.detail == "web d-1.1.0 ami-1.1.0"


def test_a_release_that_was_left_for_an_earlier_one_is_a_failed_change_and_the_way_back_restores_it():
    found = events(history("1.0.0", "1.1.0", "1.0.0", "1.2.0"))
    assert [(each.kind.value, each.version, each.bad) for each in found] == [
        ("release", "1.0.0", False),
        ("release", "1.1.0", True),
        ("rollback", "1.0.0", False),
        ("release", "1.2.0", False),
    ]
    assert found[1].seconds_to_repair == DAY


def test_a_way_back_that_is_left_again_is_no_failed_change():
    found = events(history("1.0.0", "1.1.0", "1.0.0", "1.1.0"))
    assert [each.kind.value for each in found] == ["release", "release", "rollback", "rollback"]
    assert [each.bad for each in found] == [False, True, False, False]


@pytest.mark.parametrize("status", ["RollbackSuccessful", "ROLLBACK_SUCCESSFUL"])
def test_what_aws_has_rolled_back_is_restored_when_it_ends(status: str):
    found = events(history("1.0.0", "1.1.0"), failed(1, status))[1]
    assert (found.kind, found.bad, found.version) == (ChangeKind.FAILED_ROLLOUT, True, "1.9.0")
    assert found.seconds_to_repair == 1800
    assert found.detail == f"{status}: alarm web-5xx"


def test_what_was_left_half_done_is_restored_by_the_next_release():
    found = events(history("1.0.0", "1.1.0"), failed(1, "Cancelled"))[1]
    assert found.seconds_to_repair == 23 * 3600


def test_what_nothing_came_after_is_not_restored():
    found = events(history("1.0.0"), failed(1, "RollbackFailed"))[1]
    assert (found.bad, found.repaired, found.seconds_to_repair) == (True, None, None)
    assert measure([found]).open == 1


def test_verdicts_say_who_and_when_and_one_by_hand_is_listed_as_undated():
    by_command = ImageVerdict("loses orders", "arn:aws:iam::1:user/ann", "2026-11-02T08:00:00Z")
    found, undated = events_of(
        "web", history("1.0.0"), (), {"1.1.0": by_command}, {"1.0.0": ImageVerdict("leaks")}, {"0.9.0": by_command}
    )
    assert [(each.kind.value, each.version, each.by) for each in found[1:]] == [
        ("veto", "1.1.0", "arn:aws:iam::1:user/ann"),
        ("lifted revocation", "0.9.0", "arn:aws:iam::1:user/ann"),
    ]
    assert undated == ["web: the revocation of 1.0.0 does not say when it was written: leaks."]


def test_what_has_no_moment_is_listed_and_counted_nowhere():
    found, undated = events_of("web", history(), [failed(1, "Failed", started=None, ended=None)], {}, {}, {})
    assert found == []
    assert undated == ["web: when the rollout r-1 failed is not kept."]


def test_the_figures_are_those_of_the_events():
    found = measure(events(history("1.0.0", "1.1.0", "1.0.0"), failed(1, "RollbackSuccessful")))
    assert (found.changes, found.failed, found.rollbacks, found.restored, found.open) == (3, 2, 1, 2, 0)
    assert found.failure_rate == 2 / 3
    assert (found.median_seconds, found.longest_seconds) == ((1800 + DAY) / 2, DAY)


def test_without_a_change_there_is_no_rate():
    found = measure([])
    assert (found.changes, found.failure_rate, found.median_seconds, found.longest_seconds) == (0, None, None, None)


def test_a_refresh_of_the_same_release_that_did_not_end_well_is_listed_and_is_no_change_that_failed():
    found = events(history("1.0.0"), failed(2, "Cancelled", target="", same_release=True, reason=""))
    (refresh,) = [each for each in found if each.kind is ChangeKind.UNFINISHED_REFRESH]
    assert (refresh.detail, refresh.bad) == ("Cancelled: no reason given", False)
    measured = measure(found)
    assert (measured.changes, measured.failed, measured.open) == (1, 0, 0)
