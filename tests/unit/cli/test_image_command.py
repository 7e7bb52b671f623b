"""`strata image`: what its commands show, write and refuse, against AWS's answers and real stack files."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.responses.amis import AmisResponse

from strata.cli.run import run
from strata.errors import SettingsError
from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.naming import catalogue_name, lifted_revocation_name, note_name, record_name, revocation_name, veto_name
from strata.project.stack_file import read_stack
from strata.rollout import stack_services
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef, ServerRelease, TaskRelease
from strata.rollout.servers.live_servers import look_at_servers
from strata.settings.load import load_stack
from tests.unit.rollout.stand_in import Aws

Capture = pytest.CaptureFixture[str]
REGION = "eu-west-1"
ACCOUNT = "123456789012"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/search"
DIGESTS = {version: f"sha256:{digit * 64}" for version, digit in (("3.0.0", "a"), ("3.1.0", "b"))}
STACK = """\
config:
  aws:region: {region}
  strata:stage: {stage}
  # who knows why
  strata:images:
    web: {{ version: {version}, id: {id} }} # the shop
  strata:container_images:
    search:
      repository: {repository}
      version: 3.0.0
      digest: {digest}  # by hand
  strata:services:
    web: {{ instance_type: t3.small, capacity: {{ min: 2, max: 4 }} }}
  strata:container_services:
    search: {{ capacity: {{ min: 2, max: 4 }} }}
  strata:promotion: {{ require_proof: false, worst_finding: null, max_scan_age_days: null }}
