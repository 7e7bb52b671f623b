"""Container images in a rehearsal: built and pushed for real where that is possible, else described by content."""

import hashlib
import json
import os
import shutil
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from strata.engine.engine_run import EngineResult
from strata_rehearsal.run.aws_config import aws_config
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import ready_workspace
from tests.integration.support import Site
from tests.integration.support.site import REGION

PROGRAM = Path(__file__).parent / "programs" / "container_image"
CAN_BUILD = all(shutil.which(each) for each in ("buildah", "docker-registry")) and os.geteuid() == 0
MANIFESTS = "application/vnd.oci.image.manifest.v1+json"
FOREIGN = f"example.com/base@sha256:{'a' * 64}"

built_only = pytest.mark.skipif(not CAN_BUILD, reason="needs buildah and docker-registry of Debian, and root")

Stacks = Callable[..., StackEngine]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    made = tmp_path / "app"
    made.mkdir()
    (made / "Dockerfile").write_text("FROM scratch AS run\nARG V=1\nLABEL v=$V\nCOPY main /main\nUSER 10001\n")
    (made / ".dockerignore").write_text("*.md\n")
    (made / "main").write_text("first")
    return made


@pytest.fixture
def engine_of(site: Site, request: pytest.FixtureRequest) -> Stacks:
    """The engine on a stack that is named for the test, with the settings of its image."""
    stack = request.node.name.removeprefix("test_").partition("[")[0][:30].replace("_", "-")

    def make(settings: Mapping[str, Any], **environment: str) -> StackEngine:
        folder = site.folder / "container-image" / stack
        folder.mkdir(parents=True, exist_ok=True)
        project = {"name": "images", "runtime": "python", "main": str(PROGRAM)}
        (folder / "Pulumi.yaml").write_text(json.dumps(project))
        (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": {"aws:region": REGION}}))
        config = {
            **aws_config(site.cloud.endpoint, REGION),
            "trial:settings": json.dumps({"protect": False, "force_destroy": True, **settings}),
        }
        workspace = ready_workspace(site.home, folder, stack, config=config)
        told = {"STRATA_CLOCK": site.cloud.clock.variable(), "AWS_ENDPOINT_URL": site.cloud.endpoint, **environment}
        return StackEngine(site.cli, site.home, workspace, environment=told)

    return make


async def up(engine: StackEngine) -> EngineResult:
    await engine.create_stack()
    done = await engine.up()
    assert done.ok, done.reason
    return done


def in_ecr(site: Site, name: str, digest: str) -> list[str]:
    """The tags under which ECR knows an image; its manifest must have the digest."""
    repository, ecr = name.partition("/")[2], site.client("ecr")
    (found,) = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])["images"]
    assert f"sha256:{hashlib.sha256(found['imageManifest'].encode()).hexdigest()}" == digest
    listed = ecr.list_images(repositoryName=repository)["imageIds"]
    return [each["imageTag"] for each in listed if each["imageDigest"] == digest]


def manifest(site: Site, name: str, digest: str) -> Any:
    """A manifest as the local registry answers it."""
    address = site.cloud.admin("registry", {})["address"]
    repository = name.partition("/")[2]
    asked = urllib.request.Request(
        f"http://{address}/v2/{repository}/manifests/{digest}", headers={"Accept": MANIFESTS}
    )
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with straight.open(asked) as answer:
        assert answer.headers["Docker-Content-Digest"] == digest
        return json.load(answer)


