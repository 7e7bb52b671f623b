"""`strata guard`: where the plan and the terms come from, and what it ends with."""

import json
import stat
from pathlib import Path

import pytest

from strata.cli.run import run
from strata.settings.dates import today
from strata.settings.recorded_terms import TERMS_OUTPUT
from strata_rehearsal.run.rehearsal_setup import OWNER_FILE
from tests.unit.guard.plans import of_stack, printed, step

Capture = pytest.CaptureFixture[str]


REFUSED = of_stack("live", printed(step("replace", "database", "orders", reasons=("dbName",))))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.json"
    file.write_text(REFUSED)
    return file


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return folder


def stack_file(project: Path, text: str) -> None:
    (project / "Pulumi.live.yaml").write_text(f"config:\n{text}")


def fake_pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> Path:
    """A `pulumi` on PATH that prints a plan and notes how it was called."""
    (folder / "answer").write_text(answer)
    script = folder / "pulumi"
    script.write_text(
        f'#!/bin/sh\ntest "$1" = version && echo v3.999.0 && exit\necho "$@" > {folder}/called\n'
        f'echo "${{PULUMI_ENABLE_STREAMING_JSON_PREVIEW-unset}} $PWD" >> {folder}/called\n'
        f"echo warming up >&2\necho error: broken >&2\ncat {folder}/answer\nexit {code}\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_ENABLE_STREAMING_JSON_PREVIEW", "1")
    return folder / "called"


