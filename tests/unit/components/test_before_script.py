"""What runs once before a playbook: its script in a real shell, with a Parameter Store that is a folder."""

import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from strata.components.maintained_fleet.before_script import before_script
from strata.settings.models import PlaybookBeforeSettings, PlaybookSettings

from .scripted_server import ScriptedServer

MIGRATE = PlaybookBeforeSettings(name="migrate", file="migrate.yml", timeout_seconds=600)
PLAYBOOK = PlaybookSettings(repository="shop/servers", commit="c0" * 20, before=MIGRATE)
NOTE = "/strata/shop/prod/legacy/once/migrate/0123456789abcdef"
SCRIPT = before_script(PLAYBOOK, MIGRATE, note=NOTE, region="eu-west-1")

# the shell makes a file only if it is not there, as Parameter Store makes a parameter
AWS = """\
store={store}
echo "$@" >> "$store/calls"
[ "$1 $3 $4 $5 $6" = "ssm --region eu-west-1 --name {note}" ] || exit 64
case "$2" in
  get-parameter)
    [ "$7 $8 $9" = "--query Parameter.Value --output" ] || exit 64
    [ -f "$store/note" ] || {{ echo "(ParameterNotFound) when calling the GetParameter operation" >&2; exit 254; }}
    cat "$store/note" ;;
  put-parameter)
    [ "$7 $8 ${{10}}" = "--type String --value" ] || exit 64
    case "$9" in
      --no-overwrite)
        (set -C; printf '%s' "${{11}}" > "$store/made.$$")
        ln "$store/made.$$" "$store/note" 2>/dev/null && exit 0
        echo "(ParameterAlreadyExists) when calling the PutParameter operation" >&2; exit 254 ;;
      --overwrite) printf '%s' "${{11}}" > "$store/ended.$$" && mv "$store/ended.$$" "$store/note" ;;
    esac ;;
esac
"""


@dataclass
class Fleet:
    """Servers that run the script, and the one note that they share.

    Args:
        folder: where.
    """

    folder: Path

    def __post_init__(self) -> None:
        self.store = self.folder / "store"
        self.store.mkdir()
        self.first = self.server("i-1")
        self.first.program("aws", AWS.format(store=self.store, note=NOTE))
        self.first.program("ansible-playbook", f'echo "$AWS_SSM_INSTANCE_ID $@" >> {self.store}/runs')

    def server(self, name: str) -> ScriptedServer:
        place = self.folder / name
        place.mkdir()
        (place / "migrate.yml").write_text("- hosts: all\n")
        return ScriptedServer(place, self.folder / "bin", name)

    def run(self) -> CompletedProcess[str]:
        return self.first.run(SCRIPT)

    @property
    def runs(self) -> list[str]:
        place = self.store / "runs"
        return place.read_text().splitlines() if place.exists() else []

    @property
    def note(self) -> dict[str, Any]:
        return json.loads((self.store / "note").read_text())

    def noted(self, **values: Any) -> None:
        """What another server has noted."""
        other = {
            "phase": "running",
            "server": "i-9",
            "began": "2026-11-30T10:00:00Z",
            "until": int(time.time()) + 600,
            "token": "i-9-7-1",
            "ended": "",
            "reason": "",
        }
        (self.store / "note").write_text(json.dumps({**other, **values}))


@pytest.fixture
def fleet(tmp_path) -> Fleet:
    return Fleet(tmp_path)


def test_the_first_server_runs_it_and_notes_that_it_has_succeeded(fleet):
    done = fleet.run()
    assert done.returncode == 0, done.stderr
    assert fleet.runs == ["i-1 -i localhost, -c local -e @strata-variables.json migrate.yml"]
    note = fleet.note
    assert (note["phase"], note["server"], note["reason"]) == ("succeeded", "i-1", "")
    assert note["began"] <= note["ended"]


