"""An image from its definition to the servers that run it, by the real engine on the local AWS."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest

from strata.cli import signals
from strata.cli.run import run
from strata.images.baking import pipelines
from strata.promotion import pinned_stack
from tests.integration.support import Site, Trial
from tests.integration.support.site import REGION

PARENT = "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/2026.11.1/1"
SETTINGS: dict[str, Any] = {
    "parent": PARENT,
    "provision": ["image/install.sh"],
    "verify": ["image/verify.sh"],
}
Capture = pytest.CaptureFixture[str]


class LocalClients:
    """Clients of the local AWS, as a command makes them for a stack's own."""

    def __init__(self, site: Site, region: str = REGION) -> None:
        self._site = site
        self.region = region

    def __call__(self, service: str) -> Any:
        if self.region == REGION:
            return self._site.client(service)
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=self.region)
        return session.client(service, endpoint_url=self._site.cloud.endpoint)

    def in_region(self, region: str) -> "LocalClients":
        return LocalClients(self._site, region)

    def renew(self) -> None:
        """The local AWS accepts any credentials for ever."""


@pytest.fixture
def trial(new_trial: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    made: Trial = new_trial({}, program="bakery")
    made.extra["strata:image_pipelines"] = {"web": {**SETTINGS, "app": made.app("web")}}
    site = made.site
    for module in (pipelines, pinned_stack):
        monkeypatch.setattr(module, "connect_to_aws", lambda *_, **__: (LocalClients(site), site.cloud.clock))
    # a command of a test has a thread, and no signals
    monkeypatch.setattr(signals, "run_stoppable", lambda work, _: asyncio.run(work))
    yield made
    faults(made)


def faults(trial: Trial, *wanted: dict[str, Any]) -> None:
    trial.site.cloud.admin("build-faults", {"faults": list(wanted)})


async def strata(trial: Trial, capsys: Capture, verb: str, *words: str) -> tuple[int, str]:
    """What a command ends with, and what it prints."""
    capsys.readouterr()
    line = ["image", verb, trial.stack, *words, "-C", str(trial.folder)]
    code = await asyncio.to_thread(run, line)
    found = capsys.readouterr()
    return code, found.out + found.err


async def executions(trial: Trial, capsys: Capture) -> Sequence[dict[str, Any]]:
    _, text = await strata(trial, capsys, "status", "web", "--json")
    (found,) = json.loads(text)["pipelines"]
    return found["executions"]


async def test_a_version_is_baked_pinned_and_runs(trial: Trial, capsys: Capture):
    made = await trial.up()
    assert made.ok, made.reason
    clean = await trial.unchanged()
    assert clean.ok, clean.stdout

    code, text = await strata(trial, capsys, "bake", "web", "1.5.0", "--watch", "--json")
    assert code == 0, text
    report = json.loads(text[text.index("{") : text.rindex("}") + 1])
    (image,) = report["images"]
    ec2 = trial.site.client("ec2")
    (found,) = ec2.describe_images(ImageIds=[image["image_id"]])["Images"]
    tags = {each["Key"]: each["Value"] for each in found["Tags"]}
    assert (tags["app"], tags["app_version"], tags["strata:recipe"]) == (trial.app("web"), "1.5.0", report["recipe"])
    (snapshot,) = ec2.describe_snapshots(SnapshotIds=[found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]])[
        "Snapshots"
    ]
    assert {"Key": "app_version", "Value": "1.5.0"} in snapshot["Tags"]

    # baked once: the second command finds it in the catalogue
    code, text = await strata(trial, capsys, "bake", "web", "1.5.0", "--watch")
    assert (code, len(await executions(trial, capsys))) == (0, 1), text

    trial.extra["strata:images"] = {"web": {"version": "1.5.0", "id": image["image_id"], "app": trial.app("web")}}
    trial.extra["strata:services"] = {"web": {"capacity": {"min": 1, "max": 2}}}
    deployed = await trial.up()
    assert deployed.ok, deployed.reason
    assert set(trial.running("web").values()) == {image["image_id"]}


async def test_a_lifecycle_deletes_neither_what_a_record_names_nor_what_can_be_gone_back_to(
    trial: Trial, capsys: Capture
):
    pipeline, app = trial.extra["strata:image_pipelines"]["web"], trial.app("web")
    old = {"delete_after_days": 30, "keep_images": 1, "spare_launched_days": 30}
    trial.extra["strata:image_pipelines"] = {"web": {**pipeline, "lifecycle": old}}
    images: dict[str, str] = {}

    async def bake(version: str) -> None:
        code, text = await strata(trial, capsys, "bake", "web", version, "--watch", "--json")
        assert code == 0, text
        (image,) = json.loads(text[text.index("{") : text.rindex("}") + 1])["images"]
        images[version] = image["image_id"]

    assert (await trial.up()).ok
    trial.extra["strata:services"] = {"web": {"capacity": {"min": 1, "max": 2}}}
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        await bake(version)
        trial.extra["strata:images"] = {"web": {"version": version, "id": images[version], "app": app}}
        deployed = await trial.up()
        assert deployed.ok, deployed.reason
    for version in ("1.3.0", "1.4.0"):
        await bake(version)
    assert lifecycles(trial, after_days=29) == set(), "none is old enough"
    assert lifecycles(trial, after_days=400) == {images["1.3.0"]}, "never run, and not the newest"
    left = trial.site.client("ec2").describe_images(
        ImageIds=[each for each in images.values() if each != images["1.3.0"]]
    )
    assert {each["State"] for each in left["Images"]} == {"available"}


