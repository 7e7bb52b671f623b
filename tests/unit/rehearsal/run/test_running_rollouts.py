"""What is going on, in the words a person reads while it does."""

from rich.console import Console

from strata_rehearsal.cli.view import View
from strata_rehearsal.run.replay import Replay
from strata_rehearsal.run.running_rollouts import describe_activity

NOON = 1_764_331_200.0


def events():
    """A fleet of one, and a refresh to another image that replaces it and bakes."""
    number = 0

    def event(at, **content):
        nonlocal number
        number += 1
        return {"number": number, "kind": "state", "at": NOON + at, **content}

    group = {"subject": "group", "name": "web-1", "service": "web", "desired": 1}
    server = {"subject": "server", "group": "web-1", "template": "lt-1"}
    refresh = {"subject": "refresh", "name": "r-1", "group": "web-1", "template": "lt-1", "version": 2}
    return [
        event(0, **group),
        event(0, **server, name="i-1", state="Pending", version=1, image="ami-1"),
        event(10, **server, name="i-1", state="InService"),
        event(20, **refresh, state="Pending"),
        event(30, **refresh, state="InProgress", batch=1),
        event(40, **server, name="i-2", state="Pending", version=2, image="ami-2"),
        event(50, **server, name="i-2", state="InService"),
        event(60, **refresh, state="Baking", batch=1, percentage=100),
        event(70, **refresh, state="Successful", batch=1, percentage=100),
    ]


def replay(until: int) -> Replay:
    made = Replay(versions={"ami-2": "1.5.0"})
    made.feed(events()[:until])
    return made


def drawn(view: View) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(view)
    return captured.get()


def test_without_a_rollout_the_engine_is_what_works():
    assert describe_activity(replay(3)) == "the engine finishes what it has begun"


def test_a_rollout_is_told_with_target_phase_and_progress():
    assert describe_activity(replay(7)) == "web rolls to 1.5.0, batch 1, 0 %"
    assert describe_activity(replay(8)) == "web rolls to 1.5.0, bake, 100 %"


def test_a_rollout_that_ended_or_was_there_before_is_not_told():
    assert describe_activity(replay(9)) == "the engine finishes what it has begun"
    assert describe_activity(replay(8), {"r-1"}) == "the engine finishes what it has begun"


def test_a_cold_start_shows_what_is_done_and_for_how_long():
    seconds = iter((0.0, 7.4))
    view = View(lambda: next(seconds))
    view.step("starting the local AWS")
    assert drawn(view) == "starting the local AWS ... 7 s\n"


def test_the_view_has_phase_target_and_simulated_clock():
    view = View()
    view.fleet(replay(8))
    text = drawn(view)
    assert "simulated clock 12:01:00" in text
    assert "to 1.5.0, bake, 100 %" in text
    assert "1 old, 1 new" in text


def test_a_server_of_another_template_with_the_same_number_is_not_shown_as_new():
    made = replay(7)
    theirs = {"subject": "server", "group": "web-1", "template": "lt-theirs", "version": 2, "image": "ami-theirs"}
    made.feed([{"number": 99, "kind": "state", "at": NOON + 55, **theirs, "name": "i-9", "state": "Pending"}])
    view = View(lambda: 0.0)
    view.fleet(made)
    assert "2 old, 1 new" in drawn(view)
    assert "web rolls to 1.5.0" in describe_activity(made), "what somebody else launched last is no target"
