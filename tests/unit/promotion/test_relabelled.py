"""What is forbidden is an image, by its id or digest: another version, name or reference lets it in nowhere."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import pytest

from strata.clock import ScaledClock
from strata.errors import SettingsError
from strata.images import verdicts
from strata.images.catalogue import ImageKind, read_entry
from strata.images.verdicts import VerdictStore, read_verdict
from strata.naming import catalogue_name, note_name, record_name, revocation_name, veto_name
from strata.project.stack_file import read_stack
from strata.rollout.note import Note, Phase
from strata.rollout.preflight_findings import find_verdicts
from strata.rollout.record import ImageRef
from strata.settings.load import load_stack
from strata.verdict_names import (
    is_verdict,
    revoked_image_name,
    revoked_images_path,
    verdict_image,
    vetoed_image_name,
)
from tests.unit.cli.test_image_command import DIGESTS, PROMOTE, REGION, REPOSITORY, World, refused, world
from tests.unit.images.test_verdicts import store

__all__ = ["store", "world"]

REVOKE = ("--reason", "loses orders", "--stack", "prod")
UNREVOKE = ("--reason", "it was 1.4.2", "--stack", "prod")
RECORD = record_name("shop", "prod", "search")


def values(world: World) -> dict[str, str]:
    pages = world.ssm.get_paginator("get_parameters_by_path").paginate(Path="/strata", Recursive=True)
    return {each["Name"]: each["Value"] for page in pages for each in page["Parameters"]}


def promote_search(world: World) -> tuple[str, ...]:
    return ("promote", "prod", "search", "--from", "staging", "--min-soak", "0s")


def test_a_container_image_that_is_revoked_is_promoted_and_pinned_under_no_other_version(world: World):
    digest = world.push("3.1.0")
    world.release_container("staging", "3.1.0", digest)
    assert world.run("revoke", "search", "3.1.0", *REVOKE)[0] == 0
    world.release_container("staging", "3.1.1", digest)
    before = world.file("prod").read_text()
    said = refused(world, *promote_search(world))
    assert "search 3.1.1 is revoked as search 3.1.0: loses orders" in said
    assert world.file("prod").read_text() == before
    again = {"repositoryName": "search", "imageIds": [{"imageDigest": digest}]}
    (image,) = world.ecr.batch_get_image(**again)["images"]
    world.ecr.put_image(repositoryName="search", imageManifest=image["imageManifest"], imageTag="3.1.2")
    assert "search 3.1.2 is revoked as search 3.1.0" in refused(world, "pin", "prod", "search", "3.1.2")
    rows = [
        row for row in world.answer("list", "prod", "search")[1]["images"][0]["versions"] if "3.1.2" in row["labels"]
    ]
    assert [(row["image_id"], set(row["labels"])) for row in rows] == [(digest, {"3.1.0", "3.1.2"})]
    assert rows[0]["revoked"].startswith("loses orders")


def test_a_machine_image_that_is_revoked_is_refused_by_every_pin_that_has_another_name_for_it(world: World):
    assert world.run("revoke", "web", "1.5.0", *REVOKE)[0] == 0
    pin = f"    site: {{ app: web, version: 1.5.0, id: {world.ids['1.5.0']} }}\n"
    text = world.file("prod").read_text().replace("  strata:container_images:", f"{pin}  strata:container_images:")
    world.file("prod").write_text(text)
    world.catalogue("1.5.0", id=world.ids["1.5.0"])
    (row,) = [
        each
        for each in world.answer("list", "prod", "site")[1]["images"][0]["versions"]
        if each["image_id"] == world.ids["1.5.0"]
    ]
    assert (row["catalogued"], row["pinned"]) == (True, True)
    assert row["revoked"].startswith("loses orders")
    assert "site 1.5.0 is revoked" in refused(world, "pin", "prod", "site", "1.5.0")


@pytest.mark.parametrize("known_by", ["tag", "stack file", "record of another version", "rollout"])
def test_a_revocation_finds_the_digest_of_a_version_wherever_something_says_it(world: World, known_by: str):
    version, digest = "3.1.0", world.push("3.1.0")
    if known_by == "stack file":
        text = world.file("prod").read_text()
        version = "3.0.0"
        digest = text.partition("digest: ")[2].split()[0]
    if known_by == "record of another version":
        world.release_container("staging", "3.1.1", digest)
    if known_by == "rollout":
        # pinned from another checkout, and recorded by nobody yet
        version, digest = "3.2.0", f"sha256:{'7' * 64}"
        note = Note(ImageRef("search", version, f"{REPOSITORY}@{digest}"), "0" * 16, "r-1", "", Phase.ROLLING)
        world.ssm.put_parameter(Name=note_name(RECORD), Value=note.to_json(), Type="String")
    code, found = world.answer("revoke", "search", version, *REVOKE)
    assert (code, found["image_ids"]) == (0, [digest])
    verdict = read_verdict(values(world)[str(revoked_image_name(digest))])
    assert (verdict.reason, verdict.called) == ("loses orders", (f"search {version}",))
    says = {
        "record of another version": [f"names {REPOSITORY}@{digest} as search 3.1.1"],
        "rollout": [f"brings {REPOSITORY}@{digest}"],
    }
    assert [each["says"] for each in found["holders"]] == says.get(known_by, [])
    assert "check the spelling" not in world.run("revoke", "search", version, *REVOKE)[1]


def test_lifting_a_revocation_lifts_that_of_its_images_and_nothing_else(world: World):
    digest = world.push("3.1.0")
    world.release_container("staging", "3.1.0", digest)
    assert world.run("revoke", "search", "3.1.0", *REVOKE)[0] == 0
    world.release_container("staging", "3.1.1", digest)
    assert world.run("revoke", "search", "3.1.1", *REVOKE)[0] == 0
    assert world.run("unrevoke", "search", "3.1.0", *UNREVOKE)[0] == 0
    assert read_verdict(values(world)[str(revoked_image_name(digest))]).called == ("search 3.1.1",)
    assert "is revoked" in refused(world, *promote_search(world))
    assert world.run("unrevoke", "search", "3.1.1", *UNREVOKE)[0] == 0
    assert not [name for name in values(world) if name.endswith("/revoked")]
    give_tag(world, digest, "3.1.1")
    assert world.run(*promote_search(world))[0] == 0


def give_tag(world: World, digest: str, tag: str) -> None:
    (found,) = world.ecr.batch_get_image(repositoryName="search", imageIds=[{"imageDigest": digest}])["images"]
    world.ecr.put_image(repositoryName="search", imageManifest=found["imageManifest"], imageTag=tag)


class Killed(BaseException):
    """The end of a client."""


def dying(monkeypatch: pytest.MonkeyPatch, method: str, after: int) -> Callable[[], None]:
    """Let a client die before its next call of a method, after so many."""
    left, real = [after], getattr(VerdictStore, method)

    def once(self: VerdictStore, *args: Any, **kwargs: Any) -> Any:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return real(self, *args, **kwargs)

    monkeypatch.setattr(verdicts.VerdictStore, method, once)
    return lambda: monkeypatch.setattr(verdicts.VerdictStore, method, real)


def test_who_dies_over_a_revocation_has_forbidden_more_and_the_next_run_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    image = world.ids["1.5.0"]
    alive = dying(monkeypatch, "_put", 1)
    with pytest.raises(Killed):
        world.run("revoke", "web", "1.5.0", *REVOKE)
    alive()
    assert [name for name in values(world) if name.endswith("/revoked")] == [revoked_image_name(image)]
    world.release("staging", "1.5.0")
    assert "web 1.5.0 is revoked as web 1.5.0: loses orders" in refused(world, *PROMOTE)
    # what was revoked by half can be lifted, and lifting is taken up where it ended
    assert world.run("revoke", "web", "1.5.0", *REVOKE)[0] == 0
    alive = dying(monkeypatch, "lift", 1)
    with pytest.raises(Killed):
        world.run("unrevoke", "web", "1.5.0", *UNREVOKE)
    alive()
    assert [name for name in values(world) if name.endswith("/revoked")] == [revocation_name("web", "1.5.0")]
    assert world.run("unrevoke", "web", "1.5.0", *UNREVOKE)[0] == 0
    assert not [name for name in values(world) if name.endswith("/revoked")]


def test_a_revocation_by_half_is_lifted_although_the_version_has_none(world: World, monkeypatch: pytest.MonkeyPatch):
    alive = dying(monkeypatch, "_put", 1)
    with pytest.raises(Killed):
        world.run("revoke", "web", "1.5.0", *REVOKE)
    alive()
    assert world.run("unrevoke", "web", "1.5.0", *UNREVOKE)[0] == 0
    assert not [name for name in values(world) if name.endswith("/revoked")]


def test_what_was_revoked_by_its_version_only_stays_so(world: World):
    digest = world.push("3.1.0")
    world.revoke("3.1.0", "loses orders", "search")
    world.release_container("staging", "3.1.0", digest)
    assert "search 3.1.0 is revoked: loses orders" in refused(world, *promote_search(world))


@pytest.mark.parametrize("halfway", [False, True])
def test_a_veto_of_an_image_is_of_every_version_that_it_is_called_and_is_lifted_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, halfway: bool
):
    digest = world.push("3.1.0")
    by_id = str(vetoed_image_name(RECORD, digest))
    store = VerdictStore(partial(boto3.client, region_name=REGION), ScaledClock(1, 1_700_000_000.0))
    alive = dying(monkeypatch, "_put", 1 if halfway else 2)
    try:
        store.forbid(veto_name(RECORD, "3.1.0"), "slow", images=[by_id], called="search 3.1.0")
    except Killed:
        assert halfway
    alive()
    world.release_container("staging", "3.1.1", digest)
    said = refused(world, *promote_search(world))
    assert "search 3.1.1 is vetoed for search of shop/prod as search 3.1.0: slow" in said
    assert "strata image unveto prod search 3.1.0" in said
    assert world.run("unveto", "prod", "search", "3.1.0")[0] == 0
    assert not [name for name in values(world) if "/veto/" in name]
    give_tag(world, digest, "3.1.1")
    assert world.run(*promote_search(world))[0] == 0


def test_a_preflight_says_once_what_is_forbidden_by_version_and_by_digest(store: VerdictStore):
    digest = f"sha256:{'a' * 64}"
    own, other = ImageRef("shop", "2.0.0", f"repo/shop@{digest}"), ImageRef("shop", "2.0.1", f"repo/shop@{digest}")
    by_id = str(revoked_image_name(own.id))
    store.forbid(revocation_name("shop", "2.0.0"), "leaks", images=[by_id], called="shop 2.0.0")
    names = [by_id, revocation_name("shop", "2.0.0")]
    found = {each["Name"]: each["Value"] for each in store._client("ssm").get_parameters(Names=names)["Parameters"]}
    assert len(found) == 2
    (said,) = find_verdicts(own, found)
    assert f"{own} is revoked: leaks" in said.text
    (said,) = find_verdicts(other, {by_id: found[by_id]})
    assert f"{other} is revoked as shop 2.0.0: leaks" in said.text


def test_the_names_of_verdicts_by_id_and_by_version_are_told_apart():
    digest = f"sha256:{'a' * 64}"
    for name, image in (
        (revoked_image_name(digest), digest),
        (revoked_image_name(f"repo/shop@{digest}"), digest),
        (vetoed_image_name(RECORD, "ami-0123456789abcdef0"), "ami-0123456789abcdef0"),
        (revocation_name("shop", "2.0.0"), None),
        (veto_name(RECORD, "2.0.0"), None),
    ):
        assert name is not None
        assert (is_verdict(name), verdict_image(name)) == (True, image)
    assert not is_verdict("/strata/images/shop/2.0.0")
    assert revoked_image_name("looked up") is None
    assert str(revoked_image_name(digest)).startswith(revoked_images_path())


def test_a_proof_is_of_one_container_image_and_an_honest_promotion_notes_it_in_the_catalogue(world: World):
    text = world.file("prod").read_text()
    world.file("prod").write_text(text.replace("require_proof: false", "require_proof: true"))
    digest = world.push("3.1.0")
    world.release_container("staging", "3.1.0", digest)
    assert world.run(*promote_search(world), "--allow-older")[0] == 0
    file = read_stack(world.folder, "prod")
    assert file.settings["container_images"]["search"]["proof"]["image"] == digest
    entry = read_entry(values(world)[catalogue_name("search", "3.1.0")])
    assert (entry.kind, entry.digest, entry.id) == (ImageKind.CONTAINER, digest, None)
    # an image that never ran anywhere, under the version and with the proof of the one that did
    other = DIGESTS["3.1.0"]
    promoted = world.file("prod").read_text()
    world.file("prod").write_text(promoted.replace(f"digest: {digest}", f"digest: {other}"))
    with pytest.raises(SettingsError, match=f"the pinned image, {other}: what is proven is another one"):
        load_stack(read_stack(world.folder, "prod"))
    # nor is one promoted that is not what the catalogue has as that version, although a record names it
    world.file("prod").write_text(promoted)
    world.release_container("staging", "3.1.0", push_another(world))
    assert f"has {digest} as search 3.1.0" in refused(world, *promote_search(world))


def push_another(world: World) -> str:
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    config = {"size": 2, "digest": DIGESTS["3.0.0"]}
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}
    world.ecr.put_image(
        repositoryName="search",
        imageManifest=json.dumps(manifest),
        imageTag="another",
        imageDigest=DIGESTS["3.1.0"],
    )
    found = world.ecr.describe_images(repositoryName="search", imageIds=[{"imageTag": "another"}])
    return found["imageDetails"][0]["imageDigest"]


def test_a_promotion_of_what_is_pinned_already_shows_the_proof_that_the_file_has(world: World):
    world.release("staging", "1.5.0")
    first = world.answer(*PROMOTE)[1]["proof"]
    # later and by somebody else: the file keeps what it has
    text = world.file("prod").read_text()
    world.file("prod").write_text(text.replace(first["by"], "arn:aws:iam::123456789012:user/ann"))
    code, found = world.answer(*PROMOTE)
    assert (code, found["written"]) == (0, False)
    assert found["proof"] == {**first, "by": "arn:aws:iam::123456789012:user/ann"}