def test_it_is_noted_before_it_runs(fleet):
    fleet.first.program("ansible-playbook", f"cp {fleet.store}/note {fleet.store}/during; echo x >> {fleet.store}/runs")
    assert fleet.run().returncode == 0
    during = json.loads((fleet.store / "during").read_text())
    assert (during["phase"], during["server"], during["ended"]) == ("running", "i-1", "")
    # the time it may take, and that in which it is killed and noted
    assert 600 + 90 - 60 < during["until"] - time.time() <= 600 + 90


def test_the_next_server_does_not_run_it_and_nor_does_the_same_one_again(fleet):
    assert [each.run(SCRIPT).returncode for each in (fleet.first, fleet.server("i-2"), fleet.first)] == [0, 0, 0]
    assert len(fleet.runs) == 1


def test_five_servers_at_once_run_it_once_and_all_go_on(fleet):
    # none of them makes the note before all have found none
    arrived = fleet.store / "arrived"
    arrived.mkdir()
    until_all = f"touch {arrived}/$AWS_SSM_INSTANCE_ID; while [ $(ls {arrived} | wc -l) -lt 5 ]; do :; done"
    aws = (fleet.first.bin / "aws").read_text()
    fleet.first.program("aws", aws.replace("|| {", f"|| {{ {until_all};"))
    servers = [fleet.first, *(fleet.server(f"i-{number}") for number in range(2, 6))]
    begun = [each.begin(SCRIPT) for each in servers]
    ended = [each.end(process) for each, process in zip(servers, begun, strict=True)]
    assert [each.returncode for each in ended] == [0] * 5, [each.stderr for each in ended]
    assert len(fleet.runs) == 1
    puts = [each for each in (fleet.store / "calls").read_text().splitlines() if "put-parameter" in each]
    assert sorted(" --no-overwrite " in each for each in puts) == [False, *[True] * 5]


def test_a_server_waits_for_the_end_on_another_one(fleet):
    fleet.noted()
    done = json.dumps({"phase": "succeeded", "server": "i-9"})
    fleet.first.program(
        "sleep",
        f"cd {fleet.store}; echo $1 >> slept; [ $(wc -l < slept) -lt 3 ] || echo '{done}' > note",
    )
    assert fleet.run().returncode == 0
    assert (fleet.store / "slept").read_text().split() == ["10"] * 3
    assert not fleet.runs


def test_what_failed_elsewhere_fails_here_and_is_not_run(fleet):
    fleet.noted(phase="failed", ended="2026-11-30T10:05:00Z", reason="ansible-playbook ended with 2")
    done = fleet.run()
    assert done.returncode == 1
    assert "migrate has failed on i-9 at 2026-11-30T10:05:00Z: ansible-playbook ended with 2" in done.stderr
    assert f"aws ssm delete-parameter --name {NOTE}" in done.stderr
    assert not fleet.runs


@pytest.mark.parametrize(
    "ends, reason",
    [("exit 2", "ansible-playbook ended with 2"), ("kill -9 $$", "migrate took longer than 600 seconds")],
)
def test_a_failure_is_noted_and_no_server_tries_again(fleet, ends, reason):
    fleet.first.program("ansible-playbook", f"echo x >> {fleet.store}/runs; {ends}")
    done = fleet.run()
    assert (done.returncode, fleet.note["phase"], fleet.note["reason"]) == (1, "failed", reason)
    assert f"migrate has failed: {reason}" in done.stderr
    assert fleet.server("i-2").run(SCRIPT).returncode == 1
    assert len(fleet.runs) == 1


def test_what_takes_too_long_is_stopped_and_has_failed(fleet):
    fleet.first.program("timeout", f'echo "$@" > {fleet.store}/timeout; exit 124')
    assert fleet.run().returncode == 1
    assert (fleet.store / "timeout").read_text().startswith("-k 30 600 ansible-playbook ")
    assert fleet.note["reason"] == "migrate took longer than 600 seconds"


