"""Which images prove themselves, in two accounts and two regions, to a promotion and to the preflight of a rollout."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from strata.errors import RefusedError
from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.images.image_origin import attach_watermark
from strata.images.image_trust import ImageTerms
from strata.naming import revocation_name
from strata.promotion import pinned_stack
from strata.promotion.pinned_stack import open_stack
from strata.promotion.pinning import prepare_pin
from strata.promotion.promoting import Promotion, PromotionTerms, prepare_promotion
from strata.promotion.stack_records import RecordedImage
from strata.rollout.image_parameters import read_image_parameters
from strata.rollout.preflight_findings import PreflightSeverity, find_verdicts
from strata.rollout.record import ImageRef, ServerRelease
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.machine_trust import look_at_machine
from strata.rollout.servers.preflight import CHECKS, check
from strata.verdict_names import revoked_image_name
from tests.unit.rehearsal.cloud.conftest import Aws, bare, clients
from tests.unit.rehearsal.cloud.test_image_marks import client
from tests.unit.rollout.test_preflight import RECORD, facts, rollout

__all__ = ["bare", "clients"]

BAKES, RUNS = "123456789012", "222222222222"
HOME, AWAY = "eu-west-1", "eu-central-1"
STACK: Final = """\
config:
  aws:region: {region}
  strata:stage: prod
  strata:images: {{ web: {{ version: 1.0.0, id: ami-00000001, owners: {owners} }} }}
  strata:services: {{ web: {{ instance_type: t3.small, capacity: {{ min: 2, max: 4 }} }} }}
  strata:promotion: {{ require_proof: {required}, worst_finding: null, max_scan_age_days: null }}
