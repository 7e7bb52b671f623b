"""`strata rehearse` and `strata rollout` before they reach an engine or AWS."""

import json
import shutil
from pathlib import Path

import click
import pytest

from strata.cli.commands import command_of
from strata.cli.local_words import of_the_local_aws
from strata.cli.output import print_json
from strata.cli.run import run
from strata.engine.events import Changes
from strata.errors import UsageError
from strata.exit_code import ExitCode
from strata.project import location
from strata_rehearsal.cli.live import display
from strata_rehearsal.cli.report import print_report
from strata_rehearsal.run.container_pins import wanted_container_pins
from strata_rehearsal.run.made_up_images import MadeUpImage
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome, RehearsalReport, RehearsedRollout, ServiceState
from strata_rehearsal.run.rollout_timeline import FleetSample, RolloutTimeline, Unit

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    "arguments,text",
    [
        (["--image", "web"], "is not NAME=VALUE"),
        (["--image", "web=1", "--image", "web=2"], "'web' is given twice"),
        (["--image", "wub=1.0"], "no image is called 'wub' (there are api, jobs, search, web)"),
        (
            ["--fault", "wub=slow"],
            "no service or version of a container image is called 'wub' (there are 3.1.0, api, jobs, search, web)",
        ),
        (
            ["--fault", "web=tired"],
            (
                "no fault is called 'tired' (there are alarm, cannot-pull, crash, no-capacity, out-of-memory, "
                "playbook-fails, slow, unhealthy, wrong-answer)"
            ),
        ),
        (["--speed", "0"], "above 0"),
        (["--speed", "inf"], "above 0"),
        (["--image", "web=1 2"], "images.web.version"),
        (["--speed", "fast"], "not a valid float"),
    ],
)
def test_a_wrong_request_starts_nothing(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], text: str
) -> None:
    code = run(["rehearse", "staging", "-C", str(project), *arguments])
    told = capsys.readouterr().err
    assert code == ExitCode.BAD_INPUT, told
    assert text in told
    assert "fix:" in told
    assert not (project / ".strata").exists()


def test_every_problem_of_a_request_is_told_at_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ["--image", "wub=1", "--fault", "wob=slow", "--fault", "web=tired", "--speed", "-1"]
    assert run(["rehearse", "staging", "-C", str(project), *wrong]) == ExitCode.BAD_INPUT
    told = capsys.readouterr().err
    assert [text for text in ("'wub'", "'wob'", "'tired'", "-1") if text not in told] == []


