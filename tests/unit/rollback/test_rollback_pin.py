"""The pin that a rollback writes, and what it cannot edit."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from strata.clock import SystemClock
from strata.errors import RefusedError
from strata.images.pin_file import PinFile
from strata.project.stack_file import read_stack
from strata.rollback.rollback_pin import StackPin, stack_pin
from strata.rollback.service_place import ServicePlace
from strata.rollout.record import ImageRef, Release, ServerRelease, TaskRelease
from strata.settings.load import load, load_stack

OLD, NEW = "ami-0000000000000000a", "ami-0000000000000000b"
DIGESTS = {"1.0.0": f"sha256:{'a' * 64}", "1.1.0": f"sha256:{'b' * 64}"}
SERVERS = ServerRelease(
    group="web-1", template="lt-1", template_version=1, image=ImageRef("web", "1.0.0", OLD), digest="0" * 16
)
TASKS = TaskRelease(
    service="arn:aws:ecs:eu-west-1:1:service/c/api",
    task_definition="arn:aws:ecs:eu-west-1:1:task-definition/api:1",
    image=ImageRef("api", "1.0.0", f"registry.example.com/api@{DIGESTS['1.0.0']}"),
    digest="1" * 16,
)
PROOF = {
    "stack": "shop/prod",
    "release": "1.0.0",
    "digest": "0" * 16,
    "soaked": 5,
    "min_soak": 0,
    "by": "arn:aws:iam::123456789012:user/ann",
    "at": "2026-11-29T08:30:00Z",
}

Pinned = Callable[..., StackPin]


@pytest.fixture
def pinned(tmp_path: Path) -> Pinned:
    def make(images: str, release: Release = SERVERS, stage: str = "dev") -> StackPin:
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        name = "services" if isinstance(release, ServerRelease) else "container_services"
        service = "web" if isinstance(release, ServerRelease) else "api"
        (tmp_path / "Pulumi.prod.yaml").write_text(
            f"config:\n  aws:region: eu-west-1\n  strata:stage: {stage}\n{images}"
            f"  strata:{name}:\n    {service}: {{capacity: {{min: 1, max: 2}}}} # ours\n"
        )
        settings = load_stack(read_stack(tmp_path, "prod")).settings
        no_aws: Any = None
        place = ServicePlace("shop", "prod", no_aws, SystemClock(), tmp_path, settings, service=service)
        return stack_pin(place, release, PROOF)

    return make


def content(pin: StackPin) -> str:
    assert pin.file is not None
    return pin.file.path.read_text()


def test_version_and_id_are_written_and_comments_stay(pinned: Pinned):
    pin = pinned(f"  strata:images:\n    web: {{version: 1.1.0, id: {NEW}}} # baked by CI\n")
    assert pin.write()
    assert f"web: {{version: 1.0.0, id: {OLD}}} # baked by CI" in content(pin)
    assert "# ours" in content(pin)
    assert pin.line == f"strata:images: {{web: {{version: 1.0.0, id: {OLD}}}}}"


def test_a_pin_that_says_so_already_is_left_alone(pinned: Pinned):
    pin = pinned(f"  strata:images: {{web: {{version: 1.0.0, id: {OLD}}}}}\n")
    before = content(pin)
    assert not pin.needed
    assert not pin.write()
    assert content(pin) == before


def test_who_comes_second_with_the_same_pin_finds_it_written_and_with_another_one_is_refused(pinned: Pinned):
    # both have read the file before either writes
    there = f"  strata:images:\n    web: {{version: 1.1.0, id: {NEW}}} # baked by CI\n"
    first, second = pinned(there), pinned(there)
    third = replace(first, fields={"version": "0.9.0", "id": "ami-0000000000000000c"})
    assert first.write()
    written = content(first)
    assert not second.write(), "it says so already"
    with pytest.raises(RefusedError, match="changed by somebody else since it was read"):
        third.write()
    assert content(first) == written


def test_a_file_that_somebody_leaves_unreadable_meanwhile_is_not_taken_for_the_pin(pinned: Pinned):
    pin = pinned(f"  strata:images:\n    web: {{version: 1.1.0, id: {NEW}}}\n")
    assert pin.file is not None
    pin.file.path.write_text("config: {strata:images: {web: {version: 1.0.0")
    with pytest.raises(RefusedError, match="changed by somebody else since it was read"):
        pin.write()


OTHER = (
    "{stack: shop/staging, release: 1.1.0, digest: 222222222222abcd, soaked: 5, by: ann, at: '2026-11-28T08:30:00Z'}"
)


@pytest.mark.parametrize("proof", [f", proof: {OTHER}", ""], ids=["of what is left", "none"])
def test_a_stack_that_requires_a_proof_gets_that_it_ran_the_release_itself(pinned: Pinned, tmp_path: Path, proof: str):
    required = "" if proof else "  strata:promotion: {require_proof: false}\n"
    pin = pinned(f"{required}  strata:images:\n    web: {{version: 1.1.0, id: {NEW}{proof}}}\n", stage="staging")
    if not proof:
        pin = replace(pin, proven=True)
    assert pin.write()
    found = load_stack(read_stack(tmp_path, "prod")).settings.images["web"]
    assert found.version == "1.0.0"
    assert found.proof is not None
    assert found.proof.model_dump(include=set(PROOF)) == PROOF
    assert not replace(pin, file=PinFile(tmp_path / "Pulumi.prod.yaml", content(pin).encode())).needed


@pytest.mark.parametrize(
    "image,written",
    [
        (f"digest: '{DIGESTS['1.1.0']}', version: 1.1.0", [DIGESTS["1.0.0"], "1.0.0"]),
        (f"reference: 'registry.example.com/api@{DIGESTS['1.1.0']}'", [f"registry.example.com/api@{DIGESTS['1.0.0']}"]),
    ],
    ids=["digest", "reference"],
)
def test_a_container_image_is_pinned_as_it_was_pinned(pinned: Pinned, image: str, written: list[str]):
    pin = pinned(f"  strata:container_images:\n    api: {{{image}}}\n", TASKS)
    assert pin.write()
    assert all(each in content(pin) for each in written)
    assert DIGESTS["1.1.0"] not in content(pin)


@pytest.mark.parametrize(
    "images,release,why",
    [
        (
            "  strata:images: {web: {parameter: /images/web}}\n",
            SERVERS,
            "the pin web is looked up in the parameter /images/web, and nothing is written there",
        ),
        (
            "  strata:container_images: {api: {build: {context: .}}}\n",
            TASKS,
            "the image api is built by the program: go back to the commit that built it",
        ),
        (
            "  strata:container_images: {api: {repository: api}}\n",
            TASKS,
            "the stack file has no pin api: the program names the image",
        ),
        ("", TASKS, "the stack file has no pin api: the program names the image"),
    ],
    ids=["lookup", "built", "repository", "program"],
)
def test_what_cannot_be_edited_is_said_with_the_line_to_write(pinned: Pinned, images: str, release: Release, why: str):
    pin = pinned(images, release)
    assert pin.file is None
    assert pin.cannot == why
    assert release.image.version in pin.line


@pytest.mark.parametrize(
    "images,release,kept",
    [
        ("container_images: {api: {digest: DIGEST, repository: r.io/api}}", TASKS, {"repository": "r.io/api"}),
        ("container_images: {api: {digest: DIGEST, scan_on_push: false, tags: {a: b}}}", TASKS, {"tags": {"a": "b"}}),
        ("images: {web: {app: shop, owners: ['123456789012'], id: AMI}}", SERVERS, {"owners": ["123456789012"]}),
    ],
    ids=["repository", "its own repository", "owners"],
)
def test_the_line_to_commit_keeps_what_else_the_pin_has(
    pinned: Pinned, images: str, release: Release, kept: dict[str, Any]
):
    images = images.replace("DIGEST", f"'{DIGESTS['1.1.0']}', version: 1.1.0").replace("AMI", f"{NEW}, version: 1.1.0")
    pin = pinned(f"  strata:{images}\n", release)
    reader = YAML(typ="safe")
    (before,), (found,) = (next(iter(reader.load(each).values())).values() for each in (images, pin.line))
    assert found == {**before, **pin.fields}
    assert kept.items() <= found.items()


def test_pins_for_all_stacks_are_not_hidden_by_one(pinned: Pinned, tmp_path: Path):
    pinned(f"  strata:images: {{web: {{version: 1.1.0, id: {NEW}}}}}\n")
    (tmp_path / "Pulumi.yaml").write_text(
        f"name: shop\nruntime: python\nconfig:\n  strata:images: {{value: {{web: {{version: 1.1.0, id: {NEW}}}}}}}\n"
    )
    stack = tmp_path / "Pulumi.prod.yaml"
    stack.write_text(stack.read_text().replace(f"  strata:images: {{web: {{version: 1.1.0, id: {NEW}}}}}\n", ""))
    settings = load_stack(read_stack(tmp_path, "prod")).settings
    no_aws: Any = None
    pin = stack_pin(
        ServicePlace("shop", "prod", no_aws, SystemClock(), tmp_path, settings, service="web"), SERVERS, PROOF
    )
    assert pin.file is None
    assert "Pulumi.yaml" in pin.cannot


def test_without_a_stack_file_there_is_the_line_to_commit():
    no_aws: Any = None
    place = ServicePlace("shop", "prod", no_aws, SystemClock(), unread="there is no project here", service="api")
    pin = stack_pin(place, TASKS, {})
    assert pin.line == f"strata:container_images: {{api: {{version: 1.0.0, digest: {DIGESTS['1.0.0']}}}}}"
    assert (pin.file, pin.cannot, pin.write()) == (None, "there is no project here", False)


@pytest.mark.parametrize("unread", ["there is no project here", ""])
def test_the_line_to_commit_has_the_proof_that_a_stack_may_require(pinned: Pinned, unread: str):
    no_aws: Any = None
    proof = {**PROOF, "image": OLD, "digest": "0" * 16}
    pin = stack_pin(ServicePlace("shop", "prod", no_aws, SystemClock(), unread=unread, service="web"), SERVERS, proof)
    document: Any = YAML(typ="safe").load(pin.line)
    found = document["strata:images"]["web"]
    assert found == {"version": "1.0.0", "id": OLD, "proof": proof}
    raw = {"stage": "prod", "images": {"web": found}, "services": {"web": {"capacity": {"min": 1, "max": 2}}}}
    assert load(raw, source="the line").settings.images["web"].proof is not None


def test_the_line_to_commit_is_read_back_as_what_it_says():
    no_aws: Any = None
    place = ServicePlace("shop", "prod", no_aws, SystemClock(), unread="there is no project here", service="web")
    said = {"stack": "shop/prod", "release": "1.10", "digest": "1" * 16, "by": "arn:aws:iam::1:user/a,b", "soaked": 5}
    release = replace(SERVERS, image=replace(SERVERS.image, version="1.10"))
    pin = stack_pin(place, release, {**said, "at": "2026-01-31T08:30:00Z"})
    document: Any = YAML(typ="safe").load(pin.line)
    assert document["strata:images"]["web"] == {
        "version": "1.10",
        "id": OLD,
        "proof": {**said, "at": "2026-01-31T08:30:00Z"},
    }


@pytest.mark.parametrize("required", [False, True])
def test_the_line_of_a_pin_that_cannot_be_edited_has_a_proof_where_one_is_required(pinned: Pinned, required: bool):
    terms = f"  strata:promotion: {{require_proof: {str(required).lower()}}}\n"
    pin = pinned(f"{terms}  strata:images: {{web: {{parameter: /images/web}}}}\n")
    assert (pin.file, "proof: {stack: shop/prod" in pin.line) == (None, required)
