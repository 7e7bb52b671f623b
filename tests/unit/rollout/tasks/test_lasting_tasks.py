"""Whether new tasks have been healthy for long enough to be given requests."""

from strata.rollout.tasks.lasting_tasks import LastingTasks, Wait

HOLD = 60.0
BOTH = frozenset({"a", "b"})


def looked(*looks: tuple[float, int, str]) -> LastingTasks:
    """Looks at the letters of the tasks that are healthy, by time and desired count."""
    lasting = LastingTasks()
    for now, desired, healthy in looks:
        lasting.look(now, desired, dict.fromkeys(healthy, now))
    return lasting


def test_a_task_lasts_once_it_has_been_healthy_for_so_long_however_often_one_looked():
    lasting = looked((0, 2, "a"), (10, 2, "ab"))
    assert lasting.wait(BOTH, HOLD, 60) == Wait(lasting=1, needed=2, ready_at=70)
    assert lasting.wait(BOTH, HOLD, 70).lasting == 2
    assert looked(*((at, 2, "ab") for at in range(59))).wait(BOTH, HOLD, 59).lasting == 0


def test_an_interruption_begins_the_time_again():
    lasting = looked((0, 1, "a"), (50, 1, ""), (55, 1, "a"))
    assert lasting.wait(BOTH, HOLD, 60) == Wait(lasting=0, needed=1, ready_at=115)


def test_a_successor_has_lasted_for_as_long_as_itself():
    lasting = looked((0, 2, "ab"), (50, 2, "ac"))
    assert lasting.wait(frozenset("ac"), HOLD, 60) == Wait(lasting=1, needed=2, ready_at=110)


def test_where_too_few_are_healthy_nothing_is_foretold():
    assert looked((0, 2, "a")).wait(BOTH, HOLD, 0) == Wait(lasting=0, needed=2, ready_at=None)


def test_the_tasks_of_a_scale_out_need_not_have_lasted():
    lasting = looked((0, 2, "ab"), (40, 3, "ab"), (60, 3, "abc"))
    assert lasting.wait(frozenset("abc"), HOLD, 60) == Wait(lasting=2, needed=2, ready_at=60)
    # that is no news any more
    assert lasting.wait(frozenset("abc"), HOLD, 101).needed == 3


def test_after_a_scale_in_fewer_have_to():
    assert looked((0, 4, "abcd"), (50, 2, "ab")).wait(BOTH, HOLD, 60).needed == 2


def test_one_task_has_to_although_none_was_wanted_for_a_while():
    lasting = looked((0, 2, "ab"), (10, 0, ""), (20, 2, "cd"))
    assert lasting.wait(frozenset("cd"), HOLD, 21) == Wait(lasting=0, needed=1, ready_at=80)
    assert looked((0, 0, "")).wait(frozenset(), HOLD, 0) == Wait(lasting=0, needed=0, ready_at=None)


def test_what_was_healthy_before_the_first_look_counts_from_then():
    lasting = LastingTasks()
    lasting.look(100, 1, {"a": 30})
    lasting.look(110, 1, {"a": 110})
    assert lasting.wait(BOTH, HOLD, 110) == Wait(lasting=1, needed=1, ready_at=90)
