"""A fleet that is changed in place: what is made, and what its scripts do on a server."""

import hashlib
import json
import re
import tarfile
from typing import Any

import pytest

from strata import MaintainedFleet, testing
from strata.components.maintained_fleet.in_place_changes import association_cron
from strata.components.maintained_fleet.server_scripts import healthy_script, play_script
from strata.errors import UsageError
from strata.settings.models import (
    FleetChangeSettings,
    HealthSettings,
    MaintainedFleetSettings,
    PlaybookSettings,
    RouteSettings,
    Weekday,
    WindowSettings,
)

from .scripted_server import ScriptedServer

ARCHIVE = PlaybookSettings(archive="s3://builds/legacy/1.tar.gz", sha256="ab" * 32)
IN_GIT = PlaybookSettings(repository="shop/servers", commit="c0" * 20)
ROUTES = (RouteSettings(priority=10, paths=("/*",)),)


def settings(**values: Any) -> MaintainedFleetSettings:
    return MaintainedFleetSettings.model_validate({"routes": ROUTES, "playbook": ARCHIVE, **values})


def run(ground, found: MaintainedFleetSettings | None = None, **more: Any) -> testing.Graph:
    def program(on: Any) -> None:
        MaintainedFleet(
            "legacy", found or settings(), image=on.image, network=on.network, **{"ingress": on.ingress, **more}
        )

    return ground.run(program)


def steps(graph: testing.Graph) -> dict[str, dict[str, Any]]:
    document = json.loads(graph.one("Document", "legacy-playbook").inputs["content"])
    return {each["name"]: each for each in document["mainSteps"]}


def test_a_quarter_at_a_time_and_the_first_failure_ends_it(ground):
    association = run(ground).one("Association", "legacy-playbook").inputs
    assert (association["maxConcurrency"], association["maxErrors"]) == ("25%", "0")


def test_it_is_applied_to_the_servers_of_its_own_group_and_no_others(ground):
    graph = run(ground)
    (target,) = graph.one("Association", "legacy-playbook").inputs["targets"]
    assert target["key"] == "tag:aws:autoscaling:groupName"
    (group,) = target["values"]
    assert group.startswith("legacy-group-")


def test_a_number_of_the_document_is_applied_and_no_alias(ground):
    assert run(ground).one("Association", "legacy-playbook").inputs["documentVersion"] == "1"


def test_without_a_window_it_is_applied_where_it_has_changed_and_on_new_servers(ground):
    association = run(ground).one("Association", "legacy-playbook").inputs
    assert "scheduleExpression" not in association
    assert not association.get("applyOnlyAtCronInterval")


@pytest.mark.parametrize("only", [True, False])
def test_a_window_applies_it_again_and_alone_if_that_is_asked(ground, only):
    changes = FleetChangeSettings(window=WindowSettings(at="03:30", day=Weekday.SUN), only_in_window=only)
    association = run(ground, settings(changes=changes)).one("Association", "legacy-playbook").inputs
    assert association["scheduleExpression"] == "cron(30 3 ? * SUN *)"
    assert association["applyOnlyAtCronInterval"] is only


def test_a_window_of_every_day_has_no_day_of_the_week():
    assert association_cron(WindowSettings(at="00:05")) == "cron(5 0 * * ? *)"


def test_a_failed_step_ends_the_command_so_that_the_next_servers_are_not_begun(ground):
    found = steps(run(ground))
    assert list(found) == ["fetch", "play", "healthy"]
    assert {each["onFailure"] for each in found.values()} == {"exit"}


def test_an_archive_is_fetched_from_its_bucket_which_the_role_may_read(ground):
    graph = run(ground)
    fetch = steps(graph)["fetch"]["inputs"]
    assert fetch["sourceType"] == "S3"
    assert json.loads(fetch["sourceInfo"]) == {"path": "https://s3.eu-west-1.amazonaws.com/builds/legacy/1.tar.gz"}
    statements = json.loads(graph.one("RolePolicy", "legacy-playbook").inputs["policy"])["Statement"]
    assert {each["Action"]: each["Resource"] for each in statements} == {
        "s3:GetObject": "arn:aws:s3:::builds/legacy/1.tar.gz",
        "s3:ListBucket": "arn:aws:s3:::builds",
    }


