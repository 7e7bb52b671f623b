"""A difference that is accepted does not count until its day, as long as it is the same."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from strata.cli.run import run
from strata.drift import drift_recording, stack_drift
from strata.drift.acceptance_file import open_acceptance_file
from strata.drift.drift_recording import MOST_DAYS, last_day
from strata.drift.stack_drift import look_at_stack
from strata.errors import SettingsError, UsageError
from strata.healing.healed_stack import plan_place
from strata.rollout.stack_place import StackPlace
from strata.settings.models import FleetChangeSettings, MaintainedFleetSettings, PlaybookSettings
from tests.unit.drift.drifting_fleet import DAY, GROUP, DriftingFleet
from tests.unit.healing.healing_ground import HealingGround

Capture = pytest.CaptureFixture[str]
FILE = "Pulumi.prod.drift.yaml"
LEAST, MOST = f"group-settings:{GROUP}/MinSize", f"group-settings:{GROUP}/MaxSize"


@pytest.fixture
def place(fleet: DriftingFleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackPlace:
    """The stack of the fleet, in a project; commands find it."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  strata:stage: staging\n")
    found = replace(HealingGround(fleet).place, folder=tmp_path)
    clients = found.clients

    def client(service: str):
        return fleet.aws.sts if service == "sts" else clients(service)

    found = replace(found, clients=client)
    for module in (drift_recording, stack_drift):
        monkeypatch.setattr(module, "place_to_compare", lambda *_, **__: found)
    return found


def record(*more: str) -> int:
    return run(["drift", "prod", "web", *more, "--reason", "the flash  sale", "--expires", "7d"])


def days_ahead(fleet: DriftingFleet, days: int) -> date:
    return datetime.fromtimestamp(fleet.aws.clock.now(), UTC).date() + timedelta(days=days)


def test_what_is_accepted_does_not_count_and_is_shown_with_its_terms(
    place: StackPlace, fleet: DriftingFleet, capsys: Capture
):
    fleet.update(MinSize=1, MaxSize=20)
    assert run(["drift", "prod"]) == 5
    capsys.readouterr()
    assert record("--record", LEAST) == 0
    assert f"accepted {LEAST} of web until {days_ahead(fleet, 7)}" in capsys.readouterr().out
    assert run(["drift", "prod", "--json"]) == 5
    (service,) = json.loads(capsys.readouterr().out)["services"]
    assert [each["key"] for each in service["findings"]] == [MOST]
    (accepted,) = service["accepted"]
    assert (accepted["key"], accepted["reason"]) == (LEAST, "the flash sale")
    assert accepted["by"].startswith("arn:aws:")
    assert accepted["expires"] == str(days_ahead(fleet, 7))
    assert record("--record", "group-settings") == 0
    capsys.readouterr()
    assert run(["drift", "prod", "--strict"]) == 0
    said = capsys.readouterr().out
    assert "web: 1.0.0, 3 servers compared: no further drift, 2 accepted\n" in said
    assert f"  accepted: group-settings  {GROUP}  has MinSize 1, and the stack file wants 2; until " in said


