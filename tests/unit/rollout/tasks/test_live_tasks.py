"""What tasks run beside what the record names, as `strata rollout status`, `plan` and `watch` say it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata import Stage
from strata.cli.run import run
from strata.errors import RolloutError
from strata.image_build.image_reference import ImageReference
from strata.images.image_scan import ScanLimits
from strata.images.image_trust import ImageTerms
from strata.naming import revocation_name, veto_name
from strata.rollout import stack_services
from strata.rollout.live_service import tags_of
from strata.rollout.proven_names import RECORD_AGAIN
from strata.rollout.record import NOTHING_PROVEN
from strata.rollout.servers.driver import Driver
from strata.rollout.stack_services import StackContainers, StackServices
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.task_look import look_at_tasks
from strata.rollout.tasks.task_routing import HOW_TO_MAKE_AGAIN
from strata.settings import CapacitySettings, ContainerImageSettings, ContainerServiceSettings, for_stage
from strata.settings.models import ContainerBuildSettings, FindingSeverity
from strata.verdict_names import vetoed_image_name
from tests.unit.rehearsal.cloud.conftest import REGION
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, REPOSITORY, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop
from tests.unit.rollout.tasks.test_task_adoption import HELD, killed

Capture = pytest.CaptureFixture[str]
TAGS = [{"key": key, "value": value} for key, value in tags_of("shop", "dev", "web").items()]
SETTINGS = for_stage(
    ContainerServiceSettings,
    Stage.DEV,
    {"boot_seconds": 60, "routes": [{"priority": 1, "paths": ["/web/*"]}], "rollout": {"strategy": "canary"}},
)
MAY_HAVE_NONE = SETTINGS.model_copy(update={"capacity": CapacitySettings(min=0, max=4)})
DEFINITION = "task definition "


@pytest.fixture
def project(shop: RolledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the shop's service."""
    return project_with(shop, tmp_path, monkeypatch)


