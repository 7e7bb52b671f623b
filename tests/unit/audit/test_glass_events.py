"""An audit names who was let into what, and who closed it."""

from dataclasses import replace

from strata.audit.change_events import glass_events
from strata.rollout.break_glass_note import GlassPhase
from tests.unit.promotion.test_tainted_services import CLOSED, OPEN


def test_an_open_note_is_one_event_and_a_closed_one_two():
    fixed = replace(CLOSED, fixed_in="1.5.1")
    untouched = replace(CLOSED, no_change="a look only")
    found = list(glass_events([OPEN, CLOSED, fixed, untouched]))
    assert [each.kind.value for each in found] == [
        *("break-glass opened",),
        *("break-glass opened", "break-glass closed") * 3,
    ]
    assert {each.by for each in found if each.kind.value == "break-glass opened"} == {"ann"}
    assert {each.by for each in found if each.kind.value == "break-glass closed"} == {"bob"}
    assert [each.detail.partition(": ")[2] for each in found if each.kind.value == "break-glass closed"] == [
        "not said which version has the fix",
        "fixed in 1.5.1",
        "no change: a look only",
    ]
    assert not any(each.bad for each in found)


def test_what_was_withdrawn_is_none():
    assert list(glass_events([replace(OPEN, phase=GlassPhase.WITHDRAWN)])) == []
