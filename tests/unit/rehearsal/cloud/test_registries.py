"""Images are pushed, tagged and found as in ECR."""

import hashlib
import json
from typing import Any

import pytest

from strata_rehearsal.cloud.tasks.pulled_images import images_of, missing, receive
from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rehearsal.cloud.container_requests import refusal

ACCOUNT = "123456789012"
MEDIA = "application/vnd.oci.image.manifest.v1+json"


def manifest(content: str, **options: Any) -> str:
    layer = {"digest": f"sha256:{hashlib.sha256(content.encode()).hexdigest()}", "size": 1, "mediaType": "layer"}
    return json.dumps({"schemaVersion": 2, "mediaType": MEDIA, "layers": [layer], "content": content}, **options)


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def push(aws: Aws, content: str, tag: str | None = None, **more: Any) -> str:
    named = {"imageTag": tag} if tag else {}
    made = aws.ecr.put_image(repositoryName="web", imageManifest=manifest(content), **named, **more)
    return made["image"]["imageId"]["imageDigest"]


def refused(aws: Aws, content: str, **more: Any) -> tuple[str, str]:
    return refusal(aws.ecr.put_image, repositoryName="web", imageManifest=manifest(content), **more)


def tags(aws: Aws, image: str) -> list[str]:
    found = aws.ecr.describe_images(repositoryName="web", imageIds=[{"imageDigest": image}])
    return found["imageDetails"][0].get("imageTags", [])


@pytest.fixture
def mutable(bare: Aws) -> Aws:
    bare.ecr.create_repository(repositoryName="web")
    return bare


@pytest.fixture
def immutable(bare: Aws) -> Aws:
    bare.ecr.create_repository(repositoryName="web", imageTagMutability="IMMUTABLE")
    return bare


def test_what_is_no_digest_is_never_made_up(bare: Aws):
    whole = [{"imageDigest": digest("one")}]
    (made,) = bare.ecr.batch_get_image(repositoryName="made-up", imageIds=whole)["images"]
    assert made["imageId"]["imageDigest"] == digest("one")
    bare.ecr.start_image_scan(repositoryName="made-up", imageId=whole[0])
    asked = [{"imageDigest": "sha256:00"}]
    assert bare.ecr.batch_get_image(repositoryName="made-up", imageIds=asked)["images"] == []
    (only,) = bare.ecr.describe_images(repositoryName="made-up")["imageDetails"]
    assert only["imageDigest"] == digest("one")


def test_the_digest_of_an_image_is_that_of_its_manifest(mutable: Aws):
    text = manifest("one", indent=3)
    made = mutable.ecr.put_image(repositoryName="web", imageManifest=text, imageTag="1")
    assert made["image"]["imageId"]["imageDigest"] == digest(text)
    assert tags(mutable, digest(text)) == ["1"]
    assert push(mutable, "one") != digest(text), "other bytes, another digest"


def test_an_index_of_several_platforms_has_the_digest_of_its_manifest_too(mutable: Aws):
    text = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []})
    made = mutable.ecr.put_image(repositoryName="web", imageManifest=text)
    assert made["image"]["imageId"]["imageDigest"] == digest(text)


def test_an_image_that_is_not_there_is_not_found_by_its_digest(mutable: Aws):
    wanted = {"imageDigest": f"sha256:{'0' * 64}"}
    code, message = refusal(mutable.ecr.describe_images, repositoryName="web", imageIds=[wanted])
    assert code == "ImageNotFoundException"
    assert wanted["imageDigest"] in message


def test_an_image_of_another_account_is_described_by_the_registry_that_has_it(bare: Aws):
    place = {"registryId": "210987654321", "repositoryName": "web"}
    wanted = [{"imageDigest": f"sha256:{'a' * 64}"}]
    assert bare.ecr.batch_get_image(**place, imageIds=wanted)["images"]
    bare.ecr.start_image_scan(**place, imageId=wanted[0])
    (found,) = bare.ecr.describe_images(**place, imageIds=wanted)["imageDetails"]
    assert (found["registryId"], found["imageDigest"]) == ("210987654321", wanted[0]["imageDigest"])
    assert refusal(bare.ecr.describe_images, repositoryName="web", imageIds=wanted)[0] == "RepositoryNotFoundException"


def test_a_digest_of_something_else_is_refused(mutable: Aws):
    assert refused(mutable, "one", imageDigest=f"sha256:{'0' * 64}")[0] == "ImageDigestDoesNotMatchException"