def project_with(shop: RolledShop, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    asked = services(shop)
    monkeypatch.setattr(stack_services, "services_of_stack", lambda *_, **__: asked)
    return folder


def services(shop: RolledShop, image: ContainerImageSettings | None = None) -> StackServices:
    images = {"web": image} if image else {}
    containers = StackContainers({"web": SETTINGS}, images, shop.driver)
    return StackServices("shop", "dev", {}, {}, Driver(pytest.fail), shop, containers=containers)


def strata(project: Path, verb: str, *options: str) -> int:
    return run(["rollout", verb, "dev", "-C", str(project), *options])


def look(shop: RolledShop, settings: ContainerServiceSettings = SETTINGS) -> LiveTasks:
    (found,) = look_at_tasks(shop.driver, shop.now(), "shop", "dev", {"web": settings})
    return found


def record(shop: RolledShop) -> None:
    """What the engine does after a gate that has let its release pass."""
    value = shop.recorded.to_json() if shop.recorded else NOTHING_PROVEN
    shop.aws.ssm.put_parameter(Name=RECORD, Value=value, Type="String", Overwrite=True)


def begin(shop: RolledShop, configuration: dict[str, Any] = ROLLING, **changes: Any) -> None:
    shop.begin(configuration, tags=TAGS, **changes)
    record(shop)


def definition(shop: RolledShop) -> str:
    """Of what the service launches, as it is called where it is no release."""
    return DEFINITION + shop.service()["taskDefinition"].rpartition("/")[2]


# what is the release


def test_a_service_that_runs_its_release_is_right(shop: RolledShop, project: Path, capsys: Capture):
    begin(shop)
    assert strata(project, "status") == 0
    words = capsys.readouterr().out.split("  ")
    assert [each.strip() for each in words if each.strip()] == [
        "web",
        "first",
        "4 of 4 healthy",
        "4 on first; rollout to first SUCCESSFUL",
    ]


def test_a_record_that_somebody_has_renamed_is_a_difference_as_far_as_tags_say_what_the_image_is(
    shop: RolledShop, project: Path, capsys: Capture
):
    begin(shop)
    assert shop.recorded is not None
    renamed = replace(shop.recorded, image=replace(shop.recorded.image, version="9.9.9"))
    shop.aws.ssm.put_parameter(Name=RECORD, Value=renamed.to_json(), Type="String", Overwrite=True)
    repository, _, digest = renamed.image.id.partition("@")
    place = {"repositoryName": repository.partition("/")[2]}
    (image,) = shop.aws.ecr.batch_get_image(**place, imageIds=[{"imageDigest": digest}])["images"]
    for each in shop.aws.ecr.describe_images(**place, imageIds=[{"imageDigest": digest}])["imageDetails"]:
        labels = [{"imageTag": tag} for tag in each.get("imageTags", ())]
        if labels:
            shop.aws.ecr.batch_delete_image(**place, imageIds=labels)
    assert strata(project, "status") == 0, "nothing says what it is"
    shop.aws.ecr.put_image(**place, imageManifest=image["imageManifest"], imageDigest=digest, imageTag="1.1.0")
    capsys.readouterr()
    assert strata(project, "status") == 5
    said = capsys.readouterr().out
    assert f"web: not the release: the record calls {digest} web 9.9.9, and by its tags it is web 1.1.0" in said
    assert "4 on 1.1.0; recorded 9.9.9" in " ".join(said.split())
    assert "`pulumi up --refresh` writes it again" in said
    shop.aws.ecr.put_image(**place, imageManifest=image["imageManifest"], imageDigest=digest, imageTag="9.9.9")
    assert strata(project, "status") == 0, "it has several names"


def test_a_record_of_which_somebody_has_written_over_the_image_is_a_difference(
    shop: RolledShop, project: Path, capsys: Capture
):
    begin(shop)
    assert shop.recorded is not None
    other = replace(shop.recorded.image, version="9.9.9", id=f"{REPOSITORY}@{shop.push('other')}")
    wrong = replace(shop.recorded, image=other)
    shop.aws.ssm.put_parameter(Name=RECORD, Value=wrong.to_json(), Type="String", Overwrite=True)
    assert strata(project, "status") == 5
    said = capsys.readouterr().out
    name = wrong.task_definition.rpartition("/")[2]
    line = (
        f"web: not the release: task definition {name}, which the record names, launches image "
        f"{shop.recorded.image.id}, but the record names {other}"
    )
    assert line in said.splitlines()
    assert f"4 on {definition(shop)}; recorded 9.9.9" in " ".join(said.split())
    assert f"web: {RECORD_AGAIN}" in said.splitlines()


def test_a_service_that_wants_no_task_is_right_as_long_as_it_launches_its_release(shop: RolledShop):
    begin(shop)
    shop.update(desiredCount=0)
    shop.aws.wait(300)
    found = look(shop, MAY_HAVE_NONE)
    assert (found.running, found.deviations, found.live) == ({}, (), "nothing")
    shop.deploy(shop.push("other"))
    shop.aws.wait(300)
    assert look(shop, MAY_HAVE_NONE).deviations == (f"the service launches {definition(shop)}",)


def test_a_deployment_by_hand_is_not_the_release(shop: RolledShop, project: Path, capsys: Capture):
    begin(shop)
    release = shop.service()["taskDefinition"]
    shop.deploy(shop.push("other"))
    shop.until_ended()
    shop.aws.wait(120)
    other = definition(shop)
    assert strata(project, "status") == 5
    said = capsys.readouterr().out
    for line in (
        f"web: not the release: 4 tasks on {other}",
        f"web: not the release: the service launches {other}",
        "web: not the release: no healthy task runs first",
        f"recorded first; rollout to {other} SUCCESSFUL",
    ):
        assert line in said
    back = f"ecs update-service --cluster shop --service web --task-definition {release}"
    assert said.splitlines()[-1].endswith(back)
    # as pasted
    shop.update(taskDefinition=release)
    shop.until_ended()
    shop.aws.wait(120)
    assert strata(project, "status") == 0


def test_what_brings_a_release_back_names_the_hooks_at_which_nobody_would_answer(shop: RolledShop):
    begin(shop, BLUE_GREEN)
    shop.deploy(shop.push("other"))
    shop.until_ended()
    shop.update(deploymentConfiguration=HELD)
    assert "each time it waits" in look(shop).way_back
    assert "ecs continue-service-deployment" in look(shop).way_back


def test_a_copied_task_definition_is_not_the_release_by_its_tag(shop: RolledShop):
    begin(shop)
    changed = shop.define(shop.push("first"), environment=[{"name": "LEVEL", "value": "debug"}])
    shop.aws.ecs.tag_resource(resourceArn=changed, tags=[{"key": "strata:release", "value": "first"}])
    shop.update(taskDefinition=changed)
    shop.until_ended()
    assert "the service launches " + definition(shop) in look(shop).deviations


async def test_a_network_changed_by_hand_is_not_the_release(shop: RolledShop):
    begin(shop)
    await shop.up(shop.release("good"))
    record(shop)
    assert look(shop).deviations == ()
    shop.update(networkConfiguration={"awsvpcConfiguration": {"subnets": shop.aws.subnets[:1]}})
    shop.until_ended()
    shop.aws.wait(120)
    found = look(shop)
    assert found.deviations == (
        "4 tasks on good with another networkConfiguration",
        "the service launches good with another networkConfiguration",
        "no healthy task runs good",
    )
    network = found.way_back.partition("--network-configuration ")[2].strip("'")
    shop.update(networkConfiguration=json.loads(network))
    shop.until_ended()
    shop.aws.wait(120)
    assert look(shop).deviations == ()


def test_a_release_whose_task_definition_was_deregistered_cannot_be_brought_back(shop: RolledShop):
    begin(shop)
    release = shop.service()["taskDefinition"]
    shop.deploy(shop.push("other"))
    shop.until_ended()
    shop.aws.ecs.deregister_task_definition(taskDefinition=release)
    assert "was deregistered" in look(shop).way_back
    assert "pin another image" in look(shop).way_back


def test_sick_tasks_of_the_release_are_not_to_be_replaced_by_the_same(shop: RolledShop):
    begin(shop)
    shop.fault("cannot-pull", image=shop.push("first"))
    for task in shop.tasks():
        shop.aws.ecs.stop_task(cluster="shop", task=task["taskArn"])
    found = look(shop)
    assert found.deviations == ("no healthy task runs first",)
    assert "ecs describe-services --cluster shop --services web" in found.way_back


def test_a_worker_counts_once_it_has_lasted(shop: RolledShop):
    shop.create(ROLLING, routed=False, tags=TAGS)
    while not shop.service()["runningCount"]:
        shop.aws.wait(5)
    assert look(shop).healthy == frozenset()
    shop.aws.wait(60)
    assert len(look(shop).healthy) == 4


# what there is


def test_a_service_that_is_not_there_is_not_deployed(shop: RolledShop, project: Path, capsys: Capture):
    assert strata(project, "status") == 0
    assert capsys.readouterr().out.split() == ["web", "not", "deployed"]
    strata(project, "status", "--json")
    (found,) = json.loads(capsys.readouterr().out)["services"]
    assert (found["cluster"], found["service_arn"], found["deployment"]) == (None, None, None)


def test_a_service_that_is_gone_comes_back_by_a_refresh_of_the_state(shop: RolledShop, project: Path):
    begin(shop)
    shop.aws.ecs.delete_service(cluster="shop", service="web", force=True)
    shop.aws.wait(600)
    found = look(shop)
    assert found.deviations == (f"service {found.recorded and found.recorded.service} of the release is gone",)
    assert "`pulumi up --refresh`" in found.way_back
    assert strata(project, "status") == 5


def test_before_anything_is_proven_the_service_is_found_by_its_tags(shop: RolledShop, project: Path, capsys: Capture):
    shop.create(ROLLING, tags=TAGS)
    assert strata(project, "status") == 6
    assert "nothing proven" in capsys.readouterr().out
    shop.until_ended()
    shop.aws.wait(120)
    assert look(shop).deviations == (f"no release is proven; the service launches {definition(shop)}",)
    assert strata(project, "status") == 5


def test_a_service_of_another_stack_is_not_taken_for_this_one(shop: RolledShop):
    other = [{**each, "value": "prod"} if each["key"] == "strata:stack" else each for each in TAGS]
    shop.run(ROLLING, tags=other)
    assert not look(shop).deployed


def test_a_record_of_another_service_is_not_led_to_one_that_is_not_its_own(shop: RolledShop):
    begin(shop)
    assert shop.recorded is not None
    shop.recorded = replace(shop.recorded, service=f"{shop.recorded.service}-before")
    record(shop)
    found = look(shop)
    assert found.deviations[0].endswith("is not the release's, which is " + shop.recorded.service)
    assert "update-service" not in found.way_back


# a rollout


def until(shop: RolledShop, seen: Any) -> LiveTasks:
    """Look until something is seen."""
    for _ in range(100):
        found = look(shop)
        if seen(found):
            return found
        shop.aws.wait(5)
    raise AssertionError(f"never seen; the last was {look(shop).rollout}")


def test_a_canary_shows_its_stage_its_tasks_and_its_traffic(shop: RolledShop, project: Path, capsys: Capture):
    begin(shop, CANARY)
    shop.deploy(shop.push("good"))
    until(shop, lambda found: found.deployment.weight == 10 and found.deployment.stage == "PRODUCTION_TRAFFIC_SHIFT")
    assert strata(project, "status", "--json") == 6
    (found,) = json.loads(capsys.readouterr().out)["services"]
    shown = found["deployment"]
    assert (found["rolling"], found["deviations"], found["way_back"]) == (True, [], None)
    assert (shown["status"], shown["lifecycle_stage"]) == ("IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT")
    assert (shown["percentage"], shown["traffic_percent"]) == (10, 10.0)
    assert (shown["new_running"], shown["new_wanted"], shown["waiting_hooks"]) == (4, 4, [])
    assert strata(project, "status") == 6
    said = capsys.readouterr().out
    assert (
        f"rollout to {definition(shop)} IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT, 4 of 4 new tasks run, 10 % of the "
        "traffic on them since 2023-11-"
    ) in said
    shop.until_ended()


def test_a_deployment_that_waits_at_a_hook_says_so(shop: RolledShop):
    begin(shop, BLUE_GREEN)
    shop.update(deploymentConfiguration=HELD)
    shop.deploy(shop.push("good"))
    found = until(shop, lambda found: found.deployment.waiting_hooks)
    assert found.rollout is not None
    assert found.rollout.progress == (
        "PRODUCTION_TRAFFIC_SHIFT, 4 of 4 new tasks run, 0 % of the traffic on them, waits to be continued"
    )
    assert len(found.document()["deployment"]["waiting_hooks"]) == 1


async def test_a_gates_rollout_is_called_by_its_version_and_its_failure_by_the_gates_reason(
    shop: RolledShop, project: Path, capsys: Capture
):
    begin(shop)
    shop.fault("crash", image=shop.push("bad"), after=5)
    await killed(shop, shop.release("bad"), 120)
    assert strata(project, "status") == 6
    said = capsys.readouterr().out
    assert "rollout to bad IN_PROGRESS" in said
    assert "last trouble: task " in said
    assert "EssentialContainerExited" in said


@pytest.mark.parametrize("kind", ["unhealthy", "cannot-pull"])
async def test_after_a_rollback_status_says_why_and_that_the_release_runs(
    shop: RolledShop, project: Path, capsys: Capture, kind: str
):
    begin(shop)
    shop.fault(kind, image=shop.push("bad"))
    with pytest.raises(RolloutError):
        await shop.up(shop.release("bad"))
    shop.aws.wait(120)
    assert strata(project, "status") == 0
    said = capsys.readouterr().out
    row, *rest = said.splitlines()
    assert "4 on first; rollout to bad ROLLBACK_SUCCESSFUL: web: the rollout to web bad" in row
    assert "was rolled back" in row
    if kind == "unhealthy":
        assert any("the last lines of its log" in line for line in rest)
    assert strata(project, "status", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["services"]
    assert "was rolled back" in found["deployment"]["reason"]
    assert found["deviations"] == []


def test_a_rollback_without_a_gate_has_the_words_of_aws_and_the_task(shop: RolledShop):
    begin(shop)
    shop.fault("cannot-pull", image=shop.push("bad"))
    shop.deploy(shop.push("bad"))
    assert shop.until_ended()["status"] == "ROLLBACK_SUCCESSFUL"
    rollout = look(shop).rollout
    assert rollout is not None
    assert not rollout.succeeded
    assert rollout.reason == shop.latest()["statusReason"]
    assert "CannotPullContainerError" in rollout.trouble


async def test_a_rollout_lasts_until_its_gate_has_the_last_word(shop: RolledShop, monkeypatch: pytest.MonkeyPatch):
    begin(shop)
    seen: list[tuple[bool, bool]] = []
    sleep = shop.sleep

    async def sleep_and_look(seconds: float) -> None:
        await sleep(seconds)
        found = look(shop)
        if found.deployment is not None and found.deployment.succeeded and found.target == "good":
            assert found.rollout is not None
            seen.append((found.rolling, found.rollout.succeeded))

    monkeypatch.setattr(shop, "sleep", sleep_and_look)
    await shop.up(shop.release("good"))
    assert set(seen) == {(True, False)}, "AWS calls it successful, and the gate still watches"
    record(shop)
    found = look(shop)
    assert found.rollout is not None
    assert (found.rolling, found.rollout.succeeded, found.deviations) == (False, True, ())


async def test_a_gate_that_is_gone_has_no_last_word(shop: RolledShop):
    begin(shop)
    await killed(shop, shop.release("good"), 120)
    shop.until_ended()
    assert look(shop).rolling
    shop.aws.wait(600)
    found = look(shop)
    assert not found.rolling
    assert "the service launches good" in found.deviations


async def test_a_deployment_back_from_a_release_that_did_not_last_is_no_success(shop: RolledShop):
    begin(shop)
    shop.fault("crash", image=shop.push("bad"), after=100)
    with pytest.raises(RolloutError, match="the gate has deployed task definition"):
        await shop.up(shop.release("bad"))
    found = look(shop)
    assert found.rollout is not None
    assert (found.deviations, found.target, found.returns) == ((), "first", True)
    assert (found.rollout.status, found.rollout.succeeded) == ("SUCCESSFUL", False)
    assert "AWS reports success, but" in found.rollout.reason or "is not proven" in found.rollout.reason


# watching


def test_a_watch_follows_a_canary_to_its_success(shop: RolledShop, project: Path, capsys: Capture):
    begin(shop, CANARY)
    shop.deploy(shop.push("new"))
    assert strata(project, "watch", "--no-wait") == 0
    said = capsys.readouterr().out
    assert "10 % of the traffic on them" in said
    assert "BAKE_TIME, 4 of 4 new tasks run, 100 % of the traffic on them" in said


def test_a_watch_of_what_is_rolled_back_ends_with_1(shop: RolledShop, project: Path, capsys: Capture):
    begin(shop)
    shop.fault("cannot-pull", image=shop.push("new"))
    shop.deploy(shop.push("new"))
    assert strata(project, "watch", "--no-wait") == 1
    assert "4 on first; rollout to task definition web:2 ROLLBACK_SUCCESSFUL" in capsys.readouterr().out


# what is vetoed or revoked


@pytest.mark.parametrize("field", ["image", "version", "definition", "digest"])
@pytest.mark.parametrize("by", ["image", "version"])
def test_tasks_are_not_called_vetoed_because_one_field_of_their_record_is_another_images(
    shop: RolledShop, project: Path, capsys: Capture, field: str, by: str
):
    begin(shop)
    digest = shop.push("other")
    other, definition = f"{REPOSITORY}@{digest}", shop.define(digest)
    name = vetoed_image_name(RECORD, other) if by == "image" else veto_name(RECORD, "other")
    assert name is not None
    shop.aws.ssm.put_parameter(Name=name, Value="loses orders", Type="String")
    right = shop.recorded
    assert right is not None
    # where nothing says what an image is, it is what its record calls it
    asked = {"repositoryName": "web", "imageIds": [{"imageDigest": right.image.content}]}
    (pushed,) = shop.aws.ecr.batch_get_image(**asked)["images"]
    shop.aws.ecr.put_image(repositoryName="web", imageManifest=pushed["imageManifest"], imageTag="first")
    wrong = {
        "image": replace(right, image=replace(right.image, id=other)),
        "version": replace(right, image=replace(right.image, version="other")),
        "definition": right.by(definition),
        "digest": replace(right, digest="other"),
    }[field]
    assert wrong != right
    shop.aws.ssm.put_parameter(Name=RECORD, Value=wrong.to_json(), Type="String", Overwrite=True)
    assert strata(project, "status", "--json") == 5
    (found,) = json.loads(capsys.readouterr().out)["services"]
    (deviation,) = found["deviations"]
    assert "record" in deviation
    assert found["forbidden"] == []
    assert "veto" not in json.dumps(found)
    assert found["way_back"] == RECORD_AGAIN
    assert sum(found["running"].values()) == 4


@pytest.mark.parametrize("name", [veto_name(RECORD, "first"), revocation_name("web", "first")])
def test_tasks_of_a_forbidden_version_are_named_and_nobody_is_advised_to_bring_it_back(
    shop: RolledShop, project: Path, capsys: Capture, name: str
):
    begin(shop)
    shop.aws.ssm.put_parameter(Name=name, Value="loses orders", Type="String")
    found = look(shop)
    (said,) = found.forbidden
    assert said.startswith("first runs, and is ")
    assert (found.deviations, found.way_back, found.document()["forbidden"]) == ((), "", [said])
    shop.deploy(shop.push("other"))
    shop.until_ended()
    shop.aws.wait(120)
    assert strata(project, "status") == 5
    shown = capsys.readouterr().out
    assert "web: not the release: first, which the record names, is " in shown
    assert "web: first must not come back: `strata rollout rollback dev web` goes back to a release before" in shown
    assert "update-service" not in shown


# plans


def test_a_plan_shows_the_course_of_the_deployment(shop: RolledShop, project: Path, capsys: Capture):
    begin(shop, CANARY)
    assert strata(project, "plan") == 0
    said = capsys.readouterr().out
    assert "web: rolls from first to the image of the program, if what a task runs differs" in said
    assert "replaces 4 tasks by CANARY" in said
    assert "% of the traffic on the new tasks" in said
    assert "the gate stops it earlier: under the floor for two polls, or" in said
    assert strata(project, "plan", "--json") == 0
    (plan,) = json.loads(capsys.readouterr().out)["plans"]
    assert {each["lifecycle_stage"] for each in plan["stages"]} >= {"SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT"}
    assert (plan["batches"], plan["rolls"], plan["from"]) == (None, None, "first")


def test_a_plan_knows_the_alarms_that_watch_the_service(shop: RolledShop):
    begin(shop, CANARY)
    (unwatched,) = services(shop).plans()
    assert "nothing in AWS fails a deployment" in unwatched.warnings[0]
    names = [shop.aws.alarm()]
    shop.update(deploymentConfiguration={"alarms": {"alarmNames": names, "enable": True, "rollback": True}})
    (watched,) = services(shop).plans()
    assert watched.warnings == ()
    assert "stops on alarm web-5xx in ALARM: goes back to the revision before" in watched.lines


@pytest.mark.parametrize("same", [True, False])
def test_a_plan_compares_the_digest_that_is_pinned(shop: RolledShop, same: bool):
    begin(shop)
    pinned = shop.push("first" if same else "second")
    image = for_stage(ContainerImageSettings, Stage.DEV, {"version": "2.0.0", "digest": pinned})
    (plan,) = services(shop, image).plans()
    if same:
        assert (plan.rolls, plan.headline) == (
            None,
            "web: 2.0.0 is pinned, and the image is live, as first; rolls only if something else differs",
        )
    else:
        assert (plan.rolls, plan.headline, plan.after) == (True, "web: rolls from first to 2.0.0", "2.0.0")


def test_a_plan_for_a_prebuilt_image_goes_by_its_digest_too(shop: RolledShop):
    begin(shop)
    image = for_stage(ContainerImageSettings, Stage.DEV, {"reference": f"{REPOSITORY}@{shop.push('first')}"})
    (plan,) = services(shop, image).plans()
    assert plan.rolls is None


@pytest.mark.parametrize("kind", ["digest", "reference"])
@pytest.mark.parametrize("parameter", ["veto", "revocation"])
def test_a_plan_refuses_a_container_image_that_up_would_refuse(shop: RolledShop, kind: str, parameter: str):
    begin(shop)
    digest = shop.push("second")
    pins = {
        "digest": {"version": "2.0.0", "digest": digest},
        "reference": {"reference": f"{REPOSITORY}:2.0.0@{digest}"},
    }
    version = "2.0.0"
    name = veto_name(RECORD, version) if parameter == "veto" else revocation_name("web", version)
    asked = services(shop, for_stage(ContainerImageSettings, Stage.DEV, pins[kind]))
    assert asked.plans()[0].refusals == ()
    shop.aws.ssm.put_parameter(Name=name, Value="loses orders", Type="String")
    (plan,) = asked.plans()
    (refusal,) = plan.refusals
    assert f"image web {version} (" in refusal.text
    assert refusal.text.endswith(": loses orders")
    assert plan.lines[:2] == (f"up refuses to roll it out: {refusal.text}", f"fix: {refusal.fix}")


def test_a_plan_refuses_a_sidecar_that_is_revoked(shop: RolledShop):
    begin(shop)
    reference = f"{REPOSITORY}:1.2@{shop.push('agent')}"
    settings = for_stage(
        ContainerServiceSettings, Stage.DEV, {"memory_mib": 1024, "sidecars": {"agent": {"image": reference}}}
    )
    asked = StackContainers({"web": settings}, {}, shop.driver)
    shop.aws.ssm.put_parameter(Name=revocation_name("agent", "1.2"), Value="leaks", Type="String")
    (refusal,) = asked.plan(look(shop), RECORD, now=shop.now()).refusals
    assert refusal.text.endswith("is revoked: leaks")


def test_a_plan_shows_what_a_preflight_would_find_of_scans_and_what_nobody_could_check(shop: RolledShop):
    begin(shop)
    good, agent = shop.push("second"), shop.push("agent")
    pin = ContainerImageSettings(version="2.0.0", digest=good, repository=REPOSITORY)
    beside = {"agent": {"image": f"{REPOSITORY}:1.2@{agent}"}, "proxy": {}}
    settings = for_stage(ContainerServiceSettings, Stage.PROD, {"memory_mib": 2048, "sidecars": beside})
    terms = ImageTerms(scan=ScanLimits(FindingSeverity.HIGH, 30))
    asked = StackContainers({"web": settings}, {"web": pin}, shop.driver, terms)
    shop.aws.admin("scanned", repository="web", digest=good, region=REGION, counts={"CRITICAL": 1})
    plan = asked.plan(look(shop, settings), RECORD, now=shop.now())
    own, other = (each.text for each in plan.refusals)
    assert own.startswith(f"the last scan of image web 2.0.0 ({REPOSITORY}@{good}) found something critical")
    assert other.startswith(f"image agent 1.2 ({REPOSITORY}:1.2@{agent}) has no result of a scan for vulnerabilities")
    assert plan.warnings[-1].startswith("what the last scan of the image of proxy found was not checked")
    assert f"warning: {plan.warnings[-1]}" in plan.lines

    built = ContainerImageSettings(build=ContainerBuildSettings())
    asked = StackContainers({"web": SETTINGS}, {"web": built}, shop.driver, terms)
    plan = asked.plan(look(shop), RECORD, now=shop.now())
    assert plan.refusals == ()
    assert plan.warnings[-1].startswith("what the last scan of the image of web found was not checked")


def test_a_plan_goes_on_without_the_permission_to_read_scans_and_verdicts(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch
):
    begin(shop)
    found = look(shop)

    def denied(*_: Any, **__: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Any")

    for each in ("scan", "parameters"):
        monkeypatch.setattr(shop.driver, each, denied)
    pin = ContainerImageSettings(version="2.0.0", digest=shop.push("second"), repository=REPOSITORY)
    terms = ImageTerms(scan=ScanLimits(FindingSeverity.HIGH, 30))
    plan = StackContainers({"web": SETTINGS}, {"web": pin}, shop.driver, terms).plan(found, RECORD, now=shop.now())
    assert plan.refusals == ()
    assert plan.warnings[-2].startswith("whether web 2.0.0 is vetoed or revoked was not checked")
    assert plan.warnings[-1].endswith("could not be read")


def test_a_plan_says_what_is_running_and_a_first_deployment_has_none(shop: RolledShop):
    (plan,) = services(shop).plans()
    assert plan.headline == "web: first deployment of the image of the program"
    begin(shop)
    shop.deploy(shop.push("good"))
    (plan,) = services(shop).plans()
    assert plan.lines[0].startswith(f"a rollout to {definition(shop)} is running since 2023-11-")


def test_a_plan_for_a_service_at_zero_promises_no_rollout(shop: RolledShop):
    begin(shop)
    shop.update(desiredCount=0)
    shop.aws.wait(300)
    image = for_stage(ContainerImageSettings, Stage.DEV, {"version": "2.0.0", "digest": shop.push("second")})
    (plan,) = services(shop, image).plans()
    assert plan.rolls is False
    assert "runs 2.0.0 from the next scale-out on; first stays the release" in plan.headline


# what leads requests to it


def lead(shop: RolledShop, **actions: Any) -> None:
    """Set the actions of the listener rule by hand."""
    shop.aws.elbv2.modify_rule(RuleArn=shop.rule, **actions)


def lead_by(shop: RolledShop, blue: int, green: int) -> None:
    groups = [{"TargetGroupArn": shop.blue, "Weight": blue}, {"TargetGroupArn": shop.green, "Weight": green}]
    lead(shop, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])


def paste(shop: RolledShop) -> None:
    """What the status advises, as pasted."""
    command, said, option = look(shop).way_back.partition(" --actions ")
    assert command.endswith(f"elbv2 modify-rule --rule-arn {shop.rule}")
    assert said
    lead(shop, Actions=json.loads(option.strip("'")))


@pytest.mark.parametrize(
    "weights, found",
    [
        ((0, 100), "the requests go to target group {green}, where no task is healthy"),
        ((75, 25), "25 % of the requests go to target group {green}, where no task is healthy"),
        ((0, 0), "listener rule {rule} leads no requests to its target groups"),
    ],
)
def test_requests_that_go_where_no_task_is_are_not_the_release_and_a_command_leads_them_back(
    shop: RolledShop, project: Path, weights: tuple[int, int], found: str
):
    begin(shop, BLUE_GREEN)
    assert list(look(shop).deviations) == []
    lead_by(shop, *weights)
    assert list(look(shop).deviations) == [found.format(green=shop.green, rule=shop.rule)]
    assert strata(project, "status") == 5
    paste(shop)
    assert (shop.weights(), strata(project, "status")) == ((100, 0), 0)


def test_a_rule_that_answers_by_itself_is_led_back_to_the_tasks_too(shop: RolledShop, project: Path):
    begin(shop, BLUE_GREEN)
    answer = {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "back soon"}
    lead(shop, Actions=[{"Type": "fixed-response", "FixedResponseConfig": answer}])
    # ELB checks nothing to which no rule leads
    assert look(shop).deviations[-1] == f"listener rule {shop.rule} leads no requests to its target groups"
    paste(shop)
    shop.aws.wait(60)
    assert (shop.weights(), strata(project, "status")) == ((100, 0), 0)


def test_where_the_tasks_are_sick_no_weight_is_the_cure(shop: RolledShop):
    begin(shop, BLUE_GREEN)
    shop.fault("cannot-pull", image=shop.push("first"))
    for task in shop.tasks():
        shop.aws.ecs.stop_task(cluster="shop", task=task["taskArn"])
    found = look(shop)
    assert f"the requests go to target group {shop.blue}, where no task is healthy" in found.deviations
    assert "modify-rule" not in found.way_back
    assert "ecs describe-services" in found.way_back


def test_requests_are_led_to_the_tasks_before_another_deployment_moves_them(shop: RolledShop):
    begin(shop, BLUE_GREEN)
    shop.deploy(shop.push("other"))
    shop.until_ended()
    lead_by(shop, 100, 0)
    lead_first, then = look(shop).way_back.split("; then, ")
    assert "elbv2 modify-rule" in lead_first
    assert then.startswith("to bring first back: ")


def delete_rule(shop: RolledShop) -> None:
    shop.aws.elbv2.delete_rule(RuleArn=shop.rule)


def delete_listener(shop: RolledShop) -> None:
    shop.aws.elbv2.delete_listener(ListenerArn=shop.aws.listener)


def delete_balancer(shop: RolledShop) -> None:
    for each in shop.aws.elbv2.describe_load_balancers()["LoadBalancers"]:
        shop.aws.elbv2.delete_load_balancer(LoadBalancerArn=each["LoadBalancerArn"])


def delete_groups(shop: RolledShop) -> None:
    delete_rule(shop)
    for each in (shop.blue, shop.green):
        shop.aws.elbv2.delete_target_group(TargetGroupArn=each)


@pytest.mark.parametrize("delete", [delete_rule, delete_listener, delete_balancer, delete_groups])
def test_what_leads_requests_and_was_deleted_by_hand_is_reported_and_breaks_no_command(
    shop: RolledShop, project: Path, capsys: Capture, delete: Any
):
    begin(shop, BLUE_GREEN)
    delete(shop)
    assert strata(project, "status") == 5
    said = capsys.readouterr().out
    assert f"web: not the release: listener rule {shop.rule}, which leads requests to it, is gone" in said
    for each in (shop.blue, shop.green):
        gone = f"web: not the release: target group {each}, in which its tasks are found, is gone"
        assert (gone in said) is (delete is delete_groups)
    assert said.splitlines()[-1] == f"web: {HOW_TO_MAKE_AGAIN}"
    assert strata(project, "plan") == 0
    # of a service that nothing proves, too
    shop.aws.ssm.delete_parameter(Name=RECORD)
    assert f"listener rule {shop.rule}, which leads requests to it, is gone" in look(shop).deviations
    assert look(shop).way_back == HOW_TO_MAKE_AGAIN


def test_a_plan_takes_no_pin_for_what_up_does_where_a_reference_of_the_program_runs(shop: RolledShop):
    begin(shop)
    recorded = shop.recorded
    assert recorded is not None
    short = ImageReference.parse(recorded.image.id).version
    shop.recorded = replace(recorded, image=replace(recorded.image, version=short))
    record(shop)
    image = for_stage(ContainerImageSettings, Stage.DEV, {"version": "2.0.0", "digest": shop.push("second")})
    (plan,) = services(shop, image).plans()
    assert plan.rolls is None
    assert plan.headline == f"web: rolls from {short} to 2.0.0, unless the program hands over a reference as before"


GONE = f"sha256:{'d' * 64}"


@pytest.mark.parametrize(
    "pin",
    [
        {"version": "2.0.0", "digest": GONE, "repository": REPOSITORY},
        {"version": "2.0.0", "digest": GONE},
        {"reference": f"{REPOSITORY}@{GONE}"},
    ],
    ids=["repository", "of the stack", "reference"],
)
def test_a_plan_refuses_a_digest_that_is_not_in_its_repository(shop: RolledShop, pin: dict[str, Any]):
    begin(shop)
    (plan,) = services(shop, for_stage(ContainerImageSettings, Stage.DEV, pin)).plans()
    (refusal,) = plan.refusals
    assert refusal.text == f"image {REPOSITORY}@{GONE} is not in its repository: no task could pull it"
    # as soon as it is there
    there = {key: str(value).replace(GONE, shop.push("second")) for key, value in pin.items()}
    assert services(shop, for_stage(ContainerImageSettings, Stage.DEV, there)).plans()[0].refusals == ()


def test_a_plan_looks_for_sidecars_too_and_not_for_what_is_recorded_already(shop: RolledShop):
    begin(shop)
    pin = for_stage(ContainerImageSettings, Stage.DEV, {"version": "first", "digest": shop.push("first")})
    shop.push("second")
    shop.aws.ecr.batch_delete_image(repositoryName="web", imageIds=[{"imageDigest": shop.push("first")}])
    found = services(shop, pin)
    assert found.plans()[0].refusals == (), "nothing is started"
    beside = {"agent": {"image": f"{REPOSITORY}@{GONE}"}}
    settings = for_stage(ContainerServiceSettings, Stage.DEV, {"sidecars": beside})
    assert found.containers is not None
    (plan,) = replace(found, containers=replace(found.containers, services={"web": settings})).plans()
    assert [each.text.partition(" is not")[0] for each in plan.refusals] == [
        f"image {REPOSITORY}@{shop.push('first')}",
        f"image {REPOSITORY}@{GONE}",
    ]


def test_a_plan_says_which_image_it_could_not_look_for(shop: RolledShop, monkeypatch: pytest.MonkeyPatch):
    begin(shop)
    pin = for_stage(ContainerImageSettings, Stage.DEV, {"version": "2.0.0", "digest": GONE, "repository": REPOSITORY})

    def denied(*_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "BatchGetImage")

    monkeypatch.setattr(shop.driver, "manifest", denied)
    (plan,) = services(shop, pin).plans()
    assert plan.refusals == ()
    assert f"whether image {REPOSITORY}@{GONE} is there could not be read" in plan.warnings


def test_a_plan_of_a_first_deployment_says_that_it_does_not_know_the_repository_of_the_stack(shop: RolledShop):
    begin(shop)
    shop.aws.ssm.delete_parameter(Name=RECORD)
    pin = for_stage(ContainerImageSettings, Stage.DEV, {"version": "2.0.0", "digest": GONE})
    (plan,) = services(shop, pin).plans()
    assert any("the stack makes its repository" in each for each in plan.warnings)


@pytest.mark.parametrize("required", [False, True])
def test_a_plan_says_that_the_program_decides_where_a_proof_is_required(shop: RolledShop, required: bool):
    begin(shop)
    found = services(shop)
    assert found.containers is not None
    containers = replace(found.containers, terms=ImageTerms(required=required))
    (plan,) = replace(found, containers=containers).plans()
    said = [each for each in plan.warnings if "the program says which image that is" in each]
    assert bool(said) == required