def test_it_counts_again_after_its_day_and_when_it_is_another_one(
    place: StackPlace, fleet: DriftingFleet, capsys: Capture
):
    fleet.update(MinSize=1)
    assert record("--record", LEAST) == 0
    fleet.update(MinSize=0)
    capsys.readouterr()
    assert run(["drift", "prod"]) == 5
    assert "has MinSize 0, and the stack file wants 2; it was accepted as " in capsys.readouterr().out
    fleet.update(MinSize=1)
    assert run(["drift", "prod"]) == 0
    capsys.readouterr()
    (before,) = open_acceptance_file(place.folder or Path(), "prod").accepted
    over = (fleet.aws.clock.now() // DAY + 8) * DAY
    fleet.aws.clock.time = over - 1
    (still,) = look_at_stack(place, "prod", None).services
    assert [each.entry for each in still.accepted] == [before]
    fleet.aws.clock.time = over
    again = [each for each in look_at_stack(place, "prod", None).findings if each.key == LEAST]
    assert [each.was_accepted for each in again] == [f"was accepted {before.terms}; that is over"]


def test_what_is_accepted_in_a_server_is_stale_only_where_servers_were_asked(
    place: StackPlace, fleet: DriftingFleet, capsys: Capture
):
    server = fleet.servers[0]
    fleet.aws.admin("contents", instance=server, differences=[["config", "/etc/app.conf", "0123", "4567"]])
    assert record("--record", f"contents:{server}") == 2
    assert record("--record", f"contents:{server}", "--deep") == 0
    (entry,) = open_acceptance_file(place.folder or Path(), "prod").accepted
    assert (entry.key, entry.expected, entry.found) == (f"contents:{server}/config:/etc/app.conf", "0123", "4567")
    assert run(["drift", "prod", "--deep", "--strict"]) == 0
    fleet.aws.admin("contents", instance=server)
    assert run(["drift", "prod", "--strict"]) == 0
    assert run(["drift", "prod", "--deep", "--strict"]) == 4
    assert f"stale: web: {entry.key} is accepted" in capsys.readouterr().out


def test_what_differs_no_more_is_stale_and_a_warning(place: StackPlace, fleet: DriftingFleet, capsys: Capture):
    fleet.update(MinSize=1)
    assert record("--record", LEAST) == 0
    fleet.update(MinSize=2)
    capsys.readouterr()
    assert run(["drift", "prod"]) == 0
    assert f"stale: web: {LEAST} is accepted until" in capsys.readouterr().out
    assert run(["drift", "prod", "--strict"]) == 4


def test_an_age_that_grows_is_the_same_difference(place: StackPlace, fleet: DriftingFleet):
    server = fleet.servers[0]
    fleet.aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=GROUP, InstanceIds=[server], ProtectedFromScaleIn=True
    )
    fleet.aws.wait(8 * DAY + 3600)
    assert record("--record", f"too-old:{server}") == 0
    fleet.aws.wait(2 * DAY)
    (found,) = look_at_stack(place, "prod", None).services
    assert (found.findings, [each.finding.subject for each in found.accepted]) == ((), [server])


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing(
    place: StackPlace, fleet: DriftingFleet, capsys: Capture
):
    fleet.update(MinSize=1)
    assert record("--record", LEAST, "--dry-run") == 0
    said = capsys.readouterr().out
    assert f"would accept {LEAST}" in said
    assert f"      {LEAST}:\n" in said
    assert "        found: 1\n" in said
    assert said.endswith(f"{FILE}: nothing was written\n")
    assert not ((place.folder or Path()) / FILE).exists()


def test_a_file_keeps_its_comments_and_order_and_an_entry_is_renewed_in_its_place(
    place: StackPlace, fleet: DriftingFleet
):
    fleet.update(MinSize=1, MaxSize=20)
    path = (place.folder or Path()) / FILE
    assert record("--record", LEAST) == 0
    first = path.read_text()
    assert first.startswith("# Differences that are accepted")
    path.write_text(first.replace("reason: ", "# asked for by the shop\n      reason: ") + "# the end\n")
    assert record("--record", MOST) == 0
    assert run(["drift", "prod", "web", "--record", LEAST, "--reason", "again", "--expires", "9d"]) == 0
    after = path.read_text()
    assert after.index("# asked for by the shop") < after.index('reason: "again"') < after.index(MOST)
    assert after.rstrip().endswith("# the end")
    kept = open_acceptance_file(place.folder or Path(), "prod").accepted
    assert [(each.key, each.reason) for each in kept] == [(LEAST, "again"), (MOST, "the flash sale")]


def test_a_server_with_an_accepted_difference_is_not_replaced(place: StackPlace, fleet: DriftingFleet):
    server = fleet.servers[0]
    fleet.aws.ec2.create_tags(Resources=[server], Tags=[{"Key": "cost", "Value": "mine"}])
    assert record("--record", f"tags:{server}") == 0
    assert plan_place(place, "prod", None).plans[0].worn == ()
    fleet.aws.elbv2.deregister_targets(TargetGroupArn=fleet.aws.targets, Targets=[{"Id": server}])
    fleet.aws.wait(300)
    (plan,) = plan_place(place, "prod", None).plans
    assert [each.kind for each in plan.drift.findings] == ["failing-target"]
    assert plan.worn == ()
    (left,) = plan.left
    assert left.why.startswith("tags of it is accepted until ")


def test_what_is_accepted_or_ignored_still_keeps_what_is_fresh_from_being_the_release(
    place: StackPlace, fleet: DriftingFleet
):
    fleet.aws.autoscaling.detach_load_balancer_target_groups(
        AutoScalingGroupName=GROUP, TargetGroupARNs=[fleet.aws.targets]
    )
    fleet.aws.ec2.create_tags(Resources=[fleet.servers[0]], Tags=[{"Key": "cost", "Value": "mine"}])
    fleet.aws.wait(300)
    assert record("--record", "target-groups") == 0
    (plan,) = plan_place(place, "prod", None).plans
    assert plan.worn
    assert plan.obstacle is not None