"""
PREFLIGHT: Final = tuple(each for each in CHECKS if each.__name__ in ("_image", "_verdicts", "_trust"))


@dataclass(frozen=True)
class Place:
    """An account and region."""

    account: str = BAKES
    region: str = HOME


class World:
    """Two accounts and two regions, and what was made in them of one image."""

    def __init__(self, aws: Aws, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.aws, self.folder = aws, folder
        self._clients: dict[tuple[Place, str], Any] = {}
        self._stacks: dict[str, Place] = {}
        self.more: dict[str, str] = {}
        """What a stack file has besides, by stack."""
        aws.admin("accounts", accounts=[RUNS])
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        monkeypatch.setattr(
            pinned_stack, "connect_to_aws", lambda _folder, stack, _file, *, local: (self.at(self._stacks[stack]), aws)
        )
        aws.now = aws.clock.now  # type: ignore[attr-defined]
        ec2 = self.at(Place())("ec2")
        self.baked = self.register(Place(), "web-1.5.0")
        assert attach_watermark(ec2, self.baked, "web", "1.5.0") == ""
        Catalogue(self.at(Place())).add(
            CatalogueEntry(
                kind=ImageKind.MACHINE, name="web", version="1.5.0", id=self.baked, made="2026-01-31T08:30:00Z"
            )
        )
        away = self.at(Place(region=AWAY))("ec2")
        self.copy = away.copy_image(SourceImageId=self.baked, SourceRegion=HOME, Name="web-1.5.0", CopyImageTags=True)[
            "ImageId"
        ]
        for place, image in ((Place(), self.baked), (Place(region=AWAY), self.copy)):
            allowed = {"Add": [{"UserId": RUNS}]}
            self.at(place)("ec2").modify_image_attribute(ImageId=image, LaunchPermission=allowed)
        server = ec2.run_instances(ImageId=self.baked, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        self.server = server
        self.of_server = ec2.create_image(InstanceId=server, Name="changed-by-hand")["ImageId"]
        self.tag(Place(), self.of_server, "1.5.0")
        self.copied_server = ec2.copy_image(
            SourceImageId=self.of_server, SourceRegion=HOME, Name="of-a-server", CopyImageTags=True
        )["ImageId"]
        self.stranger = self.register(Place(RUNS), "stranger")

    def at(self, place: Place) -> Any:
        def clients(service: str) -> Any:
            if (place, service) not in self._clients:
                key = f"AKIASTRA{place.account}"
                self._clients[place, service] = client(self.aws, service, key, place.region)
            return self._clients[place, service]

        clients.in_region = lambda region: self.at(replace(place, region=region))  # type: ignore[attr-defined]
        return clients

    def register(self, place: Place, name: str, **disk: Any) -> str:
        image = self.at(place)("ec2").register_image(
            Name=name,
            Architecture="x86_64",
            RootDeviceName="/dev/xvda",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, **disk}}],
        )["ImageId"]
        self.tag(place, image, "1.5.0")
        return image

    def tag(self, place: Place, image: str, version: str) -> None:
        tags = [{"Key": "app", "Value": "web"}, {"Key": "app_version", "Value": version}]
        self.at(place)("ec2").create_tags(Resources=[image], Tags=tags)

    def _stack(self, name: str, place: Place, *, required: bool) -> Any:
        self._stacks[name] = place
        owners = ["self", BAKES] if place.account == RUNS else ["self"]
        text = STACK.format(region=place.region, owners=owners, required=str(required).lower())
        (self.folder / f"Pulumi.{name}.yaml").write_text(text + self.more.get(name, ""))
        return open_stack(self.folder, name, local=False, pin="web", kind=ImageKind.MACHINE)

    def promote(
        self, image: str, ran: Place, into: Place, *, version: str = "1.5.0", required: bool = True
    ) -> Promotion:
        source = self._stack("staging", ran, required=False)
        stack = self._stack("prod", into, required=required)
        release = released(image, version)
        held = [RecordedImage("web", release.image, release, datetime.now(UTC))]
        return prepare_promotion(stack, source, "web", held, PromotionTerms(0.0), lambda _service: [])

    def refused(self, image: str, ran: Place, into: Place, **more: Any) -> str:
        with pytest.raises(RefusedError) as error:
            self.promote(image, ran, into, **more)
        return str(error.value)

    def preflight(
        self,
        image: str,
        place: Place,
        *,
        version: str = "1.5.0",
        required: bool = True,
        recorded: ServerRelease | None = None,
        severity: PreflightSeverity = PreflightSeverity.REFUSE,
        **more: Any,
    ) -> list[str]:
        """What the preflight refuses to roll out in an account and region, or warns of."""
        driver, ref = Driver(self.at(place)), ImageRef("web", version, image)
        wanted = rollout()
        owners = (BAKES,) if place.account == RUNS else ()
        spec = replace(wanted.spec, terms=ImageTerms(required=required, accounts=owners))
        wanted = replace(wanted, spec=spec, release=replace(wanted.release, image=ref))
        found = driver.image(image)
        kept = read_image_parameters(driver, RECORD, (ref,), recorded)
        known = facts(
            wanted,
            image=found,
            hidden=found is None and driver.hides_images(),
            kept=kept,
            account=place.account,
            now=self.aws.clock.now(),
            **more,
        )
        return [each.text for each in check(wanted, known, PREFLIGHT) if each.severity is severity]


def released(image: str, version: str) -> ServerRelease:
    return ServerRelease(
        image=ImageRef("web", version, image), digest="f" * 16, group="web-1", template="lt-1", template_version=1
    )


@pytest.fixture
def world(bare: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(bare, tmp_path, monkeypatch)


def test_every_image_of_two_accounts_and_two_regions_is_told_apart(world: World):
    home, away, other, far = Place(), Place(region=AWAY), Place(RUNS), Place(RUNS, AWAY)
    accepted = {
        "the image itself": (home, world.baked),
        "a copy in the other region": (away, world.copy),
        "an image shared to the other account": (other, world.baked),
        "a copy shared to the other account": (far, world.copy),
    }
    for what, (into, found) in accepted.items():
        promotion = world.promote(world.baked, home, into)
        assert promotion.change.pin["id"] == found, what
        assert world.preflight(found, into) == [], what
    changed = f"was made from a running server, {world.server}"
    refused: dict[str, tuple[str, Place, str, dict[str, Any]]] = {
        "a stranger with equal tags": (world.stranger, other, f"is in no catalogue of account {RUNS}", {}),
        "one made from a running server": (world.of_server, home, changed, {}),
        "a copy of one made from a running server": (world.copied_server, home, f"a copy of {world.of_server}", {}),
        "another version": (world.baked, home, "its watermark says web 1.5.0: expected 1.6.0", {"version": "1.6.0"}),
    }
    for what, (image, place, message, more) in refused.items():
        if "version" in more:
            world.tag(place, image, more["version"])
        assert message in world.refused(image, place, place, **more), what
        assert any(message in each for each in world.preflight(image, place, **more)), what
        # who runs it already, or goes back to it, is warned and not kept from it
        version = more.get("version", "1.5.0")
        again = world.preflight(image, place, **more, recorded=released(image, version))
        assert not any(message in each for each in again), what
        # unless it is recorded as something else
        renamed = world.preflight(image, place, **more, recorded=released(image, "1.4.0"))
        assert any(message in each for each in renamed), what
    world.tag(home, world.baked, "1.5.0")
    allowed = world.at(other)("ec2")
    allowed.replace_image_criteria_in_allowed_images_settings(ImageCriteria=[{"ImageProviders": ["amazon"]}])
    allowed.enable_allowed_images_settings(AllowedImagesSettingsState="audit-mode")
    assert any("once they are enabled" in each for each in world.promote(world.baked, home, other).notes)
    allowed.enable_allowed_images_settings(AllowedImagesSettingsState="enabled")
    hidden = world.refused(world.baked, home, other)
    assert f"is hidden in {HOME} by the Allowed AMIs of account {RUNS}, which are enabled" in hidden
    (text,) = world.preflight(world.baked, other)
    assert f"the Allowed AMIs of account {RUNS} are enabled and do not let it through" in text


@pytest.mark.parametrize("revoked", [False, True])
def test_a_copy_of_a_copy_of_a_revoked_image_does_not_lead_back_to_it(world: World, revoked: bool):
    away = Place(region=AWAY)
    ec2 = world.at(away)("ec2")
    second = ec2.copy_image(SourceImageId=world.copy, SourceRegion=AWAY, Name="second", CopyImageTags=True)["ImageId"]
    if revoked:
        verdict = {"reason": "leaks", "by": "ann", "at": "2026-11-30T03:00:00Z", "called": ["web 1.5.0"]}
        world.at(away)("ssm").put_parameter(
            Name=revoked_image_name(world.baked), Value=json.dumps(verdict), Type="String"
        )
    stack = world._stack("prod", away, required=False)
    with pytest.raises(RefusedError) as error:
        prepare_pin(stack, "web", "1.5.0", second)
    for said in (str(error.value), world.refused(second, away, away)):
        assert (f"Pin {world.baked}, or copy it" in said) is not revoked
        assert ("is revoked: leaks (ann, 2026-11-30T03:00:00Z)" in said) is revoked
        assert ("Use neither: pin another version of web." in said) is revoked
    looked = look_at_machine(
        Driver(world.at(away)), RECORD, ImageRef("web", "1.5.0", second), None, ImageTerms(required=True), now=0.0
    )
    # also before it is launched: by a plan, a preview and the preflight
    (finding,) = [each for each in looked if "goes back to" in each.text or "a copy of" in each.text]
    assert finding.severity is PreflightSeverity.REFUSE
    assert finding.fix.startswith(f"Pin {world.baked}, or copy it") is not revoked
    assert finding.fix.startswith("Use neither: pin another version of web.") is revoked


def test_the_catalogues_image_of_a_revoked_version_is_not_advised_either(world: World):
    home = Place()
    other = world.register(home, "other")
    for version in ("1.5.0", "9.9.9"):
        world.at(home)("ssm").put_parameter(Name=revocation_name("web", version), Value="leaks", Type="String")
    driver, ref = Driver(world.at(home)), ImageRef("web", "1.5.0", other)
    found = find_verdicts(ref, read_image_parameters(driver, RECORD, (ref,), None).values)
    (stranger,) = [each for each in found if "is not what this account knows" in each.text]
    assert stranger.fix == "Bake this one under a version of its own."
    with pytest.raises(RefusedError) as error:
        prepare_pin(world._stack("prod", home, required=False), "web", "1.5.0", other)
    assert f"has {world.baked} as web 1.5.0: expected {other}" in str(error.value)
    assert f"Pin {world.baked}" not in str(error.value)


@pytest.mark.parametrize("called", [{}, {"app": "web", "app_version": "1.4.0"}, {"app": "other"}])
def test_a_copy_in_another_region_is_found_by_its_source_whatever_its_tags_are(world: World, called: dict[str, str]):
    home, away = Place(), Place(region=AWAY)
    ec2 = world.at(away)("ec2")
    ec2.create_tags(Resources=[world.copy], Tags=[{"Key": "app_version", "Value": "0.9.0"}])
    plain = ec2.copy_image(SourceImageId=world.baked, SourceRegion=HOME, Name="plain")["ImageId"]
    other = ec2.copy_image(SourceImageId=world.of_server, SourceRegion=HOME, Name="other")["ImageId"]
    if called:
        ec2.create_tags(Resources=[plain], Tags=[{"Key": key, "Value": value} for key, value in called.items()])
        ec2.deregister_image(ImageId=world.copy)
    if "app_version" in called:
        assert f"{plain} says of itself that it is web 1.4.0" in world.refused(world.baked, home, away)
    else:
        assert world.promote(world.baked, home, away).change.pin["id"] == plain
    ec2.deregister_image(ImageId=plain)
    if called:
        assert f"{AWAY} has no copy of it" in world.refused(world.baked, home, away), other


def test_where_no_proof_is_required_an_image_that_says_nothing_of_itself_is_accepted(world: World):
    other = Place(RUNS)
    assert world.promote(world.stranger, other, other, required=False).noted is None
    assert world.preflight(world.stranger, other, required=False) == []
    said = world.refused(world.of_server, Place(), Place(), required=False)
    assert "was made from a running server" in said, "but not one that says it is another"


def test_a_watermark_alone_proves_an_image_and_the_promotion_notes_it(world: World):
    home = Place()
    world.at(home)("ssm").delete_parameter(Name="/strata/images/web/1.5.0")
    noted = world.promote(world.baked, home, Place(RUNS)).noted
    assert noted is not None
    assert (noted.id, noted.version, noted.kind) == (world.baked, "1.5.0", ImageKind.MACHINE)


def test_a_watermark_of_an_account_that_nobody_trusts_proves_nothing(world: World):
    place = Place(RUNS)
    spec = SimpleNamespace(terms=ImageTerms(required=True))
    driver = Driver(world.at(place))
    wanted = rollout()
    release = replace(wanted.release, image=ImageRef("web", "1.5.0", world.baked))
    wanted = replace(wanted, spec=replace(wanted.spec, terms=spec.terms), release=release)
    known = facts(wanted, image=driver.image(world.baked), account=RUNS)
    (finding,) = check(wanted, known, PREFLIGHT)
    assert f"its watermark web 1.5.0 is of account {BAKES}: expected one of account {RUNS}" in finding.text
    assert "strata:images.web.owners" in finding.fix


def test_where_the_library_knows_no_watermarks_the_catalogue_decides_and_it_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("strata.images.image_finder.knows_watermarks", lambda _ec2: False)
    promotion = world.promote(world.baked, Place(), Place(RUNS))
    assert promotion.notes == (
        "The installed boto3 knows no watermarks: the catalogue alone says which version an image is.",
    )


def test_a_preflight_says_that_the_catalogue_alone_decides(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("strata.rollout.servers.driver.knows_watermarks", lambda _ec2: False)
    (said,) = world.preflight(world.baked, Place(), severity=PreflightSeverity.WARN)
    assert world.preflight(world.baked, Place()) == []
    assert said.endswith(f"the catalogue alone says which version image web 1.5.0 ({world.baked}) is")
    assert world.preflight(world.baked, Place(), required=False, severity=PreflightSeverity.WARN) == []


@pytest.mark.parametrize(
    "ec2, version, why",
    [
        (SimpleNamespace(), "1.5.0", "the installed boto3 knows no watermarks"),
        (SimpleNamespace(attach_image_watermark=None), f"1.{'0' * 130}", "EC2 has no watermark"),
    ],
)
def test_why_a_watermark_is_not_written_is_said(ec2: Any, version: str, why: str):
    assert why in attach_watermark(ec2, "ami-1", "web", version)