def lifecycles(trial: Trial, *, after_days: int) -> set[str]:
    """What the lifecycles of all accounts would delete in so many days."""
    return set(trial.site.cloud.admin("lifecycles", {"after_days": after_days})["deleted"])


async def test_an_image_for_another_account_and_a_copy_in_another_region(trial: Trial, capsys: Capture):
    here, there = LocalClients(trial.site), LocalClients(trial.site, "eu-central-1")
    keys = [each("kms").create_key()["KeyMetadata"]["Arn"] for each in (here, there)]
    pipeline = trial.extra["strata:image_pipelines"]["web"]
    shared = {"kms_key_arn": keys[0], "accounts": ["210987654321"]}
    trial.extra["strata:image_pipelines"] = {
        "web": {**pipeline, **shared, "copies": {"eu-central-1": {"kms_key_arn": keys[1]}}}
    }
    made = await trial.up()
    assert made.ok, made.reason
    code, text = await strata(trial, capsys, "bake", "web", "1.5.0", "--watch", "--json")
    assert code == 0, text
    report = json.loads(text[text.index("{") : text.rindex("}") + 1])
    # the policies that KMS gives its keys name this account alone
    lacking = "does not let 210987654321 kms:Decrypt"
    assert [lacking in each for each in report["warnings"]].count(True) == 2
    assert text[text.rindex("}") :].count(lacking) == 2
    images = {each["region"]: each["image_id"] for each in report["images"]}
    assert set(images) == {"eu-west-1", "eu-central-1"}
    for clients, key in zip((here, there), keys, strict=True):
        image = images[clients.region]
        (found,) = clients("ec2").describe_images(ImageIds=[image])["Images"]
        assert {"Key": "app_version", "Value": "1.5.0"} in found["Tags"]
        disk = found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
        assert clients("ec2").describe_snapshots(SnapshotIds=[disk])["Snapshots"][0]["KmsKeyId"] == key
        permission = clients("ec2").describe_image_attribute(ImageId=image, Attribute="launchPermission")
        assert permission["LaunchPermissions"] == [{"UserId": "210987654321"}]
        entry = clients("ssm").get_parameter(Name=f"/strata/images/{trial.app('web')}/1.5.0")["Parameter"]
        assert json.loads(entry["Value"])["id"] == image


async def test_a_build_that_fails_its_health_check_makes_no_image_and_is_built_again(trial: Trial, capsys: Capture):
    assert (await trial.up()).ok
    faults(
        trial, {"kind": "step-fails", "phase": "validate", "step": "verify-1-verify", "message": "connection refused"}
    )
    code, text = await strata(trial, capsys, "bake", "web", "1.5.0", "--watch")
    assert code == 1
    assert "phase validate, step verify-1-verify" in text
    assert "connection refused" in text
    (failed,) = await executions(trial, capsys)
    assert (failed["status"], failed["images"]) == ("FAILED", [])

    faults(trial)
    code, text = await strata(trial, capsys, "bake", "web", "1.5.0", "--watch")
    assert code == 0, text
    assert [each["status"] for each in await executions(trial, capsys)] == ["AVAILABLE", "FAILED"]


async def test_a_build_that_is_cancelled_is_reported_and_one_left_alone_is_continued(trial: Trial, capsys: Capture):
    assert (await trial.up()).ok
    faults(trial, {"kind": "step-hangs", "phase": "build", "step": "order"})
    code, text = await strata(trial, capsys, "bake", "web", "1.5.0")
    assert code == 0, text
    code, _ = await strata(trial, capsys, "bake", "web", "1.6.0")
    assert code == 6
    (running,) = await executions(trial, capsys)
    trial.site.client("imagebuilder").cancel_image_creation(
        imageBuildVersionArn=running["execution"], clientToken="cancel"
    )
    faults(trial)
    code, text = await strata(trial, capsys, "status", "web")
    assert "cancelled" in text

    code, text = await strata(trial, capsys, "bake", "web", "1.5.0")
    assert code == 0, text
    code, text = await strata(trial, capsys, "bake", "web", "1.5.0", "--watch")
    assert code == 0, text
    assert "continuing arn:" in text
    assert len(await executions(trial, capsys)) == 2


async def test_a_changed_step_is_a_new_recipe_beside_the_old_one_and_back_again(trial: Trial, capsys: Capture):
    first = await trial.up()
    assert first.ok, first.reason
    code, text = await strata(trial, capsys, "bake", "web", "1.5.0", "--watch")
    assert code == 0, text
    pipeline = trial.extra["strata:image_pipelines"]["web"]
    trial.extra["strata:image_pipelines"] = {"web": {**pipeline, "harden": ["image/harden.sh"]}}
    changed = await trial.up()
    assert changed.ok, changed.reason
    assert changed.outputs["web"] != first.outputs["web"]
    # finish has the recipe's version in it; it, the recipe and the document with the step are replaced
    assert (changed.changes.replaced, changed.changes.created) == (3, 0)
    code, text = await strata(trial, capsys, "bake", "web", "1.5.0")
    assert code == 3, text
    assert "bake a new version" in text
    code, text = await strata(trial, capsys, "bake", "web", "1.6.0", "--watch")
    assert code == 0, text

    trial.extra["strata:image_pipelines"] = {"web": pipeline}
    back = await trial.up()
    assert back.ok, back.reason
    assert back.outputs["web"] == first.outputs["web"]
    assert not any("ResourceDependencyException" in str(event) for event in trial.history.events)

    gone = await trial.destroy()
    assert gone.ok, gone.reason
    assert not any("ResourceDependencyException" in str(event) for event in trial.history.events)
