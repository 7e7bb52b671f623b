"""The chart of a rollout: what somebody sees who was not there."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from strata_rehearsal.run.chart import chart
from strata_rehearsal.run.drawing import count_ticks, time_axis
from strata_rehearsal.run.rehearsal_report import RehearsedRollout
from strata_rehearsal.run.reporting import keep
from strata_rehearsal.run.rollout_phases import DeploymentTransition, PhaseKind, RefreshTransition, phases_of
from strata_rehearsal.run.rollout_timeline import FleetSample, RolloutTimeline, Unit

SVG = "{http://www.w3.org/2000/svg}"
AT = datetime(2026, 11, 28, 18, 52, 9, tzinfo=UTC)
SAMPLES = (
    FleetSample(0, 4, 4, 0, 4),
    FleetSample(60, 4, 4, 2, 4),
    FleetSample(200, 4, 2, 4, 6),
    FleetSample(300, 4, 0, 4, 4),
)
TURNS = (
    RefreshTransition(0, "InProgress", batch=1),
    RefreshTransition(60, "InProgress", batch=1, percentage=25),
    RefreshTransition(100, "InProgress", batch=1, percentage=50, paused=True),
    RefreshTransition(160, "InProgress", batch=2, percentage=50),
    RefreshTransition(220, "Baking", batch=2, percentage=100),
    RefreshTransition(300, "Successful", batch=2, percentage=100),
)
REASON = "no further server of the new release became healthy within 1350 s"


def rollout(service: str = "web", samples: tuple[FleetSample, ...] = SAMPLES, **changes: object) -> RehearsedRollout:
    timeline = RolloutTimeline(service, "1.4.2", "1.5.0", samples, floor=4, ceiling=6, phases=phases_of(TURNS, 300))
    rolled = RehearsedRollout(timeline, "Successful", "", 2)
    about = {key: value for key, value in changes.items() if hasattr(rolled, key)}
    of_timeline = {key: value for key, value in changes.items() if key not in about}
    return replace(rolled, **about, timeline=replace(timeline, **of_timeline))  # type: ignore[arg-type]


def failed() -> RehearsedRollout:
    transitions = (
        RefreshTransition(0, "InProgress", batch=1),
        RefreshTransition(250, "RollbackInProgress", batch=1),
        RefreshTransition(300, "RollbackSuccessful"),
    )
    samples = (FleetSample(0, 4, 4, 2, 4, starting=0, never_healthy=2), FleetSample(300, 4, 4, 0, 4))
    return rollout(
        samples=samples,
        status="RollbackSuccessful",
        reason="rolled back: Rollback requested by a user",
        gave_up=REASON,
        phases=phases_of(transitions, 300),
        stopped_at=250.0,
    )


def drawn(*rollouts: RehearsedRollout) -> ET.Element:
    return ET.fromstring(chart(rollouts, stack="staging", at=AT))  # noqa: S314  made here


def texts(root: ET.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def of_class(root: ET.Element, kind: str) -> list[ET.Element]:
    return [each for each in root.iter() if kind in (each.get("class") or "").split()]


def test_every_rollout_has_a_panel_with_its_bounds() -> None:
    root = drawn(rollout("web"), rollout("api"))
    assert len(root.findall(f"{SVG}g")) == 2
    assert texts(root).count("floor 4 healthy") == texts(root).count("ceiling 6 servers") == 2
    assert any("Healthy never under 4 (floor 4)" in text for text in texts(root))


@pytest.mark.parametrize(
    "status,words",
    [
        ("Successful", "web: 1.4.2 to 1.5.0 succeeded"),
        ("RollbackSuccessful", "web: 1.4.2 to 1.5.0 was rolled back"),
        ("RollbackFailed", "web: 1.4.2 to 1.5.0 failed, and so did its rollback"),
        ("Cancelled", "web: 1.4.2 to 1.5.0 was cancelled"),
        ("Failed", "web: 1.4.2 to 1.5.0 failed"),
        ("InProgress", "web: 1.4.2 to 1.5.0 is still running"),
    ],
)
def test_the_title_says_how_it_ended_and_the_line_below_where_and_when(status: str, words: str) -> None:
    told = texts(drawn(rollout(status=status)))
    assert words in told
    assert any(text.startswith("staging, 2026-11-28 18:52 UTC. Took 5:00") for text in told)


def test_the_reason_is_the_gates_and_not_that_a_user_asked() -> None:
    told = texts(drawn(failed()))
    assert f"Reason: {REASON}" in told
    assert not any("by a user" in text for text in told)


def test_a_long_reason_is_wrapped_in_the_picture_and_whole_for_a_screen_reader() -> None:
    reason = "the alarm web-errors was raised " * 40
    root = drawn(rollout(gave_up=reason, stopped_at=100.0))
    lines = [each.text or "" for each in of_class(root, "why")]
    assert 1 < len(lines) <= 4
    assert lines[-1].endswith("...")
    assert reason.strip() in (root.findtext(f"{SVG}desc") or "")


def test_the_phases_are_marked_with_their_names() -> None:
    root = drawn(rollout())
    tips = [(each.findtext(f"{SVG}title") or "") for each in of_class(root, "cell")]
    assert tips[:4] == [
        "batch 1: 0:00 to 1:40",
        "checkpoint 50 %: 1:40 to 2:40",
        "batch 2: 2:40 to 3:40",
        "bake: 3:40 to 5:00",
    ]
    assert {"batch 1", "bake", "succeeded"} <= set(texts(root))


def test_a_short_phase_has_its_number_and_never_half_a_name() -> None:
    transitions = (
        *(RefreshTransition(10 * number, "InProgress", batch=number) for number in range(1, 30)),
        RefreshTransition(300, "Successful"),
    )
    told = texts(drawn(rollout(phases=phases_of(transitions, 300))))
    assert {"1", "28"} <= set(told)
    assert "batch" not in told


def test_the_moment_the_gate_gave_up_is_marked_and_the_rollback_after_it() -> None:
    root = drawn(failed())
    (line,) = of_class(root, "stop")
    (rollback,) = of_class(root, "rollback")
    assert line.get("x1") == rollback.get("x")
    assert "the gate gave up at 4:10" in texts(root)


def test_a_rollout_that_somebody_else_stopped_is_not_laid_at_the_gates_door() -> None:
    told = texts(drawn(rollout(status="Cancelled", stopped_at=100.0, reason="cancelled by request")))
    assert "somebody stopped it at 1:40" in told
    assert "Reason: cancelled by request" in told


def test_servers_that_were_never_healthy_look_unlike_healthy_and_starting_ones() -> None:
    root = drawn(failed())
    areas = list(root.iter(f"{SVG}polygon"))
    assert [each.get("class") for each in areas] == ["old", "never"]
    assert areas[1].get("style") == "fill: url(#hatch)"
    assert not [each for each in drawn(rollout()).iter(f"{SVG}polygon") if each.get("class") == "never"]


def test_no_server_is_drawn_twice_or_left_out() -> None:
    sample = FleetSample(0, 6, 4, 5, 5, starting=2, never_healthy=1, old_unready=1)
    assert sample.old_serving + sample.new_serving + sample.starting + sample.never_healthy == sample.total == 9
    assert (sample.old_serving, sample.new_serving) == (3, 3)


def test_floor_and_ceiling_are_told_apart_without_colours_and_nothing_covers_them() -> None:
    root = drawn(rollout())
    order = list(root.iter())
    (healthy,) = [each for each in of_class(root, "healthy") if each.tag == f"{SVG}polyline"]
    bounds = [each for kind in ("floor", "ceiling") for each in of_class(root, kind)][1::2]
    assert all(order.index(each) > order.index(healthy) for each in bounds)
    dashes = dict(
        re.findall(r"\.(floor|ceiling) \{[^}]*stroke-dasharray: ([\d ]+);", root.findtext(f"{SVG}style") or "")
    )
    assert len(set(dashes.values())) == 2


def test_a_floor_that_is_the_ceiling_has_two_readable_labels() -> None:
    root = drawn(rollout(floor=6, ceiling=6))
    (floor,), (ceiling,) = of_class(root, "floor-text"), of_class(root, "ceiling-text")
    assert abs(float(floor.get("y", "")) - float(ceiling.get("y", ""))) >= 12


def test_the_axes_have_names_and_round_ticks() -> None:
    told = texts(drawn(rollout()))
    assert {"servers", "simulated minutes since the rollout began"} <= set(told)
    assert [text for text in told if text.isdigit()] == ["0", "2", "4", "6", "0", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "seconds,unit,labels",
    [
        (0, "seconds", ["0"]),
        (7, "seconds", ["0", "1", "2", "3", "4", "5", "6", "7"]),
        (1356, "minutes", ["0", "5", "10", "15", "20"]),
        (5400, "minutes", ["0", "15", "30", "45", "60", "75", "90"]),
        (30_000, "hours", ["0", "2", "4", "6", "8"]),
        (1_209_600, "days", ["0", "2", "4", "6", "8", "10", "12", "14"]),
    ],
)
def test_time_has_ticks_a_person_counts_in(seconds: float, unit: str, labels: list[str]) -> None:
    axis = time_axis(seconds)
    assert axis.unit == unit
    assert [label for _, label in axis.ticks] == labels


@pytest.mark.parametrize("top,ticks", [(1, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6]), (125, [0, 50, 100])])
def test_servers_have_whole_ticks(top: int, ticks: list[int]) -> None:
    assert count_ticks(top) == ticks


def test_a_screen_reader_has_a_title_and_the_story() -> None:
    root = drawn(failed())
    assert root.get("role") == "img"
    assert [each.get("id") for each in (*root.findall(f"{SVG}title"), *root.findall(f"{SVG}desc"))] == (
        root.get("aria-labelledby") or ""
    ).split()
    title = root.findtext(f"{SVG}title")
    assert title == "Rehearsal of staging, 2026-11-28 18:52 UTC: web: 1.4.2 to 1.5.0 was rolled back"
    described = root.findtext(f"{SVG}desc") or ""
    assert f"{REASON}." in described
    assert "Phases: batch 1 from 0:00 to 4:10, rollback from 4:10 to 5:00." in described
    assert "At 4:10 the gate gave up." in described


def test_the_chart_has_a_dark_side() -> None:
    style = drawn(rollout()).findtext(f"{SVG}style") or ""
    light, _, dark = style.partition("@media (prefers-color-scheme: dark)")
    assert dark
    coloured = {*re.findall(r"\.([a-z-]+)(?= \{| ?,)", light)} - {"title", "why", "line", "cancelling"}
    assert [kind for kind in sorted(coloured) if f".{kind}" not in dark] == []


def test_the_chart_needs_nothing_from_elsewhere() -> None:
    text = chart([rollout()], stack="staging", at=AT)
    assert "href" not in text
    assert "<script" not in text


def test_a_name_cannot_break_out_of_the_chart() -> None:
    ET.fromstring(chart([rollout("<script>&", reason="<&>")], stack='"<&', at=AT))  # noqa: S314  made here


def test_a_rollout_without_samples_can_be_drawn() -> None:
    drawn(rollout(samples=(), phases=()))


def test_a_timeline_knows_its_extremes() -> None:
    timeline = rollout().timeline
    assert (timeline.lowest_healthy, timeline.highest_total, timeline.seconds) == (4, 6, 300)


def test_phases_leave_no_gap_and_moments_without_length_are_none() -> None:
    phases = phases_of(
        (
            RefreshTransition(0, "Pending"),
            RefreshTransition(5, "InProgress", batch=1),
            RefreshTransition(9, "Baking"),
            RefreshTransition(9, "Successful"),
        ),
        9,
    )
    assert [(each.kind, each.began, each.ended) for each in phases] == [
        (PhaseKind.PENDING, 0, 5),
        (PhaseKind.BATCH, 5, 9),
    ]
    assert phases_of((), 5) == ()


def test_the_picture_of_an_earlier_run_is_kept_and_latest_is_the_newest(tmp_path: Path) -> None:
    first = keep(tmp_path, "acme/shop/staging", AT, "one")
    again = keep(tmp_path, "acme/shop/staging", AT, "two")
    assert [file.read_text() for file in (first, again)] == ["one", "two"]
    assert first == tmp_path / "rollouts" / "staging" / "2026-11-28T185209Z.svg"
    latest = first.with_name("latest.svg")
    assert latest.is_symlink()
    assert latest.read_text() == "two"


def test_where_there_are_no_links_latest_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refused)
    keep(tmp_path, "staging", AT, "one")
    keep(tmp_path, "staging", AT, "two")
    assert (tmp_path / "rollouts" / "staging" / "latest.svg").read_text() == "two"


CANARY = (
    DeploymentTransition(0, "IN_PROGRESS", "SCALE_UP", 0.0),
    DeploymentTransition(60, "IN_PROGRESS", "PRE_PRODUCTION_TRAFFIC_SHIFT", 0.0, waits=True),
    DeploymentTransition(90, "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", 10.0, timed=True),
    DeploymentTransition(200, "IN_PROGRESS", "BAKE_TIME", 100.0, timed=True),
    DeploymentTransition(290, "IN_PROGRESS", "CLEAN_UP", 100.0),
)


def test_a_deployment_of_containers_is_drawn_with_its_tasks_phases_and_traffic() -> None:
    root = drawn(rollout(status="SUCCESSFUL", unit=Unit.TASKS, phases=phases_of(CANARY, 300)))
    shown = texts(root)
    assert {"web: 1.4.2 to 1.5.0 succeeded", "ceiling 6 tasks", "healthy tasks", "tasks"} <= set(shown)
    assert not [text for text in shown if "servers" in text]
    tips = [(each.findtext(f"{SVG}title") or "") for each in of_class(root, "cell")]
    assert tips[:5] == [
        "scale up: 0:00 to 1:00, 0 % of the traffic on the new release",
        "pause: 1:00 to 1:30, 0 % of the traffic on the new release",
        "shift 10 %: 1:30 to 3:20",
        "bake: 3:20 to 4:50, 100 % of the traffic on the new release",
        "clean up: 4:50 to 5:00, 100 % of the traffic on the new release",
    ]


def test_every_phase_has_a_colour() -> None:
    style = drawn(rollout()).findtext(f"{SVG}style") or ""
    assert [kind for kind in PhaseKind if f".{kind.value.replace(' ', '-')} " not in style.replace(",", " ")] == []


@pytest.mark.parametrize(
    "status,words",
    [
        ("SUCCESSFUL", "succeeded"),
        ("ROLLBACK_SUCCESSFUL", "was rolled back"),
        ("ROLLBACK_FAILED", "failed, and so did its rollback"),
        ("STOPPED", "was stopped where it was"),
        ("IN_PROGRESS", "is still running"),
    ],
)
def test_the_title_says_how_a_deployment_of_containers_ended(status: str, words: str) -> None:
    assert f"web: 1.4.2 to 1.5.0 {words}" in texts(drawn(rollout(status=status, unit=Unit.TASKS)))