def test_a_plan_made_elsewhere_needs_no_project_and_is_judged_by_the_strictest_stage(
    plan: Path, tmp_path: Path, capsys: Capture
):
    assert run(["guard", "live", "--plan", str(plan), "-C", str(tmp_path), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["stage"], told["outcome"]) == ("prod", "refused")


def test_the_stage_can_be_named_where_no_file_does(plan: Path, tmp_path: Path, capsys: Capture):
    arguments = ["guard", "live", "--plan", str(plan), "-C", str(tmp_path), "--stage", "dev"]
    assert run(arguments) == 0
    assert "warn    replace aws:rds/instance:Instance orders" in capsys.readouterr().out
    assert run([*arguments, "--strict"]) == 4


def test_the_stack_file_names_the_stage(plan: Path, project: Path, capsys: Capture):
    stack_file(project, "  strata:stage: dev\n")
    assert run(["guard", "live", "--plan", str(plan), "-C", str(project)]) == 0
    assert run(["guard", "live", "--plan", str(plan), "-C", str(project), "--stage", "prod"]) == 2
    assert "the stack file says stage dev" in capsys.readouterr().err


def test_a_stack_without_strata_can_have_overrides_that_it_exports(plan: Path, project: Path, capsys: Capture):
    allow = {"resource": "orders", "operation": "replace", "reason": "moved", "until": str(today())}
    own = step("same", "pulumi:pulumi:Stack", "shop-live", outputs={TERMS_OUTPUT: {"allow": [allow]}})
    replaced = step("replace", "database", "orders", reasons=("dbName",))
    plan.write_text(of_stack("live", printed(own, replaced)))
    stack_file(
        project,
        "  aws:region: eu-west-1\n  strata:guard:\n    allow:\n"
        f"      - {{ resource: orders, operation: replace, reason: moved, until: {today()} }}\n",
    )
    assert run(["guard", "live", "--plan", str(plan), "-C", str(project)]) == 0
    assert f"allowed by override until {today()}: moved" in capsys.readouterr().out


def test_a_stack_file_with_problems_is_bad_input(plan: Path, project: Path, capsys: Capture):
    stack_file(project, "  strata:guard: { allow: [{ resource: orders }] }\n")
    assert run(["guard", "live", "--plan", str(plan), "-C", str(project)]) == 2
    assert "strata:guard.allow[0].reason" in capsys.readouterr().err


def test_markdown_for_a_pull_request(plan: Path, tmp_path: Path, capsys: Capture):
    assert run(["guard", "live", "--plan", str(plan), "-C", str(tmp_path), "--markdown"]) == 3
    assert capsys.readouterr().out.startswith("### ⛔ `strata guard live`: refused\n")


@pytest.mark.parametrize("text", [None, "no plan at all", REFUSED[:-30]])
def test_a_file_without_a_plan_is_bad_input(text: str | None, tmp_path: Path):
    file = tmp_path / "other.json"
    if text is not None:
        file.write_text(text)
    assert run(["guard", "live", "--plan", str(file), "-C", str(tmp_path)]) == 2


@pytest.mark.parametrize("option", ["--local", "--destroy"])
def test_a_plan_made_elsewhere_is_not_made_here_too(option: str, plan: Path):
    assert run(["guard", "live", "--plan", str(plan), option]) == 2


def test_the_persons_own_pulumi_makes_the_plan(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    stack_file(project, "  aws:region: eu-west-1\n")
    called = fake_pulumi(tmp_path, monkeypatch, REFUSED, 0)
    assert run(["guard", "live", "-C", str(project)]) == 3
    assert "refuse  replace" in capsys.readouterr().out
    assert called.read_text().splitlines() == [
        "preview --stack live --non-interactive --color never --json --show-replacement-steps --show-sames",
        f"unset {project}",
    ]
    assert run(["guard", "live", "-C", str(project), "--destroy"]) == 3
    assert called.read_text().startswith("destroy --preview-only --stack live ")


def test_a_preview_that_fails_is_never_allowed(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    stack_file(project, "  aws:region: eu-west-1\n")
    fake_pulumi(tmp_path, monkeypatch, of_stack("live", printed(step("create", "database"))), 255)
    assert run(["guard", "live", "-C", str(project)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("live: plan incomplete\n")
    assert "error: broken" in out


def test_without_pulumi_the_other_way_is_named(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture):
    stack_file(project, "  aws:region: eu-west-1\n")
    monkeypatch.setenv("PATH", str(project))
    monkeypatch.setenv("XDG_CACHE_HOME", str(project))
    assert run(["guard", "live", "-C", str(project)]) == 1
    assert "--plan FILE" in capsys.readouterr().err


def executable(file: Path, script: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def test_the_pulumi_that_doctor_shows_makes_the_plan_and_not_an_old_one_on_path(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    stack_file(project, "  aws:region: eu-west-1\n")
    old = executable(tmp_path / "old" / "pulumi", 'test "$1" = version && echo v3.100.0 && exit\nexit 9')
    answer = tmp_path / "answer"
    answer.write_text(REFUSED)
    executable(
        tmp_path / "cache" / "strata" / "pulumi" / "3.999.0" / "bin" / "pulumi",
        f'test "$1" = version && echo v3.999.0 && exit\ncat {answer}',
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    assert run(["guard", "live", "-C", str(project)]) == 3
    told = capsys.readouterr()
    assert "refuse  replace" in told.out
    assert "3.100.0" in told.err, "why the one on PATH is not used"


@pytest.mark.parametrize(
    "said,way_out",
    [
        ("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", "pulumi login"),
        ("error: no stack named 'live' found", "pulumi stack init"),
        ("error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE", "Set PULUMI_CONFIG_PASSPHRASE"),
        ("error: incorrect passphrase", "Set PULUMI_CONFIG_PASSPHRASE"),
    ],
)
def test_without_a_login_or_a_stack_it_says_what_to_do(
    said: str, way_out: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    stack_file(project, "  aws:region: eu-west-1\n")
    executable(
        tmp_path / "bin" / "pulumi", f'test "$1" = version && echo v3.999.0 && exit\necho "{said}" >&2\nexit 255'
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert run(["guard", "live", "-C", str(project)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("live: plan incomplete\n")
    assert way_out in out
    assert "no changes" not in out
    assert "what would change is not known" in out
    assert run(["guard", "live", "-C", str(project), "--json"]) == 1
    assert way_out in "".join(json.loads(capsys.readouterr().out)["fixes"])


@pytest.mark.parametrize("text", ["", '{"steps": [], "changeSummary": {}}', '{"steps": [], "maybeCorrupt": true}'])
def test_an_incomplete_plan_is_never_no_changes(
    text: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    stack_file(project, "  aws:region: eu-west-1\n")
    fake_pulumi(tmp_path, monkeypatch, text, 1)
    assert run(["guard", "live", "-C", str(project), "--markdown"]) == 1
    assert "no changes" not in capsys.readouterr().out


@pytest.mark.parametrize("destroy", [[], ["--destroy"]])
def test_after_the_local_aws_was_killed_a_local_plan_is_not_allowed_but_impossible(
    destroy: list[str], project: Path, capsys: Capture
):
    """It said "allowed, 125 changes": a plan against an empty AWS."""
    stack_file(project, "  aws:region: eu-west-1\n")
    (project / "__main__.py").touch()
    owner = project / ".strata" / "pulumi" / OWNER_FILE
    owner.parent.mkdir(parents=True)
    owner.write_text("of a local AWS that does not run")
    assert run(["guard", "live", "--local", *destroy, "-C", str(project)]) == 1
    told = capsys.readouterr()
    assert "the local AWS has stopped" in told.err
    assert "strata rehearse live" in told.err
    assert told.out == ""


def test_the_plan_of_another_stack_is_not_judged_by_this_ones_file(plan: Path, project: Path, capsys: Capture):
    (project / "Pulumi.test.yaml").write_text("config:\n  strata:stage: dev\n")
    assert run(["guard", "test", "--plan", str(plan), "-C", str(project)]) == 2
    assert "the plan is of stack live, not test" in capsys.readouterr().err
