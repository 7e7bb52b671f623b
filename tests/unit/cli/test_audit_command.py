"""`strata audit`: what it shows of a stack, from a project and from an empty folder, and what it ends with."""

import json
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.naming import veto_name
from strata.rollout.record import NOTHING_PROVEN
from tests.unit.rollback.past import RECORD, failed_first, release, write_record

Capture = pytest.CaptureFixture[str]
VETO = '{"reason": "loses | orders", "by": "arn:aws:iam::1:user/ann", "at": "%s"}'


def audit(folder: Path, capsys: Capture, *options: str, stack: str = "acme/shop/prod") -> tuple[int, str]:
    code = run(["audit", stack, "-C", str(folder), *options])
    told = capsys.readouterr()
    return code, told.out + told.err


def rolled_back(ssm: Any) -> None:
    write_record(ssm, *(release(each).to_json() for each in ("1.0.0", "1.1.0", "1.0.0")))


def test_an_empty_folder_the_full_name_and_credentials_are_enough(ssm: Any, tmp_path: Path, capsys: Capture):
    rolled_back(ssm)
    code, said = audit(tmp_path, capsys)
    assert code == 0
    title, first, second, third, *rest = said.splitlines()
    assert title.startswith("shop/prod, ")
    assert [line.split()[4] for line in (first, second, third)] == ["release", "release", "rollback"]
    assert second.endswith("web d-1.1.0 ami-1.1.0; left by a rollback")
    assert rest[:2] == ["Changes: 2.", "Change failure rate: 1 of 2, 50%."]
    assert any(line.startswith("Time to restore: median ") for line in rest)


def test_a_program_gets_figures_and_events(ssm: Any, tmp_path: Path, capsys: Capture):
    rolled_back(ssm)
    code, said = audit(tmp_path, capsys, "--json")
    found = json.loads(said)
    assert code == 0
    assert (found["project"], found["stack"], found["services"], found["complete"]) == ("shop", "prod", ["web"], True)
    assert [each["kind"] for each in found["events"]] == ["release", "release", "rollback"]
    assert found["metrics"] | {"median_seconds_to_restore": 0, "longest_seconds_to_restore": 0} == {
        "change_count": 2,
        "failed_changes": 1,
        "change_failure_rate": 0.5,
        "rollbacks": 1,
        "restored": 1,
        "not_restored": 0,
        "median_seconds_to_restore": 0,
        "longest_seconds_to_restore": 0,
    }


def test_a_page_for_a_reviewer_keeps_what_people_wrote_in_its_cells(ssm: Any, tmp_path: Path, capsys: Capture):
    rolled_back(ssm)
    moment = ssm.get_parameter(Name=RECORD)["Parameter"]["LastModifiedDate"].isoformat()
    ssm.put_parameter(Name=veto_name(RECORD, "1.1.0"), Value=VETO % moment, Type="String")
    code, said = audit(tmp_path, capsys, "--markdown")
    assert code == 0
    assert said.startswith("# Audit of shop/prod\n")
    rows = [line for line in said.splitlines() if line.startswith("| 20")]
    assert len(rows) == 4
    assert any(r"| veto | 1.1.0 | arn:aws:iam::1:user/ann | loses \| orders |" in row for row in rows)
    assert any("| release, failed | 1.1.0 |" in row for row in rows)


def test_outside_the_period_nothing_happened_and_what_is_no_longer_kept_is_said(
    ssm: Any, tmp_path: Path, capsys: Capture
):
    rolled_back(ssm)
    code, said = audit(tmp_path, capsys, "--from", "2020-01-01", "--to", "2020-01-31", "--strict")
    assert code == 4
    assert "Nothing is known to have happened." in said
    assert "Changes: none, so there is no change failure rate." in said
    assert "Missing: web: failed rollouts before " in said


def test_a_service_that_was_never_released_is_not_counted_among_those_looked_at(
    ssm: Any, tmp_path: Path, capsys: Capture
):
    rolled_back(ssm)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(
        "config:\n  aws:region: eu-west-1\n  strata:stage: dev\n"
        "  strata:images: {api: {version: 1.0.0}}\n  strata:services: {api: {capacity: {min: 1, max: 2}}}\n"
    )
    code, said = audit(tmp_path, capsys, "--json", stack="prod")
    found = json.loads(said)
    assert code == 0
    assert (found["services"], found["never_released"]) == (["web"], ["api"])


def test_a_service_of_which_nothing_is_proven_has_a_gap(ssm: Any, tmp_path: Path, capsys: Capture):
    write_record(ssm, NOTHING_PROVEN)
    code, said = audit(tmp_path, capsys, "--strict")
    assert code == 4
    assert "web: nothing was ever proven" in said


@pytest.mark.parametrize(
    "options, wrong",
    [
        (("api",), "shop/prod has no service 'api' in eu-west-1"),
        (("--from", "soon"), "--from must be a day or a moment, got 'soon'"),
        (("--json", "--markdown"), "--markdown and --json are both given"),
    ],
)
def test_bad_input_is_one_error(ssm: Any, tmp_path: Path, capsys: Capture, options: tuple[str, ...], wrong: str):
    rolled_back(ssm)
    code, said = audit(tmp_path, capsys, *options)
    assert code == 2
    assert wrong in said


def test_a_stack_of_which_nothing_is_known_is_bad_input(ssm: Any, tmp_path: Path, capsys: Capture):
    del ssm
    code, said = audit(tmp_path, capsys)
    assert code == 2
    assert "shop/prod has no service in eu-west-1: no release record, and none in a stack file" in said


def test_a_note_of_what_ran_once_that_cannot_be_read_is_a_gap(ssm: Any, tmp_path: Path, capsys: Capture):
    write_record(ssm, release("1.0.0").to_json())
    name = "/strata/shop/prod/web/once/migrate/d-1.0.0"
    ssm.put_parameter(Name=name, Value="hello", Type="String")
    code, said = audit(tmp_path, capsys, "--strict", "--json")
    found = json.loads(said)
    assert (code, found["complete"]) == (4, False)
    gap = f"web: {name} is no note of what runs once: 'hello', so what became of it is not known."
    assert gap in found["gaps"]


def test_what_ran_once_before_a_first_release_that_never_came_happened(ssm: Any, tmp_path: Path, capsys: Capture):
    failed_first(ssm)
    code, said = audit(tmp_path, capsys, "--json", "--from", "2026-11-01", "--to", "2026-11-02")
    found = json.loads(said)
    assert code == 0
    assert [(each["service"], each["kind"], each["version"]) for each in found["events"]] == [
        ("web", "failed run-once task", "1.0.0")
    ]
    assert found["services"] == ["web"]