def test_an_immutable_tag_is_not_moved(immutable: Aws):
    first = push(immutable, "one", "1.0")
    assert refused(immutable, "two", imageTag="1.0") == (
        "ImageTagAlreadyExistsException",
        (
            "The image tag '1.0' already exists in the 'web' repository and cannot be overwritten because the tag is "
            "immutable."
        ),
    )
    assert tags(immutable, first) == ["1.0"]
    second = push(immutable, "two", "1.1")
    assert refused(immutable, "two", imageTag="1.0")[0] == "ImageTagAlreadyExistsException", "nor to an image there is"
    assert tags(immutable, second) == ["1.1"]


@pytest.mark.parametrize("mutability", ["MUTABLE", "IMMUTABLE"])
def test_the_same_image_under_the_same_tag_exists(bare: Aws, mutability: str):
    bare.ecr.create_repository(repositoryName="web", imageTagMutability=mutability)
    push(bare, "one", "1.0")
    assert refused(bare, "one", imageTag="1.0")[0] == "ImageAlreadyExistsException"
    assert refused(bare, "one")[0] == "ImageAlreadyExistsException"


def test_an_image_may_have_many_tags(immutable: Aws):
    first = push(immutable, "one", "1.0")
    assert push(immutable, "one", "stable") == first
    assert tags(immutable, first) == ["1.0", "stable"]


def test_an_image_whose_tag_moves_on_stays_by_its_digest(mutable: Aws):
    first = push(mutable, "one", "latest")
    second = push(mutable, "two", "latest")
    assert (tags(mutable, first), tags(mutable, second)) == ([], ["latest"])
    listed = mutable.ecr.list_images(repositoryName="web")["imageIds"]
    assert {each["imageDigest"] for each in listed} == {first, second}


@pytest.mark.parametrize("base,moves", [("IMMUTABLE_WITH_EXCLUSION", "dev-1"), ("MUTABLE_WITH_EXCLUSION", "1.0")])
def test_an_exception_says_the_opposite_for_its_tags(bare: Aws, base: str, moves: str):
    filters = [{"filter": "dev-*", "filterType": "WILDCARD"}]
    bare.ecr.create_repository(
        repositoryName="web", imageTagMutability=base, imageTagMutabilityExclusionFilters=filters
    )
    for tag in ("dev-1", "1.0"):
        push(bare, "one", tag)
    push(bare, "two", moves)
    (stays,) = {"dev-1", "1.0"} - {moves}
    assert refused(bare, "two", imageTag=stays)[0] == "ImageTagAlreadyExistsException"


def test_a_repository_that_is_not_there_takes_no_image(bare: Aws):
    assert refused(bare, "one", imageTag="1.0")[0] == "RepositoryNotFoundException"


def test_a_repository_with_images_is_not_deleted_unless_by_force(mutable: Aws):
    push(mutable, "one")
    assert refusal(mutable.ecr.delete_repository, repositoryName="web")[0] == "RepositoryNotEmptyException"
    mutable.ecr.delete_repository(repositoryName="web", force=True)


def test_a_manifest_that_is_none_is_refused(mutable: Aws):
    assert refusal(mutable.ecr.put_image, repositoryName="web", imageManifest="{")[0] == "InvalidParameterException"
    assert refusal(mutable.ecr.put_image, repositoryName="web", imageManifest="{}")[0] == "InvalidParameterException"


def test_a_login_is_valid_for_twelve_hours(bare: Aws):
    (login,) = bare.ecr.get_authorization_token()["authorizationData"]
    assert login["expiresAt"].timestamp() == bare.clock.now() + 12 * 3600


def test_what_is_pushed_is_in_the_events_of_the_cloud(mutable: Aws):
    first = push(mutable, "one", "1.0")
    (event,) = mutable.events("container_image")
    assert (event["name"], event["state"], event["digest"], event["tag"]) == ("web", "pushed", first, "1.0")


def found(aws: Aws, image: str, **more: Any) -> list[dict[str, Any]]:
    return aws.ecr.batch_get_image(repositoryName="web", imageIds=[{"imageDigest": image}], **more)["images"]