def test_a_kind_that_is_ignored_is_listed_and_does_not_count(place: StackPlace, fleet: DriftingFleet, capsys: Capture):
    fleet.update(MinSize=1)
    assert run(["drift", "prod", "--ignore", "group-settings", "--ignore", "tags"]) == 0
    said = capsys.readouterr().out
    assert f"  ignored: group-settings  {GROUP}  has MinSize 1" in said
    assert "ignored: group-settings, tags: 1 found, none counts\n" in said
    assert run(["drift", "prod", "--ignore", "colour"]) == 2


def test_a_key_that_stands_for_nothing_is_refused_with_those_there_are(
    place: StackPlace, fleet: DriftingFleet, capsys: Capture
):
    fleet.update(MinSize=1)
    assert record("--record", "tags:i-1", "--record", LEAST) == 2
    said = capsys.readouterr().err
    assert "web does not differ by tags:i-1" in said
    assert LEAST in said
    assert not ((place.folder or Path()) / FILE).exists()


@pytest.mark.parametrize(
    "words, said",
    [
        (["--record", LEAST], "--record needs --reason and --expires"),
        (["--reason", "x"], "are for --record"),
        (["--record", LEAST, "--reason", "x", "--expires", "7d", "--heal"], "--record goes without --heal"),
        (["--record", LEAST, "--reason", " ", "--expires", "7d"], "--reason has 0 characters"),
        (["--record", LEAST, "--reason", "x", "--expires", "soon"], "expected a day or a number of days"),
    ],
)
def test_options_that_do_not_go_together(words: list[str], said: str, place: StackPlace, capsys: Capture):
    assert run(["drift", "prod", "web", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_day_is_not_over_and_not_too_far():
    today = date(2026, 11, 30)
    assert last_day("7d", today) == date(2026, 12, 7)
    assert last_day("2026-11-30", today) == today
    for text in ("2026-11-29", f"{MOST_DAYS + 1}d", "9999d", "2026-13-01", "7h"):
        with pytest.raises(UsageError, match="--expires"):
            last_day(text, today)


BROKEN = """\
accepted:
  web:
    group-setings:web/MinSize:
      expected: 2
      found: [1]
      reason: ""
      by: ann
      at: 2026-12-01T09:00:00Z
      expires: soon
      colour: red
  api: 3
more: 1
"""


def test_a_fleet_that_is_changed_in_place_is_not_looked_at_and_said(place: StackPlace):
    fleet = MaintainedFleetSettings(
        playbook=PlaybookSettings(repository="shop/servers", commit="c0" * 20),
        changes=FleetChangeSettings(healthy_command="true"),
    )
    assert place.settings is not None
    place.settings.maintained["legacy"] = fleet
    found = look_at_stack(place, "prod", None)
    assert ([each.service for each in found.services], found.in_place) == (["web"], ("legacy",))
    with pytest.raises(UsageError, match="'legacy' of prod is a fleet that is changed in place"):
        look_at_stack(place, "prod", "legacy")


def test_all_problems_of_a_file_are_told_at_once(place: StackPlace):
    ((place.folder or Path()) / FILE).write_text(BROKEN)
    with pytest.raises(SettingsError) as caught:
        look_at_stack(place, "prod", None)
    said = str(caught.value)
    assert f"{FILE} has 8 problems" in said
    entry = 'accepted.web["group-setings:web/MinSize"]'
    for line in (
        f"  {entry} ({FILE} line 3)\n",
        "Did you mean group-settings?",
        f"  {entry}.found ({FILE} line 5)\n",
        f'  {entry}.reason ({FILE} line 6)\n    got "", expected a text of 1 to 500 characters',
        f"  {entry}.at ({FILE} line 8)\n",
        f'  {entry}.expires ({FILE} line 9)\n    got "soon", expected a day, such as 2026-12-24',
        f"  {entry}.colour ({FILE} line 10)\n",
        f"  accepted.api ({FILE} line 11)\n    got 3, expected a mapping of differences by their keys",
        f"  more ({FILE} line 12)\n",
    ):
        assert line in said, line
    assert caught.value.exit_code == 2
