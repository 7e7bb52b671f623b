"""Pinned images: found, checked, and nothing else."""

from dataclasses import replace

import pulumi
import pytest

from strata import MachineImage, testing
from strata.aws.facts.architecture import Architecture, architecture_of
from strata.clock import ScaledClock
from strata.errors import ImageError
from strata.settings.models import ImageProofSettings, ImageSettings

OLD = testing.MockImage("web", "1.4.2", "ami-0f3c51d29a7e84b61")
NEW = testing.MockImage("web", "1.5.0", "ami-0a6d2be49c8170f35")
PIN = ImageSettings(version=OLD.version, id=OLD.id)


def look_up(pin: ImageSettings, *images: testing.MockImage, name="web", **options) -> testing.Graph:
    parameters = options.pop("parameters", {})

    def program():
        image = MachineImage(name, pin, **options)
        pulumi.export("id", image.id)
        pulumi.export("version", image.version)
        pulumi.export("root", image.root_device_name)
        pulumi.export("architecture", image.architecture)

    return testing.run(program, mocks=testing.CloudMocks(images=images, parameters=parameters))


def test_the_pinned_image_is_found_by_app_and_version():
    found = look_up(PIN, OLD).exports
    assert found == {"id": OLD.id, "version": "1.4.2", "root": "/dev/xvda", "architecture": "x86_64"}


def test_the_app_may_differ_from_the_name():
    pin = ImageSettings(version="1.4.2", id=OLD.id, app="web")
    assert look_up(pin, OLD, name="front").exports["id"] == OLD.id


def test_a_version_alone_is_resolved_to_its_id():
    assert look_up(ImageSettings(version="1.4.2"), OLD).exports["id"] == OLD.id


def test_pitfall_9_a_newer_image_is_a_notice_and_changes_nothing():
    graph = look_up(PIN, OLD, NEW)
    assert graph.exports["id"] == OLD.id
    (line,) = graph.log
    assert line.level == "info"
    assert "ami-0a6d2be49c8170f35, by its tags 1.5.0, is newer than the pinned 1.4.2" in line.text
    assert "`strata image list` shows whether it is that version" in line.text


def test_an_older_image_is_no_notice():
    assert look_up(ImageSettings(version=NEW.version, id=NEW.id), OLD, NEW).log == ()


def test_an_image_baked_at_the_same_moment_is_no_notice(monkeypatch):
    monkeypatch.setattr("strata.testing.mocks._baked", lambda _: "2026-01-01T00:00:00.000Z")
    assert look_up(PIN, OLD, NEW).log == ()


def test_a_newer_image_that_is_not_available_is_no_notice():
    assert look_up(PIN, OLD, replace(NEW, state="pending")).log == ()


def test_pitfall_10_a_version_baked_again_under_another_id_is_an_error():
    again = replace(OLD, id="ami-0bbbbbbbbbbbbbbbb")
    with pytest.raises(ImageError, match=r"the pin says ami-0f3c51d29a7e84b61, but version 1\.4\.2 of web is ami-0bbb"):
        look_up(PIN, again)


def test_pitfall_10_two_images_of_one_version_are_an_error():
    with pytest.raises(ImageError, match=r"2 available images are version 1\.4\.2 of web: ami-0bbb.*, ami-0f3c"):
        look_up(PIN, OLD, replace(OLD, id="ami-0bbbbbbbbbbbbbbbb"))


def test_a_failed_bake_of_the_same_version_is_not_in_the_way():
    assert look_up(PIN, OLD, replace(OLD, id="ami-0bbbbbbbbbbbbbbbb", state="failed")).exports["id"] == OLD.id


def test_a_missing_image_is_an_error_that_says_what_was_looked_for():
    with pytest.raises(ImageError, match=r"no available image is version 1\.4\.2 of web"):
        look_up(PIN, NEW)


def proven(release: str) -> ImageProofSettings:
    by = "arn:aws:iam::123456789012:user/ann"
    return ImageProofSettings(
        stack="shop/staging",
        release=release,
        digest="0" * 16,
        image=OLD.id,
        soaked=5400,
        by=by,
        at="2026-01-31T08:30:00Z",
    )