def test_a_lease_that_has_ended_is_taken_by_nobody(fleet):
    fleet.noted(until=int(time.time()) - 61)
    done = fleet.run()
    assert done.returncode == 1
    assert "migrate was begun on i-9 at 2026-11-30T10:00:00Z; its end was not seen" in done.stderr
    assert not fleet.runs
    assert fleet.note["phase"] == "running"


def test_a_server_that_was_restarted_while_it_ran_does_not_run_it_again(fleet):
    fleet.noted(server="i-1", until=int(time.time()) - 61)
    assert fleet.run().returncode == 1
    assert not fleet.runs


def test_whose_answer_was_lost_knows_its_own_note(fleet):
    """The AWS CLI repeats what was not answered, and is told that the parameter is there."""
    aws = (fleet.first.bin / "aws").read_text().replace("&& exit 0", "|| true")
    fleet.first.program("aws", aws)
    assert fleet.run().returncode == 0
    assert len(fleet.runs) == 1


def test_a_permission_that_does_not_hold_yet_is_waited_for_and_one_that_is_missing_fails(fleet):
    aws = (fleet.first.bin / "aws").read_text()
    refuse = "echo '(AccessDeniedException) when calling the GetParameter operation' >&2; exit 254"
    calls = fleet.store / "calls"
    fleet.first.program("aws", f'[ $(wc -l < {calls}) -ge 3 ] || {{ echo "$@" >> {calls}; {refuse}; }}\n{aws}')
    calls.write_text("")
    assert fleet.run().returncode == 0
    assert len(fleet.runs) == 1
    fleet.first.program("aws", refuse)
    done = fleet.run()
    assert (done.returncode, done.stderr.strip()) == (
        1,
        "(AccessDeniedException) when calling the GetParameter operation",
    )


@pytest.mark.parametrize("value", ["", "nothing", '{"phase": "done"}'])
def test_a_note_that_cannot_be_read_is_taken_for_nothing(fleet, value):
    (fleet.store / "note").write_text(value)
    done = fleet.run()
    assert done.returncode == 1
    assert f"the parameter {NOTE} cannot be read as a note" in done.stderr
    assert not fleet.runs


def test_an_end_that_cannot_be_noted_fails(fleet):
    fleet.first.program(
        "aws", (fleet.first.bin / "aws").read_text().replace("--overwrite) ", "--overwrite) exit 255; ")
    )
    done = fleet.run()
    assert done.returncode == 1
    assert f"migrate has ended, and that could not be written to {NOTE}: succeeded" in done.stderr


@pytest.mark.parametrize("without, said", [("aws", "the AWS CLI is not installed"), ("ansible-playbook", "bake it")])
def test_a_program_that_is_not_in_the_image_is_said(fleet, monkeypatch, without, said):
    tools = fleet.folder / "tools"
    tools.mkdir()
    for name in ("sh", "date", "uname", "sed", "base64", "cat", "ln"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (fleet.first.bin / without).unlink()
    monkeypatch.setenv("PATH", os.fspath(tools))
    done = fleet.run()
    assert done.returncode == 1
    assert said in done.stderr
    assert not (fleet.store / "note").exists()


def test_a_playbook_that_is_not_there_is_said_and_not_noted(fleet):
    (fleet.first.folder / "migrate.yml").unlink()
    done = fleet.run()
    assert (done.returncode, done.stderr) == (1, "there is no migrate.yml in what was downloaded\n")
    assert not (fleet.store / "note").exists()


def test_systems_manager_finds_nothing_to_replace_in_it():
    assert "{{" not in SCRIPT


def test_it_gets_the_variables_of_the_playbook(fleet):
    playbook = PLAYBOOK.model_copy(update={"variables": {"database": 'it\'s "x"'}})
    fleet.first.program("ansible-playbook", f"cp strata-variables.json {fleet.store}/variables")
    assert fleet.first.run(before_script(playbook, MIGRATE, note=NOTE, region="eu-west-1")).returncode == 0
    variables: Mapping[str, str] = json.loads((fleet.store / "variables").read_text())
    assert variables == playbook.variables