ONCE = {"before": {"name": "migrate", "file": "migrate.yml", "timeout_seconds": 600}}


def with_once(ground, **values: Any) -> testing.Graph:
    return run(ground, settings(playbook={"archive": ARCHIVE.archive, "sha256": ARCHIVE.sha256, **ONCE, **values}))


def note_of(graph: testing.Graph) -> str:
    (line,) = [each for each in steps(graph)["before"]["inputs"]["runCommand"] if each.startswith("note=")]
    return line.removeprefix("note=")


def test_what_runs_once_comes_before_the_playbook_and_its_failure_ends_the_command(ground):
    found = steps(with_once(ground))
    assert list(found) == ["fetch", "before", "play", "healthy"]
    assert found["before"]["onFailure"] == "exit"
    # it ends by itself, also where it waits for another server
    assert int(found["before"]["inputs"]["timeoutSeconds"]) > 600 + 30 + 60


def test_the_note_of_what_runs_once_is_where_those_of_services_are_and_servers_may_write_it(ground):
    graph = with_once(ground)
    assert re.fullmatch(r"/strata/project/test/legacy/once/migrate/[0-9a-f]{16}", note_of(graph))
    statement = json.loads(graph.one("RolePolicy", "legacy-before").inputs["policy"])["Statement"][0]
    assert statement["Action"] == ["ssm:GetParameter", "ssm:PutParameter"]
    assert statement["Resource"] == "arn:aws:ssm:*:*:parameter/strata/project/test/legacy/once/*"
    assert not [each for each in run(ground).of_type("RolePolicy") if each.name == "legacy-before"]


@pytest.mark.parametrize(
    "change, again",
    [
        ({"sha256": "cd" * 32}, True),
        ({"variables": {"database": "other"}}, True),
        ({"before": {"name": "migrate", "file": "other.yml"}}, True),
        ({"before": {"name": "migrate", "file": "migrate.yml", "timeout_seconds": 60}}, False),
        ({"archive": "s3://builds/elsewhere/1.tar.gz"}, False),
        ({"file": "shop.yml"}, False),
    ],
)
def test_it_runs_again_for_another_content_or_other_variables_only(ground, change, again):
    assert (note_of(with_once(ground)) != note_of(with_once(ground, **change))) is again


def test_a_repository_is_read_at_the_commit_and_needs_no_permission(ground):
    graph = run(ground, settings(playbook=IN_GIT))
    fetch = steps(graph)["fetch"]["inputs"]
    assert fetch["sourceType"] == "GitHub"
    assert json.loads(fetch["sourceInfo"])["getOptions"] == f"commitID:{'c0' * 20}"
    assert not [each for each in graph.of_type("RolePolicy") if each.name == "legacy-playbook"]


@pytest.mark.parametrize("moves", ["main", "v1.4.2", "HEAD", "c0ffee0"])
def test_a_name_that_moves_is_refused(moves):
    with pytest.raises(UsageError, match="commit"):
        PlaybookSettings(repository="shop/servers", commit=moves)


@pytest.mark.parametrize("place", [{"archive": "s3://builds/legacy.zip"}, {"repository": "shop/servers"}])
def test_a_source_without_its_content_is_refused(place):
    with pytest.raises(UsageError, match=r"sha256|commit"):
        PlaybookSettings(**place)


def test_the_group_leaves_servers_that_restart_where_they_are(ground):
    group = run(ground).one("Group", "legacy-group")
    assert group.inputs["healthCheckType"] == "EC2"
    assert group.inputs["suspendedProcesses"] == ["AZRebalance"]
    assert group.options.ignore_changes == ("desiredCapacity",)


