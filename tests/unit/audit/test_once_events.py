"""An audit lists what ran once before rollouts, and counts none of it as a change."""

from strata.audit.change_events import ChangeKind, once_events
from strata.audit.change_metrics import measure
from strata.rollout.once_note import OnceNote, OncePhase
from strata.rollout.record import ImageRef
from strata.settings.models import RunOnceSettings

SETTINGS = RunOnceSettings(name="migrate", command=("migrate",))
BEGUN = OnceNote.begun(SETTINGS, ImageRef("web", "1.2.0", "x"), "d-1", at="2026-11-01T10:00:00Z", by="ann")


def test_each_is_an_event_at_its_end_by_whoever_began_it():
    done = BEGUN.end(OncePhase.SUCCEEDED, at="2026-11-01T10:05:00Z")
    bad = BEGUN.end(OncePhase.FAILED, at="2026-11-01T10:05:00Z", reason="exited with 1\nand more")
    again = bad.again(SETTINGS, at="2026-11-02T10:00:00Z", by="bob")
    found = list(once_events("web", [BEGUN, done, bad, again]))
    assert [(each.kind, f"{each.at:%d %H:%M}", each.version, each.by) for each in found] == [
        (ChangeKind.RUN_ONCE, "01 10:00", "1.2.0", "ann"),
        (ChangeKind.RUN_ONCE, "01 10:05", "1.2.0", "ann"),
        (ChangeKind.FAILED_RUN_ONCE, "01 10:05", "1.2.0", "ann"),
        (ChangeKind.RUN_ONCE, "02 10:00", "1.2.0", "bob"),
    ]
    assert [each.detail for each in found] == [
        "migrate running; compatible: both",
        "migrate succeeded; compatible: both",
        "migrate failed; compatible: both; exited with 1",
        "migrate running, attempt 2; compatible: both",
    ]
    assert measure(found).changes == 0