@pytest.mark.parametrize("account", [ACCOUNT, "210987654321"])
def test_where_nothing_was_pushed_every_image_that_is_named_is_there(bare: Aws, account: str):
    wanted = f"sha256:{'c' * 64}"
    (image,) = found(bare, wanted, registryId=account)
    assert image["imageId"]["imageDigest"] == wanted
    assert found(bare, wanted, registryId=account) == [image]


def test_a_repository_into_which_something_was_pushed_knows_what_it_lacks(mutable: Aws):
    deployed, seen, unknown = (f"sha256:{each * 64}" for each in "cde")
    reference = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web@{deployed}"
    (pulled,) = images_of([{"name": "web", "image": reference}])
    assert (pulled.digest, missing(pulled)) == (deployed, None)
    assert found(mutable, seen)
    push(mutable, "one", "1")
    assert found(mutable, deployed), "it was deployed before"
    assert not found(mutable, seen), "somebody has only looked"
    assert not found(mutable, unknown)


def test_who_only_looks_at_a_container_image_leaves_nothing_behind(bare: Aws):
    wanted = f"sha256:{'c' * 64}"
    bare.ecr.create_repository(repositoryName="web")
    for repository in ("web", "mistyped"):
        assert bare.ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": wanted}])["images"]
        asked: dict[str, Any] = {"repositoryName": repository, "imageId": {"imageDigest": wanted}}
        if repository == "mistyped":
            scanned = bare.ecr.describe_image_scan_findings(**asked)
            assert scanned["imageScanStatus"]["status"] == "COMPLETE"
        else:
            assert refusal(bare.ecr.describe_image_scan_findings, **asked)[0] == "ScanNotFoundException"
        mixed = [{"imageDigest": wanted}, {"imageTag": "1.0"}]
        if repository == "web":
            answer = bare.ecr.batch_get_image(repositoryName=repository, imageIds=mixed)
            assert [each["imageId"]["imageDigest"] for each in answer["images"]] == [wanted]
            assert [each["failureCode"] for each in answer["failures"]] == ["ImageNotFound"]
    assert [each["repositoryName"] for each in bare.ecr.describe_repositories()["repositories"]] == ["web"]
    assert bare.ecr.list_images(repositoryName="web")["imageIds"] == []


def test_an_image_that_is_made_up_can_be_tagged_as_any_other(bare: Aws):
    wanted = f"sha256:{'c' * 64}"
    (image,) = found(bare, wanted)
    bare.ecr.put_image(
        repositoryName="web", imageManifest=image["imageManifest"], imageTag="kept-1", imageDigest=wanted
    )
    assert tags(bare, wanted) == ["kept-1"]
    bare.ecr.create_repository(repositoryName="web")
    assert bare.ecr.list_images(repositoryName="web")["imageIds"] == [], "what is made up gives way"


def test_a_builders_push_is_in_the_registry_under_its_tag(immutable: Aws):
    repository, text = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web", manifest("one")
    assert receive(repository, "1", text, MEDIA) == digest(text)
    assert receive(repository, "1", text, MEDIA) == digest(text), "pushed again"
    assert tags(immutable, digest(text)) == ["1"]
    with pytest.raises(ValueError, match=r"ECR refuses the image: .*immutable"):
        receive(repository, "1", manifest("two"), MEDIA)
    assert receive("registry.example.com/web", "1", text, MEDIA) is None


def test_a_scan_of_a_container_image_finds_what_there_is_when_it_ran(bare: Aws):
    digest = f"sha256:{64 * 'a'}"
    bare.ecr.create_repository(repositoryName="shop")
    asked: dict[str, Any] = {"repositoryName": "shop", "imageId": {"imageDigest": digest}}
    assert refusal(bare.ecr.describe_image_scan_findings, **asked)[0] == "ScanNotFoundException"
    bare.ecr.start_image_scan(**asked)
    assert refusal(bare.ecr.start_image_scan, **asked)[0] == "LimitExceededException"
    clean = bare.ecr.describe_image_scan_findings(**asked)["imageScanFindings"]
    assert (clean["findingSeverityCounts"], clean["findings"]) == ({}, [])
    assert clean["imageScanCompletedAt"].timestamp() == bare.clock.time
    bare.admin("scanned", repository="shop", digest=digest, region=REGION, counts={"CRITICAL": 1, "LOW": 2})
    found = bare.ecr.describe_image_scan_findings(**asked)["imageScanFindings"]
    assert found["findingSeverityCounts"] == {"CRITICAL": 1, "LOW": 2}
    assert [each["severity"] for each in found["findings"]] == ["CRITICAL", "LOW", "LOW"]


