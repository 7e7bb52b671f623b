"""`strata rollout history`: what it shows, from a project and from an empty folder, and what it ends with."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.cli.run import run
from strata.naming import revocation_name, veto_name
from strata.rollout.once_note import OnceNote
from strata.rollout.record import NOTHING_PROVEN
from strata.rollout.tasks.once_driver import OnceDriver
from strata.settings.models import RunOnceSettings
from tests.unit.rollback.past import RECORD, failed_first, release, write_record

Capture = pytest.CaptureFixture[str]
WHOLE = "acme/shop/prod"


def history(folder: Path, capsys: Capture, *options: str, stack: str = WHOLE) -> tuple[int, str]:
    code = run(["rollout", "history", stack, "web", "-C", str(folder), *options])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_an_empty_folder_the_full_name_and_credentials_are_enough(ssm: Any, tmp_path: Path, capsys: Capture):
    write_record(ssm, release("1.0.0").to_json(), release("1.1.0").to_json())
    ssm.put_parameter(Name=veto_name(RECORD, "1.0.0"), Value="loses orders", Type="String")
    code, said = history(tmp_path, capsys)
    assert code == 0
    first, second, limit = said.splitlines()
    assert "1.1.0" in first
    assert "recorded now" in first
    assert "runs" not in said, "of what runs nothing was asked"
    assert "1.0.0" in second
    assert "vetoed for this service: loses orders" in second
    assert limit == "Failed rollouts are kept for six weeks."


def test_a_program_gets_every_release_with_what_forbids_it(ssm: Any, tmp_path: Path, capsys: Capture):
    write_record(ssm, release("1.0.0").to_json(), release("1.1.0", number=2).to_json())
    ssm.put_parameter(Name=revocation_name("web", "1.0.0"), Value='{"reason": "leaks", "by": "me"}', Type="String")
    code, said = history(tmp_path, capsys, "--json")
    found = json.loads(said)
    assert code == 0
    assert (found["project"], found["stack"], found["service"], found["complete"]) == ("shop", "prod", "web", True)
    newest, oldest = found["releases"]
    assert {key: newest[key] for key in ("version", "image_id", "digest", "record_version", "current", "revoked")} == {
        "version": "1.1.0",
        "image_id": "ami-1.1.0",
        "digest": "d-1.1.0",
        "record_version": 2,
        "current": True,
        "revoked": None,
    }
    assert oldest["revoked"] == "leaks (me)"
    assert found["failed_rollouts"] == []


def test_a_service_without_a_record_is_bad_input_and_says_where_was_looked(ssm: Any, tmp_path: Path, capsys: Capture):
    del ssm
    code, said = history(tmp_path, capsys)
    assert code == 2
    assert f"there is no release record {RECORD} in eu-west-1" in said


def test_a_service_of_which_nothing_is_proven_says_so(ssm: Any, tmp_path: Path, capsys: Capture):
    write_record(ssm, NOTHING_PROVEN)
    assert history(tmp_path, capsys) == (0, "web: nothing is proven to run\n")


def test_a_record_that_cannot_be_read_is_not_called_an_absent_one(ssm: Any, tmp_path: Path, capsys: Capture):
    write_record(ssm, release("1.0.0").to_json(), release("1.1.0").to_json(), "{")
    code, said = history(tmp_path, capsys)
    assert code == 2
    assert "1.1.0" in said
    assert "recorded now" not in said
    assert f"web: version 3 of {RECORD} is no release record: '{{'" in said
    assert "nothing is proven" not in said
    code, said = history(tmp_path, capsys, "--json")
    found = json.loads(said)
    assert code == 2
    assert found["unreadable"].startswith(f"version 3 of {RECORD} is no release record: '{{'")
    assert [each["current"] for each in found["releases"]] == [False, False]


@pytest.mark.parametrize("stack", ["prod", "acme/prod", "a/b/c/d", "acme/shop/.."])
def test_without_a_project_the_stack_is_named_in_full(ssm: Any, tmp_path: Path, capsys: Capture, stack: str):
    del ssm
    code, said = history(tmp_path, capsys, stack=stack)
    assert code == 2
    assert "Write ORGANISATION/PROJECT/STACK" in said


def test_a_stack_file_that_is_wrong_does_not_keep_anybody_from_looking(ssm: Any, tmp_path: Path, capsys: Capture):
    write_record(ssm, release("1.0.0").to_json())
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  aws:region: eu-west-1\n  strata:stage: nonsense\n")
    code, said = history(tmp_path, capsys, stack="prod")
    assert code == 0
    assert "1.0.0" in said
    assert "warning: Pulumi.prod.yaml has" in said


def test_a_service_that_is_misspelled_is_answered_with_those_there_are(ssm: Any, tmp_path: Path, capsys: Capture):
    del ssm
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(
        "config:\n  aws:region: eu-west-1\n  strata:stage: dev\n"
        "  strata:images: {api: {version: 1.0.0}}\n  strata:services: {api: {capacity: {min: 1, max: 2}}}\n"
    )
    code, said = history(tmp_path, capsys, stack="prod")
    assert code == 2
    assert "no service is called 'web' in prod" in said
    assert "Use one of: api." in said


@pytest.mark.parametrize("value", ["hello", '{"attempt": "x"}'])
def test_a_note_of_what_ran_once_that_cannot_be_read_is_said(ssm: Any, tmp_path: Path, capsys: Capture, value: str):
    write_record(ssm, release("1.0.0").to_json(), release("1.1.0").to_json())
    name = "/strata/shop/prod/web/once/migrate/d-1.1.0"
    ssm.put_parameter(Name=name, Value=value, Type="String")
    code, said = history(tmp_path, capsys)
    assert code == 2
    assert f"web: {name} is no note of what runs once: {value!r}" in said
    code, said = history(tmp_path, capsys, "--json")
    found = json.loads(said)
    assert (code, found["complete"], found["run_once"]) == (2, False, [])
    assert found["unreadable_run_once"] == [f"{name} is no note of what runs once: {value!r}"]


def test_what_ran_once_before_a_first_release_that_never_came_is_history(ssm: Any, tmp_path: Path, capsys: Capture):
    failed_first(ssm)
    code, said = history(tmp_path, capsys)
    assert code == 0
    assert "migrate failed; compatible: both; by ann; exited with 1" in said
    assert said.endswith("web: nothing is proven to run\n")
    code, said = history(tmp_path, capsys, "--json")
    found = json.loads(said)
    assert (code, found["releases"]) == (0, [])
    assert [(each["version"], each["phase"]) for each in found["run_once"]] == [("1.0.0", "failed")]


TASK = "arn:aws:ecs:eu-west-1:123456789012:task/apps/0a1b"
UNSEEN = "migrate was begun, and its end was not seen; compatible: both; by ann; "
STATES: dict[str, tuple[str, Any, str, str]] = {
    "no task": ("", None, "unknown", f"{UNSEEN}nothing was noted that runs it either"),
    "forgotten": (TASK, None, "unknown", f"{UNSEEN}ECS does not know task 0a1b any more"),
    "without its cluster": (
        *(TASK, ClientError({"Error": {"Code": "ClusterNotFoundException"}}, "DescribeTasks"), "unknown"),
        f"{UNSEEN}ECS does not know task 0a1b any more",
    ),
    "not to be looked at": (
        *(TASK, ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeTasks"), "unknown"),
        f"{UNSEEN}ECS does not let anybody look at task 0a1b here",
    ),
    "running": (
        *(TASK, SimpleNamespace(status="PENDING", exits={}), "running"),
        "migrate running; compatible: both; by ann; task 0a1b is PENDING",
    ),
    "over": (
        *(TASK, SimpleNamespace(status="STOPPED", exits={"web": (1, "")}), "unknown"),
        f"{UNSEEN}task 0a1b has ended since, exit code 1: the next `pulumi up` notes that",
    ),
    "over before it ran": (
        *(TASK, SimpleNamespace(status="STOPPED", exits={"web": (None, "CannotPull")}), "unknown"),
        f"{UNSEEN}task 0a1b has ended since, CannotPull: the next `pulumi up` notes that",
    ),
}


@pytest.mark.parametrize("known", STATES)
def test_of_what_nobody_has_noted_an_end_is_said_what_ecs_knows(
    ssm: Any, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, known: str
):
    unit, answer, phase, expected = STATES[known]

    def once_task(_driver: Any, cluster: str, task: str) -> Any:
        assert (cluster, task) == ("apps", TASK)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(OnceDriver, "once_task", once_task)
    settings, image = RunOnceSettings(name="migrate", command=("migrate",)), release("1.1.0").image
    note = OnceNote.begun(settings, image, "d-1.1.0", at="2026-11-01T10:00:00Z", by="ann")
    ssm.put_parameter(Name=note.name(RECORD), Value=replace(note, unit=unit).to_json(), Type="String")
    write_record(ssm, release("1.0.0").to_json())
    code, said = history(tmp_path, capsys)
    assert code == 0
    (line,) = [each for each in said.splitlines() if "migrate" in each]
    assert line.startswith("2026-11-01 10:00")
    assert line.endswith(expected)
    (told,) = json.loads(history(tmp_path, capsys, "--json")[1])["run_once"]
    assert (told["phase"], told["ended"]) == (phase, None)
    assert told["reason"] == expected.rpartition("by ann; ")[2]