@built_only
async def test_an_image_is_built_pushed_and_known_by_its_digest_and_a_changed_file_is_a_changed_digest(
    site: Site, engine_of: Stacks, context: Path
) -> None:
    engine = engine_of({"build": {"context": str(context)}})
    await engine.create_stack()
    first_preview = await engine.preview()
    assert first_preview.ok, first_preview.reason

    first = await up(engine)
    assert first.outputs["reference"] == f"{first.outputs['repository']}@{first.outputs['digest']}"
    assert first.outputs["digest"] in first_preview.stdout, "the preview has built the same image"
    pushed = manifest(site, first.outputs["repository"], first.outputs["digest"])
    assert len(pushed["layers"]) == 1
    assert in_ecr(site, first.outputs["repository"], first.outputs["digest"]) == [first.outputs["version"]]
    assert (await engine.preview("--refresh", "--expect-no-changes")).ok

    (context / "notes.md").write_text("ignored")
    assert (await engine.preview("--expect-no-changes")).ok
    (context / "main").write_text("second")
    assert "contextDigest" in (await engine.preview("--diff")).stdout
    preview = await engine.preview()
    assert preview.ok, preview.reason
    assert f"until now {first.outputs['digest']} (built)" in preview.stdout

    second = await up(engine)
    assert second.outputs["digest"] != first.outputs["digest"]
    assert second.outputs["digest"] in preview.stdout
    assert second.outputs["version"] != first.outputs["version"]
    manifest(site, second.outputs["repository"], second.outputs["digest"])
    manifest(site, first.outputs["repository"], first.outputs["digest"])
    assert (await engine.destroy()).ok


@built_only
async def test_a_build_that_fails_fails_the_preview_with_the_builders_own_lines(
    engine_of: Stacks, context: Path
) -> None:
    (context / "Dockerfile").write_text("FROM scratch\nCOPY main /main\nRUN /main --no-shell-in-here\n")
    engine = engine_of({"build": {"context": str(context)}})
    await engine.create_stack()
    preview = await engine.preview()
    assert not preview.ok
    assert "buildah build failed" in preview.stdout
    assert "STEP 3/3: RUN /main --no-shell-in-here" in preview.stdout


async def test_what_no_builder_would_build_fails_the_preview_with_its_line(engine_of: Stacks, context: Path) -> None:
    (context / "Dockerfile").write_text("FROM scratch\nCOPYY main /main\n")
    engine = engine_of({"build": {"context": str(context)}})
    await engine.create_stack()
    preview = await engine.preview()
    assert not preview.ok
    assert "Dockerfile:2: unknown instruction: COPYY" in preview.stdout


async def test_an_image_on_a_base_that_is_not_here_has_a_computed_digest_and_says_so(
    site: Site, engine_of: Stacks, context: Path
) -> None:
    (context / "Dockerfile").write_text(f"FROM {FOREIGN}\nCOPY main /main\n")
    engine = engine_of({"build": {"context": str(context)}})
    done = await up(engine)
    said = "computed from its content, because "
    assert f"{done.outputs['digest']} ({said}" in done.stdout
    assert in_ecr(site, done.outputs["repository"], done.outputs["digest"]) == [done.outputs["version"]]
    state = await engine.export_state()
    (image,) = [each for each in state["deployment"]["resources"] if each["type"] == "docker:index/image:Image"]
    assert image["outputs"]["digestSource"] == "computed"
    assert (await engine.preview("--refresh", "--expect-no-changes")).ok


async def test_secrets_of_a_build_are_in_no_state_and_change_nothing(
    site: Site, engine_of: Stacks, context: Path
) -> None:
    settings = {"build": {"context": str(context), "secrets": {"npm": {"env": "NPM_TOKEN"}}}}
    engine = engine_of(settings, NPM_TOKEN="hunter2-of-npm")
    first = await up(engine)
    assert first.outputs["reference"].endswith(first.outputs["digest"])
    assert "hunter2-of-npm" not in json.dumps(await engine.export_state())
    assert "hunter2-of-npm" not in first.stdout
    rotated = engine_of(settings, NPM_TOKEN="hunter3-of-npm")
    assert (await rotated.preview("--refresh", "--expect-no-changes")).ok

    (context / "main").write_text("second")
    assert "triggers" in (await rotated.preview("--diff")).stdout
    second = await up(rotated)
    assert second.outputs["digest"] != first.outputs["digest"]
    if CAN_BUILD:
        manifest(site, second.outputs["repository"], second.outputs["digest"])


async def test_a_secret_that_is_not_there_fails_the_preview(engine_of: Stacks, context: Path) -> None:
    engine = engine_of({"build": {"context": str(context), "secrets": {"npm": {"env": "NOT_SET_HERE"}}}})
    await engine.create_stack()
    preview = await engine.preview()
    assert not preview.ok
    assert "the secret npm of the build is to be in NOT_SET_HERE, which is not set" in preview.stdout
