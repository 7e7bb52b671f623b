"""What the summary of a rehearsal calls live is what runs, and a service that is not its release is led back."""

from pathlib import Path
from typing import Any

import pytest

from strata.engine.events import Changes
from strata_rehearsal.cli.report import print_report
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome, RehearsalReport, ServiceState
from strata_rehearsal.run.rollout_timeline import Unit
from strata_rehearsal.run.stack_fleets import unnamed_fleets

Capture = pytest.CaptureFixture[str]

CHANGED = ServiceState(
    *("web", "web", "1.5.0"),
    healthy=4,
    desired=4,
    deviations=("4 servers on template version 2", "the group launches template version 2"),
    running={"template version 2": 4},
    way_back="to bring 1.5.0 back: aws autoscaling start-instance-refresh",
)
RIGHT = ServiceState("api", "api", "2.0.0", healthy=1, desired=1, running={"2.0.0": 1})


def summary(tmp_path: Path, capsys: Capture, *services: ServiceState, **more: Any) -> list[str]:
    report = RehearsalReport(
        "dev", RehearsalOutcome.SUCCEEDED, 1.0, "http://x", "eu-west-1", Changes(), (), services, {}, (), **more
    )
    print_report(report, project=tmp_path)
    lines = capsys.readouterr().out.splitlines()
    return lines[lines.index("live now") + 1 : lines.index("next")]


def test_a_fleet_changed_by_hand_is_not_summed_up_as_its_recorded_version(tmp_path: Path, capsys: Capture):
    changed, right, *lines = summary(tmp_path, capsys, CHANGED, RIGHT)
    assert changed.split("  ")[1:] == ["web", "template version 2", "4 of 4 healthy"]
    assert "1.5.0" not in changed
    assert right.split() == ["api", "2.0.0", "1", "of", "1", "healthy"]
    assert lines[:3] == [
        "  web: not the release: 4 servers on template version 2",
        "  web: not the release: the group launches template version 2",
        "  web: to bring 1.5.0 back: aws autoscaling start-instance-refresh",
    ]


def test_the_json_of_a_rehearsal_has_the_way_back_under_the_same_name_as_that_of_status(tmp_path: Path):
    report = RehearsalReport(
        "dev", RehearsalOutcome.SUCCEEDED, 1.0, "http://x", "eu-west-1", Changes(), (), (CHANGED, RIGHT), {}, ()
    )
    changed, right = report.document()["services"]
    assert (changed["way_back"], changed["running"]) == (CHANGED.way_back, {"template version 2": 4})
    assert (right["way_back"], right["running"]) == (None, {"2.0.0": 1})


def test_a_service_whose_new_name_has_failed_is_not_hidden_while_it_still_serves(tmp_path: Path, capsys: Capture):
    first, second, *_ = summary(tmp_path, capsys, unnamed={"shop": "1.32.0"})
    assert first == "  nothing of what the stack file names"
    assert second == "  shop, which the stack file does not name any more, still runs 1.32.0"


def test_only_what_the_stack_has_and_does_not_name_is_found_so():
    def made(service: str, stack: str = "dev", *, deleting: bool = False) -> dict[str, Any]:
        tags = {"strata:stack": stack}
        return {"name": service, "service": service, "tags": tags, "deleting": deleting, "refreshes": []}

    groups = [made("web"), made("shop"), made("old", deleting=True), made("theirs", "prod")]
    found = unnamed_fleets({"groups": groups, "services": []}, "dev", {"web"})
    assert [each.service for each in found] == ["shop"]


def test_containers_of_which_nothing_runs_are_not_called_servers(tmp_path: Path, capsys: Capture):
    report = RehearsalReport(
        *("dev", RehearsalOutcome.FAILED, 1.0, "http://x", "eu-west-1", Changes(), (), (), {}, ()),
        units=frozenset({Unit.TASKS}),
    )
    print_report(report, project=tmp_path)
    text = capsys.readouterr().out
    assert text.splitlines()[-1] == "Tasks are simulated: no application runs here."
    assert "server" not in text.lower()
    assert "ecs list-clusters" in text