def test_a_wrong_stack_file_starts_nothing_and_stays_as_it_is(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "Pulumi.staging.yaml"
    text = file.read_text().replace("strata:stage: staging", "strata:stage: stagging\n  strata:netwrk: {}")
    file.write_text(text)
    assert run(["rehearse", "staging", "-C", str(project)]) == ExitCode.BAD_INPUT
    told = capsys.readouterr().err
    assert "stagging" in told
    assert "netwrk" in told
    assert "Traceback" not in told
    assert file.read_text() == text
    assert not (project / ".strata").exists()


def test_stopping_what_does_not_run_is_fine(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rehearse", "staging", "-C", str(project), "--stop", "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == {"stack": "staging", "stopped": False, "warnings": []}


@pytest.mark.parametrize("verb", ["plan", "status", "watch"])
def test_a_rollout_command_without_a_local_aws_says_how_to_start_one(
    project: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    assert run(["rollout", verb, "staging", "-C", str(project), "--local"]) == ExitCode.BAD_INPUT
    assert "strata rehearse staging" in capsys.readouterr().err


def test_a_service_that_is_not_there_is_named_with_those_that_are(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rollout", "status", "staging", "wub", "-C", str(project), "--json"]) == ExitCode.BAD_INPUT
    error = json.loads(capsys.readouterr().out)["error"]
    assert "wub" in error["message"]
    assert "api, jobs, search, web" in error["fix"]


def report(outcome: RehearsalOutcome, **changes: object) -> RehearsalReport:
    timeline = RolloutTimeline(
        "web", "1.4.2", "1.5.0", (FleetSample(0, 2, 2, 0, 2), FleetSample(380, 2, 0, 2, 2)), 2, 3
    )
    fields: dict[str, object] = {
        "stack": "staging",
        "outcome": outcome,
        "seconds": 12.34,
        "endpoint": "http://127.0.0.1:4711",
        "region": "eu-west-1",
        "changes": Changes(updated=2, same=95),
        "rollouts": (RehearsedRollout(timeline, "Successful", "", 2),),
        "services": (ServiceState("web", "web", "1.5.0", 2, 2),),
        "outputs": {},
        "errors": (),
    }
    return RehearsalReport(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_report_ends_with_what_is_live_where_to_look_and_what_to_do_next(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    print_report(report(RehearsalOutcome.SUCCEEDED), project=tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "staging: succeeded in 12.3 s (2 updated, 95 unchanged)"
    assert "  web  1.5.0  2 of 2 healthy" in lines
    assert any("--endpoint-url http://127.0.0.1:4711 --region eu-west-1" in line for line in lines)
    assert lines[-4:-1] == [
        "  strata rehearse staging --image web=1.6.0 --fault web=unhealthy",
        "  strata rollout status staging --local",
        "  strata rehearse staging --stop",
    ]
    assert lines[-1] == "Servers are simulated: no application runs here."


def test_a_report_of_containers_speaks_of_tasks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first = RolloutTimeline("web", "", "1.5.0", (FleetSample(0, 2, 0, 2, 0),), 0, 4, unit=Unit.TASKS)
    state = ServiceState("web", "web", "1.5.0", 2, 2, unit=Unit.TASKS)
    rollouts = (RehearsedRollout(first, "SUCCESSFUL", "", None),)
    print_report(report(RehearsalOutcome.SUCCEEDED, rollouts=rollouts, services=(state,)), project=tmp_path)
    text = capsys.readouterr().out
    assert "  web: first deployment of 1.5.0 ended SUCCESSFUL" in text
    assert "never more than 2 tasks (ceiling 4)" in text
    assert "ecs list-clusters" in text
    assert "server" not in text.lower()
    assert text.splitlines()[-4] == "  strata rehearse staging --image web=1.6.0", "nothing was replaced yet"
    assert text.splitlines()[-1] == "Tasks are simulated: no application runs here."


def test_an_image_that_is_not_pinned_is_offered_in_no_other_version(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    built = ServiceState("web", "web", "0fe81595c095f046", 2, 2, unit=Unit.TASKS, pinned=False)
    print_report(report(RehearsalOutcome.SUCCEEDED, services=(built,)), project=tmp_path)
    assert "--image" not in capsys.readouterr().out


def test_the_json_of_a_report_has_exactly_the_documented_fields() -> None:
    document = report(RehearsalOutcome.ROLLED_BACK, errors=("it failed",)).document()
    assert {"stack", "outcome", "seconds", "endpoint", "changes", "rollouts"} <= set(document)
    assert document["outcome"] == "rolled-back"
    assert document["changes"] == {"created": 0, "updated": 2, "replaced": 0, "deleted": 0, "unchanged": 95}
    assert set(document["rollouts"][0]) == {
        "id",
        "service",
        "unit",
        "from",
        "to",
        "status",
        "reason",
        "floor",
        "ceiling",
        "lowest_healthy",
        "highest_total",
        "batches",
        "phases",
        "simulated_seconds",
    }
    assert RehearsalOutcome.ROLLED_BACK.exit_code == ExitCode.FAILED


def test_the_summary_says_what_is_not_the_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    drifted = ServiceState("web", "web", "1.6.0", 2, 2, ("2 servers on template version 2",))
    print_report(report(RehearsalOutcome.SUCCEEDED, services=(drifted,)), project=tmp_path)
    assert "  web: not the release: 2 servers on template version 2\n" in capsys.readouterr().out
    assert (
        drifted.deviations
        == report(RehearsalOutcome.SUCCEEDED, services=(drifted,)).document()["services"][0]["deviations"]
    )


def test_the_first_deployment_of_no_tasks_is_not_called_ended_before_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = RolloutTimeline("web", "", "1.5.0", (FleetSample(0, 0, 0, 0, 0),), 0, 0, unit=Unit.TASKS)
    state = ServiceState("web", "web", "nothing", 0, 0, unit=Unit.TASKS)
    rollouts = (RehearsedRollout(first, "IN_PROGRESS", "", None, ended=False),)
    print_report(report(RehearsalOutcome.SUCCEEDED, rollouts=rollouts, services=(state,)), project=tmp_path)
    text = capsys.readouterr().out
    assert "  web: first deployment of 1.5.0 was still IN_PROGRESS after 0:00 simulated; no task was wanted\n" in text


@pytest.mark.parametrize("version", ["sha256:0123456789ab", "0123456789ab"])
def test_an_image_that_nobody_has_named_is_offered_in_a_version_that_can_be_rehearsed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, version: str
) -> None:
    state = ServiceState("web", "shop", version, 2, 2, unit=Unit.TASKS)
    print_report(report(RehearsalOutcome.SUCCEEDED, services=(state,)), project=tmp_path)
    assert "strata rehearse staging --image shop=next --fault web=unhealthy" in capsys.readouterr().out
    plain = {"web": {"reference": f"registry.example.com/web@sha256:{'a' * 64}"}}
    (changed,) = wanted_container_pins(plain, {"web": "next"}).values()
    assert changed["reference"].startswith("registry.example.com/web:next@sha256:")


def test_a_report_names_the_images_that_were_made_up_and_whose_proof_nothing_backs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    made_up = (
        MadeUpImage("ami-0f3c51d29a7e84b61", "web", "1.4.2", "eu-west-1"),
        MadeUpImage("ami-0f3c51d29a7e84b62", "api", "2.0.0", "eu-west-1", "shop/staging"),
    )
    print_report(report(RehearsalOutcome.SUCCEEDED, made_up=made_up), project=tmp_path)
    said = [line.strip() for line in capsys.readouterr().out.splitlines() if "made up" in line]
    unknown = "only a real preview finds out whether AWS has it"
    assert said == [
        f"web 1.4.2 (ami-0f3c51d29a7e84b61) was made up in eu-west-1: {unknown}",
        (
            f"api 2.0.0 (ami-0f3c51d29a7e84b62) was made up in eu-west-1: {unknown}, and looks it up in the catalogue; "
            "that it ran in shop/staging is what its pin says"
        ),
    ]
    print_report(report(RehearsalOutcome.SUCCEEDED), project=tmp_path)
    assert "made up" not in capsys.readouterr().out


def test_what_a_rehearsal_says_to_run_next_reaches_what_was_rehearsed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = "`strata rollout history staging web` shows more; `pulumi up --refresh` sets it again"
    state = ServiceState(
        "web", "web", "1.5.0", 2, 2, deviations=(said,), way_back="`strata rollout rollback staging web`"
    )
    told = report(RehearsalOutcome.FAILED, services=(state,), errors=(said,))

    def show(*, as_json: bool) -> None:
        of_the_local_aws()
        if as_json:
            print_json(told.document())
            return
        print_report(told, project=tmp_path)
        with display(quiet=False) as shown:
            shown.say("warning", said)

    for as_json in (False, True):
        command = click.Command("rehearse", callback=show, params=[click.Option(["--as-json"], is_flag=True)])
        root = click.Group("strata", commands={"rehearse": command, "rollout": command_of("rollout")})
        root.main(["rehearse", *(["--as-json"] if as_json else [])], standalone_mode=False)
        out = capsys.readouterr().out
        assert out.count("`strata rollout history staging web --local` shows more") == (2 if as_json else 3)
        assert "`strata rehearse STACK --refresh` sets it again" in out
        assert "`strata rollout rollback staging web --now --local`" in out
        assert "pulumi up" not in out


def test_an_error_of_a_rehearsal_says_what_reaches_it(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UsageError("it runs", fix="See `strata rollout status staging`.")

    monkeypatch.setattr(location, "locate", refuse)
    assert run(["rehearse", "staging", "-C", str(project)]) == ExitCode.BAD_INPUT
    assert "fix: See `strata rollout status staging --local`." in capsys.readouterr().err