def test_the_group_and_its_servers_are_of_the_class_that_is_changed_in_place(ground):
    graph = run(ground, settings(protect=True))
    group = graph.one("Group", "legacy-group")
    assert {each["key"]: each["value"] for each in group.inputs["tags"]}["strata:mutability"] == "controlled"
    assert group.options.protect
    launched = graph.one("LaunchTemplate", "legacy-template").inputs["tagSpecifications"]
    assert {each["tags"]["strata:mutability"] for each in launched} == {"controlled"}
    assert not any("strata:release" in each["tags"] for each in launched), "nobody knows what a changed server is"


def test_servers_are_closed_as_those_of_an_immutable_service_are(ground):
    graph = run(ground)
    testing.assert_metadata_is_protected(graph)
    testing.assert_volumes_are_encrypted(graph)
    testing.assert_not_open_to_the_world(graph, except_for=["public-from-0.0.0.0-0-80"])
    assert "keyName" not in graph.one("LaunchTemplate", "legacy-template").inputs


WEEKLY = {"window": {"at": "04:00", "day": "sun"}, "time_zone": "Europe/Berlin"}


def patched(ground, **values: Any) -> testing.Graph:
    return run(ground, settings(patching={**WEEKLY, **values}))


def rule_of(graph: testing.Graph) -> dict[str, Any]:
    (rule,) = graph.one("PatchBaseline", "legacy-patches").inputs["approvalRules"]
    return rule


def test_without_patching_there_is_neither_window_nor_baseline(ground):
    assert not [each.name for each in run(ground) if each.name.endswith(("-patches", "-healthy"))]


def test_patches_are_installed_in_the_window_on_as_many_servers_as_a_playbook_changes(ground):
    graph = patched(ground)
    window = graph.one("MaintenanceWindow", "legacy-patches").inputs
    assert (window["schedule"], window["scheduleTimezone"]) == ("cron(0 4 ? * SUN *)", "Europe/Berlin")
    assert (window["duration"], window["cutoff"]) == (4, 1)
    task = graph.one("MaintenanceWindowTask", "legacy-patches").inputs
    assert (task["maxConcurrency"], task["maxErrors"]) == ("25%", "0")
    (target,) = graph.one("MaintenanceWindowTarget", "legacy-patches").inputs["targets"]
    assert target["key"] == "tag:aws:autoscaling:groupName"


@pytest.mark.parametrize("reboot, option", [(True, "RebootIfNeeded"), (False, "NoReboot")])
def test_the_next_servers_wait_until_a_patched_one_is_healthy(ground, reboot, option):
    graph = patched(ground, reboot=reboot)
    task = graph.one("MaintenanceWindowTask", "legacy-patches").inputs
    assert task["taskArn"] == "AWS-RunPatchBaselineWithHooks"
    told = task["taskInvocationParameters"]["runCommandParameters"]["parameters"]
    waiting = graph.one("Document", "legacy-healthy")
    asked = {each["name"]: each["values"] for each in told}
    assert (asked["Operation"], asked["RebootOption"]) == (["Install"], [option])
    assert asked["OnExitHookDocName"][0].startswith("legacy-healthy-")
    (step,) = json.loads(waiting.inputs["content"])["mainSteps"]
    assert step == steps(graph)["healthy"]


def test_the_baseline_is_for_the_servers_by_their_own_tag(ground):
    graph = patched(ground)
    named = graph.one("PatchGroup", "legacy-patches").inputs["patchGroup"]
    tags = graph.one("Group", "legacy-group").inputs["tags"]
    assert {each["key"]: each["value"] for each in tags}["PatchGroup"] == named == "project-test-legacy"


@pytest.mark.parametrize("only, classes", [(True, ["Security"]), (False, ["Security", "Bugfix"])])
def test_security_patches_are_approved_after_a_week(ground, only, classes):
    rule = rule_of(patched(ground, security_only=only))
    assert rule["approveAfterDays"] == 7
    assert {each["key"]: each["values"] for each in rule["patchFilters"]}["CLASSIFICATION"] == classes


def test_ubuntu_has_neither_days_nor_classes(ground):
    rule = rule_of(patched(ground, system="UBUNTU", security_only=False))
    assert "approveAfterDays" not in rule
    assert [each["key"] for each in rule["patchFilters"]] == ["PRODUCT", "PRIORITY"]
    assert rule["enableNonSecurity"] is True


