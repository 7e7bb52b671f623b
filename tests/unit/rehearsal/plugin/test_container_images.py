"""What the docker plugin answers to the engine, without a builder."""

from pathlib import Path
from typing import Any

import pytest

from strata.errors import ImageError, RehearsalError
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.docker.container_images import ContainerImages
from strata_rehearsal.plugin.docker.image_builder import ImageBuilder
from strata_rehearsal.plugin.docker.image_inputs import BUILD_TYPE, IMAGE_TYPE, REGISTRY_IMAGE_TYPE, read_request
from strata_rehearsal.plugin.engine_values import UNKNOWN
from strata_rehearsal.plugin.provider_settings import ProviderSettings

REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").write_text("FROM scratch\nCOPY main /main\n")
    (tmp_path / "app" / "main").write_text("first")
    return tmp_path / "app"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def images(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> ContainerImages:
    """Where no builder is installed."""
    monkeypatch.setenv("PATH", "/nowhere")
    cloud = AwsConnection(ProviderSettings("us-east-1", {}), lambda: 0.0, lambda _: None)
    return ContainerImages(cloud, ImageBuilder(tmp_path / "images", None), said.append)


def inputs(context: Path, **more: Any) -> dict[str, Any]:
    build = {"context": str(context), "dockerfile": str(context / "Dockerfile"), "platform": "linux/amd64"}
    return {"imageName": f"{REPOSITORY}:1", "build": build, "buildOnPreview": True, "skipPush": False, **more}


def test_a_changed_file_is_a_changed_input_and_a_new_login_is_none(images: ContainerImages, context: Path):
    before, _ = images.check(IMAGE_TYPE, "web", {}, inputs(context, registry={"password": "1"}), b"")
    (context / "main").write_text("second")
    after, _ = images.check(IMAGE_TYPE, "web", {}, inputs(context, registry={"password": "2"}), b"")
    (change,) = images.diff(IMAGE_TYPE, before, after).changes
    assert (change.path, change.name, change.replaces) == ("build.contextDigest", "build", False)
    assert images.diff(IMAGE_TYPE, after, {**after, "registry": {"password": "3"}}).changes == []


def test_an_image_in_a_registry_is_replaced_as_terraforms_provider_does(images: ContainerImages):
    old, new = {"triggers": {"build": "1"}, "keepRemotely": True}, {"triggers": {"build": "2"}, "keepRemotely": False}
    found = {change.path: change.replaces for change in images.diff(REGISTRY_IMAGE_TYPE, old, new).changes}
    assert found == {"triggers.build": True, "keepRemotely": False}


def test_without_a_builder_the_digest_is_computed_and_everybody_is_told(
    images: ContainerImages, context: Path, said: list[str]
):
    made: list[str] = []
    resource_id, outputs = images.create(IMAGE_TYPE, "web", inputs(context), made.append)
    assert made == [resource_id]
    assert outputs["repoDigest"].startswith(f"{REPOSITORY}@sha256:")
    assert outputs["digestSource"] == "computed"
    assert said[0].endswith("(computed from its content, because buildah is not installed)")
    assert images.update(IMAGE_TYPE, "web", resource_id, {}, {}, inputs(context)) == outputs


def test_a_preview_says_the_new_and_the_old_digest_and_leaves_the_output_open(
    images: ContainerImages, context: Path, said: list[str]
):
    _, old = images.create(IMAGE_TYPE, "web", inputs(context), lambda _: None)
    (context / "main").write_text("second")
    outputs = images.preview_update(IMAGE_TYPE, old, {}, inputs(context))
    assert outputs["repoDigest"] == UNKNOWN
    assert f", until now {old['repoDigest'].partition('@')[2]} (computed" in said[-1]


def test_a_preview_builds_before_the_repository_is_known_and_not_before_the_context_is(
    images: ContainerImages, context: Path, said: list[str]
):
    images.preview_create(IMAGE_TYPE, inputs(context, imageName=UNKNOWN))
    assert len(said) == 1
    images.preview_create(IMAGE_TYPE, {**inputs(context), "build": {"context": UNKNOWN}})
    images.preview_create(IMAGE_TYPE, inputs(context, buildOnPreview=False))
    assert len(said) == 1


def test_what_no_builder_would_build_fails_the_preview(images: ContainerImages, context: Path):
    (context / "Dockerfile").write_text("FROM scratch\nCOPYY main /main\n")
    with pytest.raises(ImageError, match="Dockerfile:2: unknown instruction: COPYY"):
        images.preview_create(IMAGE_TYPE, inputs(context))


def test_secrets_are_read_where_they_are_and_shown_nowhere(context: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NPM_TOKEN", "hunter2")
    build = {"context": str(context), "secrets": [{"id": "npm", "env": "NPM_TOKEN"}]}
    request = read_request(REGISTRY_IMAGE_TYPE, {"name": f"{REPOSITORY}:1", "build": build})
    assert request.secrets == {"npm": b"hunter2"}
    assert request.build.secrets == ("npm",)
    assert "hunter2" not in repr(request)
    monkeypatch.delenv("NPM_TOKEN")
    with pytest.raises(RehearsalError, match="to be in NPM_TOKEN, which is not set"):
        read_request(REGISTRY_IMAGE_TYPE, {"name": "a:1", "build": build})


def test_the_other_package_is_answered_too(images: ContainerImages, context: Path):
    asked = {"context": {"location": str(context)}, "tags": [f"{REPOSITORY}:1"], "push": True, "platforms": []}
    checked, _ = images.check(BUILD_TYPE, "web", {}, asked, b"")
    assert checked["contextHash"].startswith("sha256:")
    _, outputs = images.create(BUILD_TYPE, "web", checked, lambda _: None)
    assert outputs["ref"] == f"{REPOSITORY}:1@{outputs['digest']}"


def test_other_types_are_refused_with_those_there_are():
    with pytest.raises(RehearsalError, match="does not make docker:index/container:Container"):
        read_request("docker:index/container:Container", {})