@pytest.mark.parametrize(
    "proof, fix",
    [
        (None, "Pin it as what it is: `strata image pin test web 1.4.2` writes version and id of one image."),
        (proven("1.5.1"), "`strata image promote test web --from OTHER` writes version, id and proof of one image."),
    ],
    ids=["pinned by hand", "promoted"],
)
def test_a_pinned_id_that_is_there_under_another_version_is_called_what_it_is(
    proof: ImageProofSettings | None, fix: str
):
    with pytest.raises(ImageError) as raised:
        look_up(ImageSettings(version="1.5.1", id=OLD.id, proof=proof), OLD, NEW)
    said = "the pin says that ami-0f3c51d29a7e84b61 is version 1.5.1 of web, and by its tags it is version 1.4.2 of web"
    assert said in str(raised.value)
    assert fix in str(raised.value)
    assert "Bake it" not in str(raised.value)


def test_a_pinned_id_of_another_image_is_called_what_it_is():
    with pytest.raises(ImageError, match=r"and by its tags it is version 1\.4\.2 of search") as raised:
        look_up(ImageSettings(version="1.5.1", id=OLD.id), replace(OLD, app="search"))
    assert "`strata image pin test web 1.5.1`" in str(raised.value)


def test_a_pinned_image_that_is_not_available_yet_is_said_to_be_so():
    with pytest.raises(ImageError, match=r"ami-0f3c51d29a7e84b61 \(version 1\.4\.2\) is pending, not available"):
        look_up(PIN, replace(OLD, state="pending"))


def test_a_deprecated_image_is_an_error_from_its_time_on():
    image = replace(OLD, deprecation_time="2026-01-01T00:00:00.000Z")
    moment = 1_767_225_600.0
    before = ScaledClock(1.0, moment - 1, wall=lambda: moment - 1)
    after = ScaledClock(1.0, moment, wall=lambda: moment)
    assert look_up(PIN, image, clock=before).exports["id"] == OLD.id
    with pytest.raises(ImageError, match=r"\(version 1\.4\.2\) is deprecated since 2026-01-01"):
        look_up(PIN, image, clock=after)


def test_an_image_another_account_shares_is_found_by_id_and_owner():
    shared = replace(OLD, owner="210987654321")
    pin = ImageSettings(version="1.4.2", id=OLD.id, owners=("210987654321",))
    assert look_up(pin, shared).exports == {
        "id": OLD.id,
        "version": "1.4.2",
        "root": "/dev/xvda",
        "architecture": "x86_64",
    }


def test_an_image_of_an_account_that_is_not_an_owner_is_not_found():
    with pytest.raises(ImageError, match="no available image is ami-0f3c51d29a7e84b61, owned by 210987654321"):
        look_up(ImageSettings(version="1.4.2", id=OLD.id, owners=("210987654321",)), OLD)


def test_a_parameter_is_resolved_to_the_id_it_holds():
    pin = ImageSettings(parameter="/images/web")
    found = look_up(pin, OLD, parameters={"/images/web": OLD.id}).exports
    assert (found["id"], found["version"]) == (OLD.id, "1.4.2")


def test_a_shared_image_that_is_not_available_is_an_error():
    shared = replace(OLD, owner="210987654321", state="pending")
    with pytest.raises(ImageError, match="is pending, not available"):
        look_up(ImageSettings(version="1.4.2", id=OLD.id, owners=("210987654321",)), shared)


def test_a_pin_without_version_and_parameter_is_an_error():
    with pytest.raises(ImageError, match="neither a version nor a parameter"):
        look_up(ImageSettings.model_construct(version=None, id=None, parameter=None, app=None, owners=("self",)))


@pytest.mark.parametrize(
    "instance_type, expected",
    [
        ("t3.small", Architecture.X86_64),
        ("t4g.small", Architecture.ARM64),
        ("m7g.large", Architecture.ARM64),
        ("m7gd.large", Architecture.ARM64),
        ("c7gn.16xlarge", Architecture.ARM64),
        ("x2gd.medium", Architecture.ARM64),
        ("im4gn.large", Architecture.ARM64),
        ("is4gen.large", Architecture.ARM64),
        ("g5g.xlarge", Architecture.ARM64),
        ("hpc7g.4xlarge", Architecture.ARM64),
        ("a1.medium", Architecture.ARM64),
        ("m7i-flex.large", Architecture.X86_64),
        ("m7a.large", Architecture.X86_64),
        ("g5.xlarge", Architecture.X86_64),
        ("g4dn.xlarge", Architecture.X86_64),
        ("gr6.4xlarge", Architecture.X86_64),
        ("u-12tb1.112xlarge", Architecture.X86_64),
        ("p5.48xlarge", Architecture.X86_64),
    ],
)
def test_the_processor_follows_from_the_instance_types_name(instance_type, expected):
    assert architecture_of(instance_type) is expected