"""


@dataclass
class Live:
    """A service as `strata rollout` sees it."""

    service: str
    rolling: bool = False
    deviations: tuple[str, ...] = ()


class World:
    """An account and region with a project of two stacks."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
        self.folder, self._capsys = folder, capsys
        self.ssm, self.ec2, self.ecr = (boto3.client(each, region_name=REGION) for each in ("ssm", "ec2", "ecr"))
        self.live: dict[str, Live] = {}
        self.ids: dict[str, str] = {}
        # moto has no Allowed AMIs
        allowed = ActionResult({"State": "disabled", "ImageCriteria": []})
        monkeypatch.setattr(AmisResponse, "get_allowed_images_settings", lambda _self: allowed, raising=False)
        # nor protection from being deregistered
        ok = ActionResult({"Return": "true"})
        monkeypatch.setattr(AmisResponse, "enable_image_deregistration_protection", lambda _self: ok, raising=False)
        # nor references to images
        self.references: list[dict[str, str]] | None = []
        monkeypatch.setattr(AmisResponse, "describe_image_references", lambda _self: self._refer(), raising=False)
        self.ecr.create_repository(repositoryName="search")
        for version in ("1.4.2", "1.5.0"):
            self.bake(version)
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        for stack in ("staging", "prod"):
            self.file(stack).write_text(
                STACK.format(
                    region=REGION,
                    stage=stack,
                    version="1.4.2",
                    id=self.ids["1.4.2"],
                    repository=REPOSITORY,
                    digest=DIGESTS["3.0.0"],
                )
            )
        world = self

        class Services:
            def __init__(self, service: str) -> None:
                self.service = service

            def look(self) -> list[Live]:
                return [world.live.get(self.service, Live(self.service))]

        monkeypatch.setattr(
            stack_services, "services_of_stack", lambda _folder, _stack, service, *, local: Services(service)
        )

    def _refer(self) -> ActionResult:
        if self.references is None:
            raise EC2ClientError("UnauthorizedOperation", "You are not authorized to perform this operation.")
        return ActionResult({"ImageReferences": self.references})

    def file(self, stack: str) -> Path:
        return self.folder / f"Pulumi.{stack}.yaml"

    def bake(self, version: str, *, architecture: str = "x86_64", app: str = "web") -> str:
        image = self.ec2.register_image(
            Name=f"{app}-{version}-{len(self.ids)}",
            Architecture=architecture,
            RootDeviceName="/dev/xvda",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}],
        )["ImageId"]
        tags = [{"Key": "app", "Value": app}, {"Key": "app_version", "Value": version}]
        self.ec2.create_tags(Resources=[image], Tags=tags)
        # moto makes all of them for one processor
        ec2_backends[ACCOUNT][REGION].amis[image].architecture = architecture
        self.ids[version] = image
        return image

    def push(self, version: str) -> str:
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {"mediaType": "application/json", "size": 1, "digest": DIGESTS[version]},
            "layers": [],
        }
        self.ecr.put_image(repositoryName="search", imageManifest=json.dumps(manifest), imageTag=version)
        found = self.ecr.describe_images(repositoryName="search", imageIds=[{"imageTag": version}])
        return found["imageDetails"][0]["imageDigest"]

    def release(self, stack: str, version: str, image_id: str | None = None) -> str:
        image = ImageRef("web", version, image_id or self.ids[version])
        digest = f"{abs(hash(version)):016x}"[:16]
        record = ServerRelease(image=image, digest=digest, group="web-1", template="lt-1", template_version=1)
        self.put(record_name("shop", stack, "web"), record.to_json())
        return digest

    def release_container(self, stack: str, version: str, digest: str) -> None:
        image = ImageRef("search", version, f"{REPOSITORY}@{digest}")
        record = TaskRelease(image=image, digest="f" * 16, service="arn:search", task_definition="search:1")
        self.put(record_name("shop", stack, "search"), record.to_json())

    def veto(self, stack: str, version: str, reason: str, service: str = "web") -> None:
        self.put(veto_name(record_name("shop", stack, service), version), reason)

    def revoke(self, version: str, reason: str, name: str = "web") -> None:
        self.put(revocation_name(name, version), reason)

    def catalogue(self, version: str, **fields: Any) -> None:
        entry: dict[str, Any] = {"kind": ImageKind.MACHINE, "name": "web", "made": "2026-01-31T08:30:00Z", **fields}
        Catalogue(lambda service: boto3.client(service, region_name=REGION)).add(
            CatalogueEntry(version=version, **entry)
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        code = run(["image", *arguments, "-C", str(self.folder)])
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def answer(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        code = run(["image", *arguments, "--json", "-C", str(self.folder)])
        # notes are on the other stream
        return code, json.loads(self._capsys.readouterr().out)

    def put(self, name: str, value: str) -> None:
        self.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield World(tmp_path, monkeypatch, capsys)


PROMOTE = ("promote", "prod", "web", "--from", "staging", "--min-soak", "0s")


def test_a_promotion_copies_the_record_and_never_the_stack_file_and_leaves_the_proof(world: World):
    digest = world.release("staging", "1.5.0")
    before = world.file("prod").read_text()
    code, found = world.answer(*PROMOTE)
    assert code == 0
    assert (found["version"], found["image_id"], found["before"], found["written"]) == (
        "1.5.0",
        world.ids["1.5.0"],
        "1.4.2",
        True,
    )
    proof = found["proof"]
    assert (proof["proven_by"], proof["version"], proof["digest"]) == ("shop/staging", "1.5.0", digest)
    assert proof["by"].startswith("arn:aws:sts::")
    assert datetime.fromisoformat(proof["at"]).tzinfo is not None
    after = world.file("prod").read_text()
    pin = f"version: 1.5.0, id: {world.ids['1.5.0']}, proof: {{ stack: shop/staging, release: 1.5.0, digest: "
    assert pin in after
    assert (
        after.partition("proof: {")[0]
        == before.replace("1.4.2", "1.5.0")
        .replace(world.ids["1.4.2"], world.ids["1.5.0"])
        .partition(" } # the shop")[0]
        + ", "
    )
    assert " } # the shop\n" in after
    assert after.partition("# the shop")[2] == before.partition("# the shop")[2]
    assert world.file("staging").read_text().count("1.5.0") == 0


def test_a_promotion_of_what_is_pinned_already_writes_nothing(world: World):
    world.release("staging", "1.5.0")
    assert world.run(*PROMOTE)[0] == 0
    pinned = world.file("prod").read_text()
    code, said = world.run(*PROMOTE)
    assert code == 0
    assert "already" in said
    assert world.file("prod").read_text() == pinned


def test_a_promotion_of_what_was_pinned_by_hand_says_that_only_the_proof_is_written(world: World):
    assert world.run("pin", "prod", "web", "1.5.0")[0] == 0
    world.release("staging", "1.5.0")
    label = f"web 1.5.0 ({world.ids['1.5.0']})"
    said = refused(world, *PROMOTE, "--dry-run", code=0)
    assert f"would write the proof of {label}, which Pulumi.prod.yaml pins already; nothing was written" in said
    code, said = world.run(*PROMOTE)
    assert code == 0
    assert f"wrote the proof of {label}, which Pulumi.prod.yaml pinned already" in said
    assert "in place of" not in said
    assert "proof: { stack: shop/staging" in world.file("prod").read_text()
    code, said = world.run("pin", "prod", "web", "1.5.0")
    assert code == 0
    assert f"removed the proof of {label}, which Pulumi.prod.yaml pinned already" in said


def test_a_dry_run_of_a_promotion_writes_nothing(world: World):
    world.release("staging", "1.5.0")
    before = world.file("prod").read_bytes()
    code, said = world.run(*PROMOTE, "--dry-run")
    assert code == 0
    assert "would pin web 1.5.0" in said
    assert world.file("prod").read_bytes() == before


def test_a_container_image_is_promoted_by_its_digest_and_keeps_the_rest_of_its_pin(world: World):
    digest = world.push("3.1.0")
    world.release_container("staging", "3.1.0", digest)
    before = world.file("prod").read_text()
    code, said = world.run("promote", "prod", "search", "--from", "staging", "--min-soak", "0s")
    assert code == 0, said
    after = world.file("prod").read_text()
    changed = before.replace("3.0.0", "3.1.0").replace(DIGESTS["3.0.0"], digest)
    start, _, end = changed.partition("  # by hand\n")
    assert after.startswith(f"{start}  # by hand\n      proof:\n        stack: shop/staging\n        release: 3.1.0\n")
    assert after.endswith(end)


def refused(world: World, *arguments: str, code: int = 3) -> str:
    before = {stack: world.file(stack).read_bytes() for stack in ("staging", "prod")}
    ended, said = world.run(*arguments)
    assert ended == code, said
    assert {stack: world.file(stack).read_bytes() for stack in before} == before
    return " ".join(said.split())


def test_what_has_not_run_long_enough_is_not_promoted(world: World):
    world.release("staging", "1.5.0")
    said = refused(world, "promote", "prod", "web", "--from", "staging")
    assert re.search(r"it has run in shop/staging for \d+ s only, and 30 min are required", said)
    assert "strata:promotion.min_soak_minutes" in said
    assert "30 min" in refused(world, *PROMOTE[:-1], "30m")
    assert "is not a duration" in refused(world, *PROMOTE[:-1], "soon", code=2)


def test_nothing_is_promoted_from_a_stack_that_is_rolling(world: World):
    world.release("staging", "1.5.0")
    world.live["web"] = Live("web", rolling=True)
    said = refused(world, *PROMOTE, code=6)
    assert "a rollout of web is running in shop/staging" in said


def test_nothing_is_promoted_from_a_stack_that_runs_something_else(world: World):
    world.release("staging", "1.5.0")
    world.live["web"] = Live("web", deviations=("1 server is on another release",))
    assert "is not the release that its record names: 1 server" in refused(world, *PROMOTE)


def test_nothing_is_promoted_from_a_record_of_which_somebody_has_written_over_the_image(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    ran, other = world.ids["1.4.2"], world.ids["1.5.0"]
    world.release("staging", "1.5.0")
    release = ServerRelease(
        image=ImageRef("web", "1.5.0", other), digest="d1", group="web-1", template="lt-1", template_version=1
    )
    right = replace(release, image=ImageRef("web", "1.4.2", ran))
    driver: Any = Aws(kept={record_name("shop", "staging", "web"): right.to_json()}, images={"1": ran})

    def look() -> Any:
        return look_at_servers(driver, "shop", "staging", {"web": 0})[0]

    assert look().deviations == ()
    driver.kept[record_name("shop", "staging", "web")] = release.to_json()
    world.live["web"] = look()
    said = refused(world, *PROMOTE)
    assert f"which the record names, launches image {ran}, but the record names web 1.5.0 ({other})" in said


def test_all_that_speaks_against_a_promotion_is_said_at_once(world: World):
    world.release("staging", "1.5.0")
    world.veto("prod", "1.5.0", "loses orders")
    world.revoke("1.5.0", "leaks")
    said = refused(world, "promote", "prod", "web", "--from", "staging")
    assert "web 1.5.0 is vetoed for web of shop/prod: loses orders" in said
    assert "strata image unveto prod web 1.5.0" in said
    assert "web 1.5.0 is revoked: leaks" in said
    assert "30 min are required" in said


def test_an_older_version_is_promoted_only_when_it_is_asked_for(world: World):
    world.release("staging", "1.4.2")
    world.release("prod", "1.5.0")
    said = refused(world, *PROMOTE)
    assert "it is older than 1.5.0, which is recorded for web of shop/prod" in said
    assert "--allow-older" in said
    assert world.run(*PROMOTE, "--allow-older")[0] == 0


def test_an_image_that_is_gone_is_not_promoted_and_nobody_is_told_to_share_it(world: World):
    world.release("staging", "1.5.0", "ami-0123456789abcdef0")
    said = refused(world, *PROMOTE)
    assert f"web 1.5.0 (ami-0123456789abcdef0) is gone: account {ACCOUNT}, which runs it, has no such image" in said
    assert "Roll out another version in staging" in said
    assert "modify-image-attribute" not in said


def test_a_region_without_a_copy_is_named_with_the_way_to_make_one(world: World):
    world.release("staging", "1.5.0")
    world.file("prod").write_text(world.file("prod").read_text().replace(f"region: {REGION}", "region: eu-central-1"))
    said = refused(world, *PROMOTE)
    assert "eu-central-1 has no copy of it" in said
    assert f"aws ec2 copy-image --region eu-central-1 --source-region {REGION}" in said


def test_in_another_region_the_catalogue_tells_a_copy_from_a_stranger_with_the_same_tags(world: World):
    world.release("staging", "1.5.0")
    world.catalogue("1.5.0", id=world.ids["1.5.0"])
    world.file("prod").write_text(world.file("prod").read_text().replace(f"region: {REGION}", "region: eu-central-1"))
    elsewhere = boto3.client("ec2", region_name="eu-central-1")
    ids = []
    for name in ("stranger", "copy"):
        image = elsewhere.register_image(Name=name, Architecture="x86_64", RootDeviceName="/dev/xvda")["ImageId"]
        tags = [{"Key": "app", "Value": "web"}, {"Key": "app_version", "Value": "1.5.0"}]
        elsewhere.create_tags(Resources=[image], Tags=tags)
        ids.append(image)
    assert "has no copy" in refused(world, *PROMOTE)
    Catalogue(lambda service: boto3.client(service, region_name="eu-central-1")).add(
        CatalogueEntry(kind=ImageKind.MACHINE, name="web", version="1.5.0", id=ids[1], made="2026-01-31T08:30:00Z")
    )
    code, found = world.answer(*PROMOTE)
    assert (code, found["image_id"]) == (0, ids[1])


def test_a_copy_of_another_image_that_the_catalogue_of_another_region_names_is_not_promoted(world: World):
    world.release("staging", "1.5.0")
    world.catalogue("1.5.0", id=world.ids["1.5.0"])
    world.file("prod").write_text(world.file("prod").read_text().replace(f"region: {REGION}", "region: eu-central-1"))
    other, elsewhere = world.bake("1.4.9"), "eu-central-1"
    made = boto3.client("ec2", region_name=elsewhere).copy_image(Name="copy", SourceRegion=REGION, SourceImageId=other)[
        "ImageId"
    ]
    # moto names no sources
    copy: Any = ec2_backends[ACCOUNT][elsewhere].amis[made]
    copy.source_image_id = other
    Catalogue(lambda service: boto3.client(service, region_name=elsewhere)).add(
        CatalogueEntry(kind=ImageKind.MACHINE, name="web", version="1.5.0", id=made, made="2026-01-31T08:30:00Z")
    )
    said = refused(world, *PROMOTE)
    assert f"the catalogue of {elsewhere} has {made} as web 1.5.0, which is a copy of {other}" in said
    assert f"shop/staging runs {world.ids['1.5.0']}" in said


def test_a_stack_without_a_record_has_nothing_to_promote(world: World):
    said = refused(world, *PROMOTE)
    assert "no release record of shop/staging names an image 'web'" in said


def test_a_stack_proves_nothing_to_itself(world: World):
    world.release("prod", "1.5.0")
    said = refused(world, "promote", "prod", "web", "--from", "prod", "--min-soak", "0s", code=2)
    assert "shop/prod cannot prove an image to itself" in said


def test_a_record_that_is_none_is_bad_input(world: World):
    world.ssm.put_parameter(Name=record_name("shop", "staging", "web"), Value="{}", Type="String")
    assert "not a release record" in refused(world, *PROMOTE, code=2)


def test_a_record_that_is_none_keeps_only_the_image_of_its_service_from_being_promoted(world: World):
    world.release("staging", "1.5.0")
    world.put(record_name("shop", "staging", "search"), "mine")
    assert world.run(*PROMOTE)[0] == 0
    said = refused(world, "promote", "prod", "search", "--from", "staging", "--min-soak", "0s", code=2)
    assert "/search/release is not a release record: 'mine', so what shop/staging has proven of search" in said
    # whose image nobody is to run by the stack file, and which the record that is none may name all the same
    world.put(record_name("shop", "staging", "web"), json.dumps({"image": None}))
    assert "is not a release record: 'mine'" in refused(world, *PROMOTE)


def test_where_the_record_is_none_nobody_knows_whether_a_promotion_goes_back(world: World):
    world.release("staging", "1.5.0")
    world.put(record_name("shop", "prod", "web"), "mine")
    said = refused(world, *PROMOTE)
    assert "so whether it is older than what is recorded for web of shop/prod is not known" in said
    assert "add --allow-older" in said
    assert world.run(*PROMOTE, "--allow-older")[0] == 0


def test_a_repository_that_only_a_record_names_which_is_none_is_not_called_unreleased(world: World):
    file = world.file("prod")
    file.write_text(file.read_text().replace(f"      repository: {REPOSITORY}\n", ""))
    said = refused(world, "pin", "prod", "search", "3.0.0")
    assert "no release record names it yet" in said
    world.put(record_name("shop", "prod", "search"), "mine")
    said = refused(world, "pin", "prod", "search", "3.0.0")
    assert "/search/release is not a release record: 'mine', which would name it" in said
    assert "no release record names it yet" not in said


def test_a_repository_that_a_record_named_which_is_gone_is_not_called_unreleased(world: World):
    file = world.file("prod")
    file.write_text(file.read_text().replace(f"      repository: {REPOSITORY}\n", ""))
    record = record_name("shop", "prod", "search")
    image = ImageRef("search", "3.0.0", f"{REPOSITORY}@{DIGESTS['3.0.0']}")
    world.put(note_name(record), Note(image, "d1", None, "2026-11-28T12:00:00Z", Phase.SUCCEEDED).to_json())
    said = refused(world, "pin", "prod", "search", "3.0.0")
    assert f"what would name it is gone: there is no release record {record} in {REGION}" in said
    assert "its last rollout, to search 3.0.0" in said
    assert "is noted as succeeded: the record was deleted since" in said
    assert "`pulumi up --refresh`" in said
    assert "Or set strata:container_images.search.repository to the one that has the images." in said
    assert "names it yet" not in said
    assert "what would name it is gone" in world.run("list", "prod", "search")[1]


@pytest.mark.parametrize("name", ["release", "last-rollout"])
def test_what_cannot_be_read_may_hold_an_image_that_is_to_be_disabled(world: World, name: str):
    world.put(f"/strata/else/where/api/{name}", "mine")
    code, said = world.run("revoke", "web", "1.5.0", "--reason", "leaks", "--disable")
    assert code == 3, said
    assert "web 1.5.0 is revoked, and was not disabled: what cannot be read may name it" in said
    assert f"/strata/else/where/api/{name} is not" in said
    code, said = world.run("revoke", "web", "1.5.0", "--reason", "leaks")
    assert code == 0, said
    assert "nothing that can be read holds it" in said
    world.ssm.delete_parameter(Name=f"/strata/else/where/api/{name}")
    assert world.run("revoke", "web", "1.5.0", "--reason", "leaks", "--disable")[0] == 0


def test_a_record_whose_digest_is_none_proves_nothing(world: World):
    image = ImageRef("web", "1.5.0", world.ids["1.5.0"])
    record = ServerRelease(image=image, digest="by hand", group="web-1", template="lt-1", template_version=1)
    world.put(record_name("shop", "staging", "web"), record.to_json())
    said = refused(world, *PROMOTE, code=2)
    assert "a release digest that is none: web has 'by hand'" in said


def test_a_container_image_that_the_repository_lacks_is_not_promoted(world: World):
    world.release_container("staging", "3.1.0", DIGESTS["3.1.0"])
    said = refused(world, "promote", "prod", "search", "--from", "staging", "--min-soak", "0s")
    assert f"is gone: {REPOSITORY} does not have it any more" in said
    assert "imagetools" not in said, "it would copy what is missing from where it is missing"
    file = world.file("prod")
    file.write_text(file.read_text().replace(REPOSITORY, f"{REPOSITORY}/prod"))
    said = refused(world, "promote", "prod", "search", "--from", "staging", "--min-soak", "0s")
    assert f"{REPOSITORY}/prod does not have search 3.1.0" in said
    assert f"imagetools create --tag {REPOSITORY}/prod:3.1.0 {REPOSITORY}@" in said


def test_a_first_pin_is_promoted_into_a_file_that_has_none(world: World):
    world.release("staging", "1.5.0")
    text = world.file("prod").read_text()
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if "the shop" not in line and "strata:images" not in line]
    world.file("prod").write_text("".join(kept))
    code, said = world.run(*PROMOTE)
    assert code == 0, said
    after = world.file("prod").read_text()
    assert after.startswith("".join(kept))
    assert "  strata:images:\n    web:\n      version: 1.5.0\n" in after


def test_a_version_that_exists_is_pinned_and_takes_the_old_proof_with_it(world: World):
    world.release("staging", "1.4.2")
    assert world.run(*PROMOTE)[0] == 0
    code, found = world.answer("pin", "prod", "web", "1.5.0")
    assert (code, found["image_id"], found["written"], found["proof"]) == (0, world.ids["1.5.0"], True, None)
    text = world.file("prod").read_text()
    assert f"web: {{ version: 1.5.0, id: {world.ids['1.5.0']} }} # the shop" in text


def test_a_container_image_is_pinned_by_the_digest_of_its_tag(world: World):
    digest = world.push("3.1.0")
    assert world.run("pin", "staging", "search", "3.1.0")[0] == 0
    assert f"version: 3.1.0\n      digest: {digest}  # by hand" in world.file("staging").read_text()


@pytest.mark.parametrize("named_by", ["record", "catalogue"])
def test_a_container_image_without_a_tag_is_pinned_as_what_is_noted_of_its_digest(world: World, named_by: str):
    digest = world.push("3.1.0")
    again = {"repositoryName": "search", "imageIds": [{"imageDigest": digest}]}
    (stored,) = world.ecr.batch_get_image(**again)["images"]
    world.ecr.batch_delete_image(**again)
    if named_by == "record":
        world.release_container("prod", "3.1.0", digest)
    else:
        world.catalogue("3.1.0", kind=ImageKind.CONTAINER, name="search", digest=digest)
    assert "there is no search 3.1.0" in refused(world, "pin", "prod", "search", "3.1.0"), "its repository lacks it"
    world.ecr.put_image(repositoryName="search", imageManifest=stored["imageManifest"])
    assert world.run("pin", "prod", "search", "3.1.0")[0] == 0
    assert f"version: 3.1.0\n      digest: {digest}" in world.file("prod").read_text()
    assert "there is no search 3.2.0" in refused(world, "pin", "prod", "search", "3.2.0")


def test_a_dry_run_of_a_pin_writes_nothing(world: World):
    said = refused(world, "pin", "prod", "web", "1.5.0", "--dry-run", code=0)
    assert "would pin web 1.5.0" in said
    assert "in place of 1.4.2" in said


@pytest.mark.parametrize(
    "version, code, expected",
    [
        ("9.9.9", 3, "there is no web 9.9.9 in account 123456789012, eu-west-1"),
        ("1.6.0", 3, "built for arm64, and the servers of web are x86_64"),
        ("1.7.0", 3, "2 images are web 1.7.0"),
        ("1.8.0", 3, "web 1.8.0 is revoked: leaks"),
        ("1.9.0", 3, "vetoed for web of shop/prod: loses orders"),
    ],
)
def test_what_should_not_run_is_not_pinned(world: World, version: str, code: int, expected: str):
    world.bake("1.6.0", architecture="arm64")
    for each in ("1.7.0", "1.7.0", "1.8.0", "1.9.0"):
        world.bake(each)
    world.revoke("1.8.0", "leaks")
    world.veto("prod", "1.9.0", "loses orders")
    assert expected in refused(world, "pin", "prod", "web", version, code=code)


BUILT = "arn:aws:imagebuilder:{region}:123456789012:image/web-recipe-0a1b2c3/1.2.3/1"
PIPELINE = """\
  strata:image_pipelines:
    {name}:
      app: web
      parent: ami-0123456789abcdef0
      verify: [verify.sh]
"""
ADDED = "`strata image add STACK PIPELINE --manifest FILE`, in the stack whose pipeline has made it"
NOBODY_KNOWN = (
    "`strata image bake STACK PIPELINE 1.6.0 --watch`, in the stack whose pipeline has made it in account "
    "123456789012, {region}: `aws imagebuilder get-image --region {region} --image-build-version-arn {by} "
    "--query image.sourcePipelineName --output text` names that"
)


def with_pipelines(world: World, pipelines: Mapping[str, tuple[str, ...]]) -> None:
    """Give stacks pipelines that bake the shop; a stack that is not there yet is in another region."""
    for stack, names in pipelines.items():
        if not world.file(stack).exists():
            world.file(stack).write_text(world.file("prod").read_text().replace(REGION, "eu-central-1"))
        text = "".join(PIPELINE.format(name=each) for each in names[:1])
        text += "".join(PIPELINE.format(name=each).partition("\n")[2] for each in names[1:])
        world.file(stack).write_text(world.file(stack).read_text() + text)


def claimed(world: World, by: str | None) -> str:
    """An image that is a version in the catalogue, and has no tag of one."""
    image = world.bake("1.6.0")
    world.catalogue("1.6.0", id=image, by=by)
    world.ec2.delete_tags(Resources=[image], Tags=[{"Key": "app"}, {"Key": "app_version"}])
    return image


@pytest.mark.parametrize(
    "region, pipelines, finish",
    [
        (REGION, {"staging": ("web",)}, "`strata image bake staging web 1.6.0 --watch`"),
        # a pipeline of its own has no execution of what that of another region has claimed
        (
            "eu-central-1",
            {"staging": ("web",), "central": ("web",)},
            "`strata image bake central web 1.6.0 --watch`",
        ),
        ("eu-central-1", {"central": ("base", "web")}, "`strata image bake central web 1.6.0 --watch`"),
        ("eu-central-1", {"staging": ("web",)}, NOBODY_KNOWN),
        (REGION, {"staging": ("web",), "prod": ("web",)}, NOBODY_KNOWN),
        (REGION, {}, NOBODY_KNOWN),
    ],
    ids=["own", "other region", "by its recipe", "not of the project", "of two stacks", "none"],
)
def test_what_finishes_a_claim_is_the_pipeline_that_has_made_it(
    world: World, region: str, pipelines: dict[str, tuple[str, ...]], finish: str
):
    with_pipelines(world, pipelines)
    by = BUILT.format(region=region)
    image = claimed(world, by)
    said = finish.format(region=region, by=by)
    assert unfinished(world) == {image: said}
    assert said in " ".join(refused(world, "pin", "staging", "web", "1.6.0", code=3).split())


@pytest.mark.parametrize(
    "pipelines, finish",
    [
        ({"central": ("web",)}, "`strata image add central web --manifest FILE`"),
        (
            {"central": ("web",), "staging": ("shop",)},
            ADDED + ", which is shop of staging or web of central",
        ),
        ({}, ADDED),
    ],
    ids=["one", "two", "none"],
)
def test_of_a_manifest_of_packer_every_pipeline_of_the_project_may_have_made_the_claim(
    world: World, pipelines: dict[str, tuple[str, ...]], finish: str
):
    with_pipelines(world, pipelines)
    image = claimed(world, "packer:0f1e")
    assert unfinished(world) == {image: finish}
    assert finish in " ".join(refused(world, "pin", "staging", "web", "1.6.0", code=3).split())


def test_a_stack_file_that_cannot_be_read_has_no_pipeline_that_could_have_made_a_claim(world: World):
    with_pipelines(world, {"central": ("web",)})
    (world.folder / "Pulumi.broken.yaml").write_text("config: [\n")
    image = claimed(world, BUILT.format(region="eu-central-1"))
    assert unfinished(world) == {image: "`strata image bake central web 1.6.0 --watch`"}


@pytest.mark.parametrize(
    "by, finish",
    [
        (BUILT.format(region=REGION), "strata image bake STACK PIPELINE 1.6.0"),
        ("packer:0f1e", "strata image add STACK PIPELINE --manifest FILE"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--id",)])
def test_what_is_claimed_and_not_tagged_is_not_pinned(world: World, by: str, finish: str, options: tuple[str, ...]):
    image = claimed(world, by)
    before = world.file("staging").read_text()
    said = refused(
        world, "pin", "staging", "web", "1.6.0", *(each for word in options for each in (word, image)), code=3
    )
    assert f"{image} is web 1.6.0 in the catalogue and has no tag of a version" in said
    assert finish in said
    listed = world.run("list", "staging", "web")[1]
    assert f"claimed and not finished, so no server starts from it: `{finish}" in " ".join(listed.split())
    (how,) = unfinished(world).items()
    assert how[0] == image
    assert how[1].startswith(f"`{finish}")
    assert "`, in the stack whose pipeline has made it" in how[1]
    assert world.file("staging").read_text() == before
    tags = [{"Key": "app", "Value": "web"}, {"Key": "app_version", "Value": "1.6.0"}]
    world.ec2.create_tags(Resources=[image], Tags=tags)
    assert unfinished(world) == {}
    assert world.run("pin", "staging", "web", "1.6.0")[0] == 0


def unfinished(world: World) -> dict[str, str]:
    """Images that the list has as claimed and not finished, and what finishes them."""
    (found,) = world.answer("list", "staging", "web")[1]["images"]
    assert len(found["versions"]) >= 3
    return {each["image_id"]: each["unfinished"] for each in found["versions"] if each["unfinished"]}


NO_VERSIONS = ["", " ", "v 2/x", "1.0/2", "_1.0", "1.0\n", "1" * 65, "größe"]


@pytest.mark.parametrize("version", NO_VERSIONS)
def test_a_version_that_the_stack_file_could_not_hold_is_not_pinned(world: World, version: str):
    if version.strip():
        world.bake(version)
    said = refused(world, "pin", "staging", "web", version, code=2)
    assert f"{version!r} is no version of an image: expected a version such as 1.4.2" in said
    assert "strata image list staging web" in said


def test_a_version_with_a_build_is_pinned_promoted_and_revoked(world: World):
    world.bake("1.5.0+7")
    assert world.run("pin", "staging", "web", "1.5.0+7")[0] == 0
    world.release("staging", "1.5.0+7")
    assert world.run(*PROMOTE)[0] == 0
    assert world.run("revoke", "web", "1.5.0+7", "--reason", "leaks", "--stack", "prod")[0] == 0
    world.veto("prod", "1.5.0+7", "loses orders")
    _, found = world.answer("list", "prod", "web")
    (row,) = [each for each in found["images"][0]["versions"] if each["version"] == "1.5.0+7"]
    assert (row["pinned"], row["revoked"].split(" (")[0], row["vetoes"]) == (True, "leaks", {"web": "loses orders"})
    assert "web 1.5.0+7 is revoked: leaks" in refused(world, "pin", "prod", "web", "1.5.0+7")
    assert world.run("unveto", "prod", "web", "1.5.0+7")[0] == 0


def test_a_version_that_the_stack_file_could_not_hold_is_not_promoted(world: World):
    world.bake("v 2/x")
    world.release("staging", "v 2/x")
    said = refused(world, *PROMOTE, code=2)
    assert (
        "shop/staging has recorded web as version 'v 2/x', which cannot be pinned: expected a version such as" in said
    )


def parameters(world: World) -> list[str]:
    return [each["Name"] for each in world.ssm.describe_parameters()["Parameters"]]


@pytest.mark.parametrize(
    "name, version, expected",
    [
        *(("web", each, "is no version of an image: expected a version such as 1.4.2") for each in ("", "v 2/x", "/")),
        *((each, "1.5.0", "is no name of an image: expected letters") for each in ("", "a b", "../web", "web\n")),
    ],
)
def test_what_no_image_is_called_is_not_revoked(world: World, name: str, version: str, expected: str):
    said = refused(world, "revoke", name, version, "--reason", "leaks", "--stack", "prod", code=2)
    assert expected in said
    assert parameters(world) == []


def test_a_container_image_that_runs_by_its_tag_is_revoked(world: World):
    assert world.run("revoke", "search", "_" + "a" * 100, "--reason", "leaks", "--stack", "prod")[0] == 0


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_a_revocation_without_a_reason_is_refused(world: World, reason: str):
    said = refused(world, "revoke", "web", "1.5.0", "--reason", reason, "--stack", "prod", code=2)
    assert "expected a few words for everybody who is refused because of it" in said
    assert parameters(world) == []


def test_of_several_images_of_a_version_one_is_pinned_by_its_id(world: World):
    first = world.bake("1.7.0")
    world.bake("1.7.0")
    assert world.answer("pin", "prod", "web", "1.7.0", "--id", first)[1]["image_id"] == first


def test_a_deprecated_image_is_not_pinned(world: World):
    # moto does not know the call that sets it
    ami: Any = ec2_backends[ACCOUNT][REGION].amis[world.ids["1.5.0"]]
    ami.deprecation_time = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
    assert "is deprecated since 2026-01-31" in refused(world, "pin", "prod", "web", "1.5.0")


def test_an_image_that_is_misspelled_is_answered_with_those_there_are(world: World):
    said = refused(world, "pin", "prod", "wbe", "1.5.0", code=2)
    assert "no image is pinned as 'wbe'" in said
    assert "Did you mean web?" in said


def require_proof(world: World) -> None:
    # as it is in prod by default
    text = world.file("prod").read_text()
    world.file("prod").write_text(text.replace("require_proof: false", "require_proof: true"))


def test_where_proof_is_required_a_pin_by_hand_is_refused_and_a_promotion_is_not(world: World):
    require_proof(world)
    said = refused(world, "pin", "prod", "web", "1.5.0")
    assert "strata image promote prod web --from OTHER" in said
    world.release("staging", "1.5.0")
    said = refused(world, *PROMOTE)
    assert (
        f"is in no catalogue of account {ACCOUNT} and has no watermark: expected one of them to say web 1.5.0" in said
    )
    world.catalogue("1.5.0", id=world.ids["1.5.0"])
    assert world.run(*PROMOTE)[0] == 0


def test_what_was_promoted_stays_pinned_when_more_is_required_later(world: World):
    world.catalogue("1.5.0", id=world.ids["1.5.0"])
    world.release("staging", "1.5.0")
    assert world.run(*PROMOTE)[0] == 0
    file = world.file("prod")
    text = file.read_text()
    containers = text.index("  strata:container_images:"), text.index("  strata:services:")
    stricter = text[: containers[0]] + text[containers[1] :].replace(
        "require_proof: false", "require_proof: true, min_soak_minutes: 600"
    )
    file.write_text(
        stricter[: stricter.index("  strata:container_services:")] + stricter[stricter.index("  strata:promotion:") :]
    )
    assert load_stack(read_stack(world.folder, "prod")).settings.promotion.min_soak_minutes == 600
    file.write_text(re.sub(r"min_soak: 0, ", "", file.read_text()))
    with pytest.raises(SettingsError, match=r"proof\.soaked"):
        load_stack(read_stack(world.folder, "prod"))


def test_the_list_shows_what_exists_is_pinned_runs_and_is_forbidden(world: World):
    world.release("prod", "1.4.2")
    world.revoke("1.5.0", '{"reason": "leaks", "by": "ann", "at": "2026-01-31T08:30:00Z"}')
    world.veto("prod", "1.4.2", "slow")
    world.catalogue("1.4.2", id=world.ids["1.4.2"])
    world.catalogue("1.3.0", id="ami-00000001")
    code, found = world.answer("list", "prod", "web")
    assert code == 0
    assert (found["stack"], [each["image_name"] for each in found["images"]]) == ("prod", ["web"])
    rows = {each["version"]: each for each in found["images"][0]["versions"]}
    assert set(rows) == {"1.3.0", "1.4.2", "1.5.0"}
    told = {key: rows["1.4.2"][key] for key in ("pinned", "recorded_for", "exists", "catalogued", "vetoes", "revoked")}
    assert told == {
        "pinned": True,
        "recorded_for": ["web"],
        "exists": True,
        "catalogued": True,
        "vetoes": {"web": "slow"},
        "revoked": None,
    }
    assert rows["1.5.0"]["revoked"] == "leaks (ann, 2026-01-31T08:30:00Z)"
    assert (rows["1.3.0"]["exists"], rows["1.3.0"]["catalogued"]) == (False, True)


def test_the_catalogue_names_an_image_before_a_record_and_a_pin_that_were_written_by_hand(world: World):
    world.catalogue("1.4.2", id=world.ids["1.4.2"])
    world.release("prod", "1.4.2")
    name = record_name("shop", "prod", "web")
    record = world.ssm.get_parameter(Name=name)["Parameter"]["Value"]
    world.ssm.put_parameter(Name=name, Value=record.replace("1.4.2", "9.9.9"), Overwrite=True)
    file = world.file("prod")
    file.write_text(file.read_text().replace("1.4.2", "8.8.8"))
    (row,) = [each for each in rows_of(world, "prod", "web") if each["image_id"] == world.ids["1.4.2"]]
    assert (row["version"], row["labels"]) == ("1.4.2", ["1.4.2", "8.8.8", "9.9.9"])
    assert (row["pinned_as"], row["recorded_as"]) == ("8.8.8", {"web": "9.9.9"})
    _, said = world.run("list", "prod", "web")
    assert "the record of web calls it 9.9.9; the pin calls it 8.8.8" in " ".join(said.split())


def test_the_list_of_a_stack_has_all_its_images_as_people_read_them(world: World):
    digest = world.push("3.1.0")
    world.release_container("prod", "3.0.0", DIGESTS["3.0.0"])
    code, said = world.run("list", "prod")
    assert code == 0
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines[0] == "search"
    assert any(line.startswith(f"3.1.0 {digest}") for line in lines)
    assert any("3.0.0" in line and "pinned" in line and "recorded for search; not there" in line for line in lines)
    assert "web" in lines


def rows_of(world: World, stack: str, name: str) -> list[dict[str, Any]]:
    code, found = world.answer("list", stack, name)
    assert code == 0
    return found["images"][0]["versions"]


def test_a_container_image_is_there_whatever_its_tags(world: World):
    digest = world.push("3.1.0")
    asked = {"repositoryName": "search", "imageIds": [{"imageDigest": digest}]}
    manifest = world.ecr.batch_get_image(**asked)["images"][0]["imageManifest"]
    world.release_container("prod", "3.1.0", digest)
    (own, unpinned) = sorted(rows_of(world, "prod", "search"), key=lambda each: not each["recorded_for"])
    assert (own["labels"], own["exists"], unpinned["exists"]) == (["3.1.0"], True, False)
    world.ecr.put_image(repositoryName="search", imageManifest=manifest, imageTag="kept-0123456789ab-1")
    world.ecr.batch_delete_image(repositoryName="search", imageIds=[{"imageTag": "3.1.0"}])
    (kept,) = [each for each in rows_of(world, "prod", "search") if each["image_id"] == digest]
    assert (kept["version"], kept["labels"], kept["exists"]) == ("3.1.0", ["3.1.0"], True), "by its record"
    world.ssm.delete_parameter(Name=record_name("shop", "prod", "search"))
    (unnamed,) = [each for each in rows_of(world, "prod", "search") if each["image_id"] == digest]
    assert (unnamed["version"], unnamed["labels"], unnamed["exists"]) == ("", [], True)


def test_one_digest_is_one_row_with_all_that_it_is_called(world: World):
    digest = world.push("3.1.0")
    file = world.file("prod")
    file.write_text(file.read_text().replace("3.0.0", "3.2.0").replace(DIGESTS["3.0.0"], digest))
    world.revoke("3.1.0", "leaks", name="search")
    (row,) = rows_of(world, "prod", "search")
    assert (row["version"], row["labels"], row["pinned"]) == ("3.2.0", ["3.2.0", "3.1.0"], True)
    assert (row["exists"], row["revoked"]) == (True, "leaks"), "whatever it is called"
    _, said = world.run("list", "prod", "search")
    assert "also 3.1.0" in said
    assert "not there" not in said


def test_what_nobody_could_ask_about_is_not_called_absent(world: World):
    file = world.file("prod")
    file.write_text(file.read_text().replace(REPOSITORY, "ghcr.io/shop/search"))
    (row,) = rows_of(world, "prod", "search")
    assert (row["exists"], row["state"]) == (None, None)
    _, said = world.run("list", "prod", "search")
    assert "nobody could ask whether it is there" in said
    assert "ghcr.io/shop/search is no repository of ECR, and was not asked." in said


def test_a_disabled_image_is_shown_and_named_as_disabled(world: World):
    image = world.bake("3.0.0")
    ec2_backends[ACCOUNT][REGION].amis[image].state = "disabled"
    (row,) = [each for each in rows_of(world, "prod", "web") if each["version"] == "3.0.0"]
    assert (row["exists"], row["state"]) == (True, "disabled")
    code, said = world.run("pin", "prod", "web", "3.0.0")
    assert code == 3
    assert f"web 3.0.0 ({image}) is disabled: nothing can launch it" in said
    assert f"aws ec2 enable-image --image-id {image}" in said
    assert "there is no" not in said
    another = world.bake("3.0.0")
    assert world.answer("pin", "prod", "web", "3.0.0")[1]["image_id"] == another, "what is disabled is no second one"


def test_a_version_is_listed_as_revoked_although_there_is_no_image_of_it(world: World):
    world.revoke("7.0.0+1", "leaks")
    world.put(lifted_revocation_name("web", "8.0.0"), "it was 7.0.0")
    (row,) = [each for each in rows_of(world, "prod", "web") if each["revoked"]]
    assert (row["version"], row["image_id"], row["exists"]) == ("7.0.0+1", None, False)
    _, said = world.run("list", "prod", "web")
    assert any("7.0.0+1" in line and "no image of it is known; revoked: leaks" in line for line in said.splitlines())
    assert "8.0.0" not in said


def test_what_is_no_entry_of_the_catalogue_is_named_by_list(world: World):
    world.catalogue("1.4.2", id=world.ids["1.4.2"])
    for version, value in (
        ("1.0.0", "garbage"),
        ("1.1.0", "[]"),
        ("1.2.0", json.dumps({"kind": "machine", "name": "web", "version": "9", "made": "x", "id": "ami-1"})),
        ("1.3.0", json.dumps({"kind": "machine", "name": "api", "version": "1.3.0", "made": "x", "id": "ami-1"})),
        (
            "1.4.0",
            json.dumps({"kind": "container", "name": "web", "version": "1.4.0", "made": "x", "digest": "sha256:"}),
        ),
    ):
        world.put(catalogue_name("web", version), value)
    _, found = world.answer("list", "prod", "web")
    note = found["images"][0]["note"]
    for name, why in (
        ("1.0.0", "is not an entry of the image catalogue: 'garbage'."),
        ("1.1.0", "is not an entry of the image catalogue: '[]'."),
        ("1.2.0", "is the entry of web 9, and is not used."),
        ("1.3.0", "is the entry of api 1.3.0, and is not used."),
        ("1.4.0", "is the entry of a container image, and web is a machine image."),
    ):
        assert f"Parameter {catalogue_name('web', name)} {why}" in note
    assert catalogue_name("web", "1.4.2") not in note
    assert {"1.2.0", "1.3.0"}.isdisjoint(each["version"] for each in found["images"][0]["versions"])


def test_a_revocation_says_who_still_holds_the_version(world: World):
    world.release("prod", "1.5.0")
    template = world.ec2.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": world.ids["1.5.0"], "InstanceType": "t3.small"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    [subnet, *_] = world.ec2.describe_subnets()["Subnets"]
    boto3.client("autoscaling", region_name=REGION).create_auto_scaling_group(
        AutoScalingGroupName="web-1",
        MinSize=1,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        VPCZoneIdentifier=subnet["SubnetId"],
    )
    code, found = world.answer("revoke", "web", "1.5.0", "--reason", "leaks", "--stack", "prod")
    assert code == 0
    assert (found["account"], found["region"], found["reason"]) == (ACCOUNT, REGION, "leaks")
    assert found["image_ids"] == [world.ids["1.5.0"]]
    assert [each["held_by"] for each in found["holders"]] == ["record", "group", "server"]
    code, said = world.run("revoke", "web", "1.5.0", "--reason", "again", "--stack", "prod", "--disable")
    assert code == 3
    assert "was not disabled: it is held by" in said
    assert world.run("promote", "staging", "web", "--from", "prod")[0] == 3


def test_a_version_that_nothing_holds_can_be_disabled(world: World):
    code, found = world.answer("revoke", "web", "1.5.0", "--reason", "leaks", "--region", REGION, "--disable")
    assert (code, found["holders"]) == (0, [])
    assert found["disabled"] == [world.ids["1.5.0"]]


def test_only_machine_images_are_disabled_and_a_container_image_is_revoked(world: World):
    world.release_container("prod", "3.1.0", world.push("3.1.0"))
    code, said = world.run("revoke", "search", "3.1.0", "--reason", "leaks", "--stack", "prod", "--disable")
    assert code == 3
    assert "search 3.1.0 is revoked, and was not disabled: it is a container image" in said
    assert "fix: Leave --disable out" in said
    assert "Roll them" not in said
    assert json.loads(world.ssm.get_parameter(Name=revocation_name("search", "3.1.0"))["Parameter"]["Value"])["reason"]


def test_a_second_reason_is_not_written_and_that_is_shown(world: World):
    options = ("web", "1.5.0", "--stack", "prod")
    assert "warning" not in world.run("revoke", *options, "--reason", "leaks")[1]
    assert "warning" not in world.run("revoke", *options, "--reason", "leaks")[1], "it is the same"
    code, said = world.run("revoke", *options, "--reason", "leaks keys")
    assert code == 0
    assert "web 1.5.0 was revoked already, because of 'leaks': that reason stays, and 'leaks keys' was not" in said
    assert world.answer("revoke", *options, "--reason", "loses orders")[1]["reason"] == "leaks"
    world.release("prod", "1.5.0")
    code, said = world.run("revoke", *options, "--reason", "loses orders", "--disable")
    assert code == 3
    assert "is revoked already, because of 'leaks', which stays the reason, and was not disabled: it is held by" in said


def test_what_ec2_knows_of_references_keeps_a_version_from_being_disabled(world: World):
    image = world.ids["1.5.0"]
    template = f"arn:aws:ec2:{REGION}:{ACCOUNT}:launch-template/lt-0abc"
    named = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/images/web"
    world.references = [
        {"ImageId": image, "ResourceType": "ec2:Instance", "Arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-gone"},
        {"ImageId": image, "ResourceType": "ec2:LaunchTemplate", "Arn": template},
        {"ImageId": image, "ResourceType": "ssm:Parameter", "Arn": named},
    ]
    code, said = world.run("revoke", "web", "1.5.0", "--reason", "leaks", "--stack", "prod", "--disable")
    assert code == 3
    assert f"launch template {template}, which names {image}" in said
    assert f"parameter {named}, which names {image}" in said
    assert "i-gone" not in said
    assert world.ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "available"


def test_a_revocation_goes_on_without_references_and_shows_it(world: World):
    world.references = None
    code, said = world.run("revoke", "web", "1.5.0", "--reason", "leaks", "--stack", "prod")
    assert code == 0
    assert "EC2 was not asked what else refers to it (DescribeImageReferences: UnauthorizedOperation)" in said
    code, found = world.answer("revoke", "web", "1.5.0", "--reason", "leaks", "--stack", "prod")
    assert (code, found["not_asked"]) == (0, "DescribeImageReferences: UnauthorizedOperation")


def test_what_a_revocation_would_disable_is_shown_and_left_as_it_is(world: World):
    options = ("web", "1.5.0", "--reason", "leaks", "--stack", "prod", "--disable", "--dry-run")
    code, said = world.run("revoke", *options)
    assert code == 0
    assert f"would disable {world.ids['1.5.0']}\n" in said
    assert world.ec2.describe_images(ImageIds=[world.ids["1.5.0"]])["Images"][0]["State"] == "available"
    assert world.answer("revoke", *options)[1]["disabled"] == [world.ids["1.5.0"]]
    world.release("prod", "1.5.0")
    code, said = world.run("revoke", *options)
    assert code == 3
    assert "web 1.5.0 can be revoked, and not disabled: it is held by" in said
    assert "record /strata/shop/prod/web/release, which names" in said


def test_a_promotion_reminds_once_that_the_stack_requires_no_proof(world: World):
    world.release("staging", "1.5.0")
    _, said = world.run(*PROMOTE)
    assert "note: Pulumi.prod.yaml requires no proof, so shop/prod goes on accepting pins by hand" in said
    _, said = world.run(*PROMOTE)
    assert "requires no proof" not in said


def test_an_image_that_is_shared_is_not_disabled(world: World):
    world.ec2.modify_image_attribute(ImageId=world.ids["1.5.0"], LaunchPermission={"Add": [{"UserId": "210987654321"}]})
    code, said = world.run("revoke", "web", "1.5.0", "--reason", "leaks", "--stack", "prod", "--disable")
    assert code == 3
    assert "is shared with 210987654321" in said


def test_a_dry_run_of_a_revocation_writes_nothing_and_shows_who_holds_it(world: World):
    world.release("prod", "1.5.0")
    code, said = world.run("revoke", "web", "1.5.0", "--reason", "leaks", "--stack", "prod", "--dry-run")
    assert code == 0
    assert "would revoke web 1.5.0" in said
    assert "still held by record /strata/shop/prod/web/release" in said
    assert world.ssm.get_parameters(Names=[revocation_name("web", "1.5.0")])["Parameters"] == []


def test_a_version_that_nobody_knows_is_revoked_all_the_same_and_the_spelling_is_doubted(world: World):
    code, said = world.run("revoke", "web", "1.5.o", "--reason", "leaks", "--stack", "prod")
    assert code == 0
    assert "check the spelling" in said


@pytest.mark.parametrize("options", [("--stack", "prod", "--region", REGION), ("--local",)])
def test_a_revocation_needs_one_account_and_region(world: World, options: tuple[str, ...]):
    assert world.run("revoke", "web", "1.5.0", "--reason", "leaks", *options)[0] == 2


def test_a_veto_is_lifted_and_one_that_is_not_there_is_answered_with_those_that_are(world: World):
    world.veto("prod", "1.5.0", "loses orders")
    assert world.run("unveto", "prod", "web", "1.5.0", "--dry-run")[0] == 0
    code, found = world.answer("unveto", "prod", "web", "1.5.0")
    assert (code, found["service"], found["version"], found["reason"]) == (0, "web", "1.5.0", "loses orders")
    world.veto("prod", "1.4.0", "slow")
    code, said = world.run("unveto", "prod", "web", "1.5.0")
    assert code == 2
    assert "Vetoed are: 1.4.0." in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "qa"),
        ("pin", "qa", "web", "1.5.0"),
        ("promote", "qa", "web", "--from", "staging"),
        ("promote", "prod", "web", "--from", "qa"),
        ("revoke", "web", "1.5.0", "--reason", "leaks", "--stack", "qa"),
        ("unrevoke", "web", "1.5.0", "--reason", "it does not", "--stack", "qa"),
        ("unveto", "qa", "web", "1.5.0"),
        ("prune", "qa"),
    ],
)
def test_a_stack_that_is_not_there_is_one_clear_error(world: World, arguments: tuple[str, ...]):
    said = refused(world, *arguments, code=2)
    assert "no stack file Pulumi.qa.yaml" in said
    assert "There are prod, staging." in said


TROUBLES = {
    "ThrottlingException": "AWS refused GetParameters: Rate exceeded",
    "ExpiredTokenException": "strata doctor STACK --aws",
    "AccessDeniedException": "strata doctor STACK --aws",
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "prod"),
        ("pin", "staging", "web", "1.5.0"),
        PROMOTE,
        ("revoke", "web", "1.5.0", "--reason", "leaks", "--stack", "prod"),
        ("unrevoke", "web", "1.5.0", "--reason", "it does not", "--stack", "prod"),
        ("unveto", "prod", "web", "1.5.0"),
        ("prune", "prod", "--apply"),
    ],
)
def test_what_aws_refuses_is_one_clear_error(
    world: World, monkeypatch: pytest.MonkeyPatch, trouble: str, arguments: tuple[str, ...]
):
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    def refuse(_self: BaseClient, operation: str, _arguments: Any) -> Any:
        raise ClientError({"Error": {"Code": trouble, "Message": "Rate exceeded"}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    said = refused(world, *arguments, code=1)
    assert "AWS refused" in said
    if trouble != "ThrottlingException":
        assert TROUBLES[trouble] in said


OTHER = "210987654321"


def move_prod_to_another_account(world: World) -> None:
    role = f"  aws:assumeRoles: [{{ roleArn: 'arn:aws:iam::{OTHER}:role/deploy' }}]\n"
    text = world.file("prod").read_text()
    world.file("prod").write_text(text.replace("  strata:stage", f"{role}  strata:stage"))


def test_an_image_of_another_account_is_promoted_once_it_is_shared_and_its_owner_is_named(world: World):
    world.release("staging", "1.5.0")
    move_prod_to_another_account(world)
    image_id = world.ids["1.5.0"]
    assert f"account {OTHER} cannot see web 1.5.0 ({image_id}) of account {ACCOUNT}" in refused(world, *PROMOTE)
    # moto shows no account what another one shares
    ec2_backends[OTHER][REGION].amis[image_id] = ec2_backends[ACCOUNT][REGION].amis[image_id]
    said = refused(world, *PROMOTE)
    assert f'Set strata:images.web.owners to ["{ACCOUNT}"]' in said
    text = world.file("prod").read_text()
    world.file("prod").write_text(text.replace(" } # the shop", f', owners: ["{ACCOUNT}"] }} # the shop'))
    world.catalogue("1.5.0", id=image_id, git_sha="0f3c51d")
    code, found = world.answer(*PROMOTE)
    assert (code, found["image_id"]) == (0, image_id)
    assert f'owners: ["{ACCOUNT}"]' in world.file("prod").read_text()
    # what is known of the version goes with it
    listed = world.answer("list", "prod", "web")[1]["images"][0]["versions"]
    assert [each["catalogued"] for each in listed if each["version"] == "1.5.0"] == [True]


def test_a_prebuilt_image_is_promoted_by_its_reference(world: World):
    digest = world.push("3.1.0")
    world.release_container("staging", "3.1.0", digest)
    text = world.file("prod").read_text()
    start, _, rest = text.partition("      repository:")
    _, _, end = rest.partition("# by hand\n")
    prebuilt = f"      reference: {REPOSITORY}:3.0.0@{DIGESTS['3.0.0']}\n"
    world.file("prod").write_text(f"{start}{prebuilt}{end}")
    assert world.run("promote", "prod", "search", "--from", "staging", "--min-soak", "0s")[0] == 0
    assert f"      reference: {REPOSITORY}@{digest}\n      proof:\n" in world.file("prod").read_text()


def test_an_image_that_is_built_is_not_pinned(world: World):
    text = world.file("staging").read_text()
    start, _, rest = text.partition("      repository:")
    _, _, end = rest.partition("# by hand\n")
    world.file("staging").write_text(f"{start}      build: {{ context: . }}\n{end}")
    world.push("3.1.0")
    said = refused(world, "pin", "staging", "search", "3.1.0", code=2)
    assert "search is built by `pulumi up`" in said