def test_there_is_no_release_record(ground):
    assert not run(ground).of_type("aws:ssm/parameter:Parameter")


@pytest.fixture
def server(tmp_path) -> ScriptedServer:
    return ScriptedServer(tmp_path)


def packed(server: ScriptedServer) -> PlaybookSettings:
    """An archive with a playbook, where it was downloaded to."""
    (server.folder / "site.yml").write_text("- hosts: all\n")
    with tarfile.open(server.folder / "1.tar.gz", "w:gz") as archive:
        archive.add(server.folder / "site.yml", "site.yml")
    (server.folder / "site.yml").unlink()
    digest = hashlib.sha256((server.folder / "1.tar.gz").read_bytes()).hexdigest()
    variables = {"motto": 'it\'s "$(id)" `x`'}
    return PlaybookSettings(archive="s3://builds/legacy/1.tar.gz", sha256=digest, variables=variables)


def test_the_pinned_archive_is_unpacked_and_played_with_its_variables(server):
    playbook = packed(server)
    server.program("ansible-playbook", 'echo "$@"; cat strata-variables.json')
    done = server.run(play_script(playbook))
    assert done.returncode == 0, done.stderr
    said, variables = done.stdout.split("\n", 1)
    assert said == "-i localhost, -c local -e @strata-variables.json site.yml"
    assert json.loads(variables) == playbook.variables


def test_another_archive_is_not_played(server):
    playbook = packed(server)
    (server.folder / "1.tar.gz").write_text("something else")
    server.program("ansible-playbook", "touch played")
    done = server.run(play_script(playbook))
    assert done.returncode == 1
    assert "has another SHA-256" in done.stderr
    assert not list(server.folder.rglob("played"))


def test_a_playbook_that_is_not_there_is_said(server):
    playbook = packed(server).model_copy(update={"file": "other.yml"})
    server.program("ansible-playbook", "exit 0")
    done = server.run(play_script(playbook))
    assert (done.returncode, done.stderr) == (1, "there is no other.yml in what was downloaded\n")


def test_a_failed_playbook_fails_the_step(server):
    server.program("ansible-playbook", "exit 2")
    assert server.run(play_script(packed(server))).returncode == 2


def asked(server: ScriptedServer) -> int:
    return len((server.folder / "asked").read_text().splitlines())


def test_a_server_is_waited_for_until_the_load_balancer_must_see_it_too(server):
    server.program("curl", 'echo . >> asked; [ "$(wc -l < asked)" -gt 2 ] && printf 200 || printf 503')
    assert server.run(healthy_script(settings(health=HealthSettings(healthy_threshold=3)))).returncode == 0
    assert asked(server) == 2 + 3 + 1


def test_passes_count_in_a_row(server):
    server.program("curl", 'echo . >> asked; [ "$(wc -l < asked)" -eq 2 ] && exit 7; printf 204')
    health = HealthSettings(codes="200,204-206", healthy_threshold=2)
    assert server.run(healthy_script(settings(health=health))).returncode == 0
    assert asked(server) == 2 + 3


def test_a_server_that_stays_sick_fails_the_command(server):
    server.program("curl", "printf 500")
    server.program("date", "echo . >> dates; wc -l < dates")
    done = server.run(healthy_script(settings(changes=FleetChangeSettings(healthy_within_seconds=10))))
    assert (done.returncode, done.stderr) == (1, "not healthy 10 seconds after the change\n")


def test_a_worker_is_asked_by_its_command(server):
    server.program("systemctl", 'echo "$@" >> asked; [ -e ready ] || { touch ready; exit 3; }')
    found = MaintainedFleetSettings(
        playbook=ARCHIVE, changes=FleetChangeSettings(healthy_command="systemctl is-active 'mail worker'")
    )
    assert server.run(healthy_script(found)).returncode == 0
    assert (server.folder / "asked").read_text() == "is-active mail worker\n" * 2
