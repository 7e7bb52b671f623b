"""What a rehearsal says to run next can be run."""

from pathlib import Path

import pytest

from strata.engine.events import Changes
from strata_rehearsal.cli.report import print_report
from strata_rehearsal.run.rehearsal_report import NO_VERSION, RehearsalOutcome, RehearsalReport, ServiceState

EMPTY = ServiceState("web", "web", NO_VERSION, healthy=0, desired=0)
RUNNING = ServiceState("jobs", "batch", "1.0.0", healthy=1, desired=1)


def hints(capsys: pytest.CaptureFixture[str], *services: ServiceState) -> str:
    report = RehearsalReport(
        "dev", RehearsalOutcome.SUCCEEDED, 1, "http://x", "eu-west-1", Changes(same=1), (), services, {}, ()
    )
    print_report(report, project=Path())
    return capsys.readouterr().out


def test_the_next_image_is_not_one_that_follows_a_service_without_servers(capsys: pytest.CaptureFixture[str]):
    said = hints(capsys, EMPTY, RUNNING)
    assert "--image batch=1.1.0" in said
    assert "nothing-2" not in said


def test_a_stack_without_servers_is_not_told_a_next_image(capsys: pytest.CaptureFixture[str]):
    said = hints(capsys, EMPTY)
    assert "rehearse dev\n" in said
    assert "--image" not in said