def test_an_image_that_a_stack_names_in_the_registry_of_another_account_is_scanned_there_too(bare: Aws):
    digest = f"sha256:{64 * 'a'}"
    place: dict[str, Any] = {"registryId": "210987654321", "repositoryName": "shop", "imageId": {"imageDigest": digest}}
    found = bare.ecr.describe_image_scan_findings(**place)
    assert (found["registryId"], found["imageScanStatus"]["status"]) == ("210987654321", "COMPLETE")
    # that of the own account is another one
    bare.ecr.create_repository(repositoryName="shop")
    assert bare.ecr.describe_image_scan_findings(**place)["registryId"] == "210987654321"
    own = {key: value for key, value in place.items() if key != "registryId"}
    assert refusal(bare.ecr.describe_image_scan_findings, **own)[0] == "ScanNotFoundException"


def test_a_part_of_an_image_index_is_not_deleted_before_the_index(mutable: Aws):
    part, other = push(mutable, "part"), push(mutable, "other", "2")
    text = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [{"mediaType": MEDIA, "digest": part, "size": 1}],
        }
    )
    index = mutable.ecr.put_image(repositoryName="web", imageManifest=text, imageTag="1")["image"]["imageId"]

    def delete(*digests: str) -> tuple[list[str], list[tuple[str, str]]]:
        ids = [{"imageDigest": each} for each in digests]
        found = mutable.ecr.batch_delete_image(repositoryName="web", imageIds=ids)
        failures = [(each["imageId"]["imageDigest"], each["failureCode"]) for each in found["failures"]]
        return [each["imageDigest"] for each in found["imageIds"]], failures

    assert delete(part) == ([], [(part, "ImageReferencedByManifestList")])
    assert delete(part, other) == ([other], [(part, "ImageReferencedByManifestList")])
    assert delete(index["imageDigest"])[1] == []
    assert delete(part)[1] == []
    assert mutable.ecr.describe_images(repositoryName="web")["imageDetails"] == []


def test_a_made_up_image_that_was_deleted_is_not_made_up_again(mutable: Aws):
    wanted, other = [{"imageDigest": f"sha256:{'a' * 64}"}], [{"imageDigest": f"sha256:{'b' * 64}"}]
    assert mutable.ecr.batch_get_image(repositoryName="web", imageIds=wanted)["images"]
    answer = mutable.ecr.batch_delete_image(repositoryName="web", imageIds=wanted)
    assert answer == answer | {"imageIds": wanted, "failures": []}
    found = mutable.ecr.batch_get_image(repositoryName="web", imageIds=wanted)
    assert (found["images"], [each["failureCode"] for each in found["failures"]]) == ([], ["ImageNotFound"])
    assert mutable.ecr.batch_get_image(repositoryName="web", imageIds=other)["images"], "nobody has deleted that one"


def test_a_repository_whose_only_push_was_deleted_makes_nothing_up(mutable: Aws):
    pushed = push(mutable, "one", "1.0")
    mutable.ecr.batch_delete_image(repositoryName="web", imageIds=[{"imageDigest": pushed}])
    for wanted in (pushed, f"sha256:{'a' * 64}"):
        assert not mutable.ecr.batch_get_image(repositoryName="web", imageIds=[{"imageDigest": wanted}])["images"]
    assert push(mutable, "one", "1.0") == pushed, "and it can be pushed again"
    assert tags(mutable, pushed) == ["1.0"]


def test_the_state_of_the_local_aws_has_what_was_made_up_and_kept_and_nothing_that_was_pushed(bare: Aws):
    host = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    bare.ecr.create_repository(repositoryName="web")
    push(bare, "pushed", "1.0.0")
    asked = digest("asked for")
    assert missing(*images_of([{"name": "web", "image": f"{host}/web@{asked}"}])) is not None
    bare.ecr.batch_get_image(repositoryName="api", imageIds=[{"imageDigest": asked}])

    def state() -> list[dict[str, str]]:
        return json.loads(bare.web.get("/_strata/state").data)["made_up_containers"]

    assert state() == [], "who only looks keeps nothing"
    assert missing(*images_of([{"name": "api", "image": f"{host}/api@{asked}"}])) is None
    assert state() == [{"account": ACCOUNT, "region": REGION, "repository": "api", "digest": asked}]
