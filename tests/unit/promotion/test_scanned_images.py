"""A promotion holds to what the stack it is for allows scans to find, and the list shows what they found."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from strata.errors import RefusedError
from strata.images.catalogue import ImageKind
from strata.promotion import pinned_stack
from strata.promotion.image_list import ImageRow, list_images
from strata.promotion.pinned_stack import PinnedStack, open_stack
from strata.promotion.promoting import Promotion, PromotionTerms, prepare_promotion
from strata.promotion.stack_records import RecordedImage
from strata.rollout.record import ImageRef, Release, ServerRelease, TaskRelease
from tests.unit.rehearsal.cloud.conftest import Aws, bare, clients

__all__ = ["bare", "clients"]

REGION: Final = "eu-west-1"
REPOSITORY: Final = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/search"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
STACK: Final = """\
config:
  aws:region: {region}
  strata:stage: {stage}
  strata:images: {{ web: {{ version: 1.0.0, id: ami-00000001 }} }}
  strata:container_images: {{ search: {{ repository: {repository}, version: 1.0.0, digest: "{digest}" }} }}
  strata:services: {{ web: {{ instance_type: t3.small, capacity: {{ min: 2, max: 4 }} }} }}
  strata:container_services: {{ search: {{ capacity: {{ min: 2, max: 4 }} }} }}
  strata:promotion: {{ require_proof: false, worst_finding: {worst}, max_scan_age_days: {days} }}
"""


class World:
    """A machine image and a container image that staging runs, and what scans find in them."""

    def __init__(self, aws: Aws, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.aws, self.folder = aws, folder
        aws.now = aws.clock.now  # type: ignore[attr-defined]
        monkeypatch.setattr(
            pinned_stack, "connect_to_aws", lambda *_, **__: (lambda service: getattr(aws, service), aws)
        )
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        device = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}
        named = {"Name": "web-1.5.0", "Architecture": "x86_64", "RootDeviceName": "/dev/xvda"}
        self.machine = aws.ec2.register_image(**named, BlockDeviceMappings=[device])["ImageId"]
        tags = [{"Key": "app", "Value": "web"}, {"Key": "app_version", "Value": "1.5.0"}]
        aws.ec2.create_tags(Resources=[self.machine], Tags=tags)
        aws.ecr.create_repository(repositoryName="search")
        text = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": []})
        pushed = aws.ecr.put_image(repositoryName="search", imageManifest=text, imageTag="1.5.0")
        self.digest = pushed["image"]["imageId"]["imageDigest"]

    def stack(self, name: str, kind: ImageKind, *, worst: str = "null", days: str = "null") -> PinnedStack:
        text = STACK.format(
            region=REGION, stage=name, repository=REPOSITORY, digest=f"sha256:{64 * 'a'}", worst=worst, days=days
        )
        (self.folder / f"Pulumi.{name}.yaml").write_text(text)
        return open_stack(self.folder, name, local=False, pin=PIN[kind], kind=kind)

    def held(self, kind: ImageKind) -> RecordedImage:
        release: Release
        if kind is ImageKind.MACHINE:
            image = ImageRef("web", "1.5.0", self.machine)
            release = ServerRelease(
                image=image, digest="0123456789abcdef", group="web-1", template="lt-1", template_version=1
            )
        else:
            image = ImageRef("search", "1.5.0", f"{REPOSITORY}@{self.digest}")
            release = TaskRelease(
                image=image, digest="0123456789abcdef", service="arn:search", task_definition="search:1"
            )
        return RecordedImage(PIN[kind], image, release, datetime.now(UTC))

    def scan(self, kind: ImageKind, worst: str | None, *, at: str | None = None) -> None:
        what: dict[str, Any] = {"region": REGION, "at": at}
        if kind is ImageKind.MACHINE:
            what |= {"image": self.machine, "severity": worst}
        else:
            what |= {"repository": "search", "digest": self.digest, "counts": {worst.upper(): 2} if worst else {}}
        self.aws.admin("scanned", **what)

    def promote(self, kind: ImageKind, **limits: str) -> Promotion:
        source, stack = self.stack("staging", kind), self.stack("prod", kind, **limits)
        return prepare_promotion(stack, source, PIN[kind], [self.held(kind)], PromotionTerms(0.0), lambda _: [])

    def refused(self, kind: ImageKind, **limits: str) -> str:
        with pytest.raises(RefusedError) as error:
            self.promote(kind, **limits)
        return str(error.value)

    def row(self, kind: ImageKind) -> ImageRow:
        (found,) = list_images(self.stack("prod", kind), PIN[kind])
        return next(each for each in found.rows if each.version == "1.5.0")


PIN: Final = {ImageKind.MACHINE: "web", ImageKind.CONTAINER: "search"}
KINDS = pytest.mark.parametrize("kind", list(ImageKind))


@pytest.fixture
def world(bare: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(bare, tmp_path, monkeypatch)


@KINDS
def test_what_was_never_scanned_is_not_promoted_where_there_are_limits(world: World, kind: ImageKind):
    assert "no result of a scan for vulnerabilities" in world.refused(kind, worst="high")
    assert "strata:promotion.max_scan_age_days" in world.refused(kind, days="30")
    assert world.promote(kind).change.version == "1.5.0", "nobody asks for one"


@KINDS
def test_what_is_worse_than_allowed_is_not_promoted_and_what_is_as_bad_is(world: World, kind: ImageKind):
    world.scan(kind, "critical")
    told = world.refused(kind, worst="high")
    assert "found something critical: expected nothing worse than high" in told
    world.scan(kind, "high")
    assert world.promote(kind, worst="high").change.version == "1.5.0"
    world.scan(kind, None)
    assert world.promote(kind, worst="informational").change.version == "1.5.0"


@KINDS
def test_a_scan_that_is_too_old_says_nothing(world: World, kind: ImageKind):
    now = world.aws.clock.now()
    for days, allowed in ((29, True), (31, False)):
        world.scan(kind, None, at=datetime.fromtimestamp(now - days * 86400, UTC).isoformat())
        if allowed:
            assert world.promote(kind, days="30").change.version == "1.5.0"
        else:
            assert "31 days ago: expected 30 at most" in world.refused(kind, days="30")


def test_the_list_shows_what_the_scan_of_a_machine_image_found(world: World):
    assert world.row(ImageKind.MACHINE).document()["scan"] is None
    world.scan(ImageKind.MACHINE, "high", at="2026-01-31T08:30:00Z")
    row = world.row(ImageKind.MACHINE)
    assert row.document()["scan"] == {"at": "2026-01-31T08:30:00Z", "worst": "high", "without": None}
    assert str(row.scan) == "scanned 2026-01-31T08:30:00Z: high findings"
    world.scan(ImageKind.MACHINE, None, at="2026-01-31T08:30:00Z")
    assert str(world.row(ImageKind.MACHINE).scan) == "scanned 2026-01-31T08:30:00Z: no findings"


def test_the_list_shows_the_scan_of_a_container_image_that_is_recorded_and_asks_for_no_other(world: World):
    world.scan(ImageKind.CONTAINER, "low", at="2026-01-31T08:30:00Z")
    assert world.row(ImageKind.CONTAINER).scan is None, "neither pinned nor recorded"
    release = world.held(ImageKind.CONTAINER).release
    world.aws.ssm.put_parameter(Name="/strata/shop/prod/search/release", Value=release.to_json(), Type="String")
    found = world.row(ImageKind.CONTAINER).document()["scan"]
    assert found == {"at": "2026-01-31T08:30:00Z", "worst": "low", "without": None}
