"""A container image as it is registered, in each form, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from ruamel.yaml import YAML

from strata import ContainerImage, testing
from strata.errors import ImageError, SettingsError, UsageError
from strata.settings.load import for_stage
from strata.settings.load import load as load_settings
from strata.settings.models import (
    BuildSecretSettings,
    ContainerBuildSettings,
    ContainerImageSettings,
    ContainerPlatform,
)
from strata.stage import Stage

DIGEST = "sha256:" + "a" * 64
ELSEWHERE = f"ghcr.io/shop/web@{DIGEST}"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0f1e"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "app"
    made.mkdir()
    (made / "Dockerfile").write_text("FROM scratch AS run\nCOPY main /main\n")
    (made / "main").write_text("x")
    monkeypatch.chdir(tmp_path)
    return made


def image(settings: ContainerImageSettings | None = None, **keywords: Any) -> testing.Graph:
    def program() -> None:
        made = ContainerImage("web", settings or ContainerImageSettings(), **keywords)
        for name in ("reference", "digest", "version", "repository"):
            pulumi.export(name, getattr(made, name))

    return testing.run(program)


def built(**fields: Any) -> ContainerImageSettings:
    return ContainerImageSettings(build=ContainerBuildSettings(context="app", **fields))


def test_a_pin_is_the_repository_with_the_digest():
    graph = image(ContainerImageSettings(version="1.4.2", digest=DIGEST))
    url = graph.exports["repository"]
    assert url.startswith(f"{ECR}/web-repository")
    assert graph.exports == {"reference": f"{url}@{DIGEST}", "digest": DIGEST, "version": "1.4.2", "repository": url}


def test_a_pin_in_a_repository_that_exists_makes_nothing():
    graph = image(ContainerImageSettings(digest=DIGEST, repository=f"{ECR}/web"))
    assert graph.exports["reference"] == f"{ECR}/web@{DIGEST}"
    assert graph.of_type("Repository") == []


@pytest.mark.parametrize(
    "keywords", [{"settings": ContainerImageSettings(reference=ELSEWHERE)}, {"reference": ELSEWHERE}]
)
def test_a_prebuilt_image_is_taken_as_it_is_and_makes_nothing(keywords: dict[str, Any]):
    graph = image(**keywords)
    assert graph.exports["reference"] == ELSEWHERE
    assert graph.of_type("Repository") == []


def test_the_ref_of_another_providers_build_loses_its_tag():
    graph = image(reference=f"{ECR}/web:1.4.2@{DIGEST}")
    assert (graph.exports["reference"], graph.exports["version"]) == (f"{ECR}/web@{DIGEST}", "1.4.2")


@pytest.mark.parametrize("text", [f"{ECR}/web:latest", f"{ECR}/web", f"{ECR}/web:1.4.2"])
def test_a_tag_without_a_digest_is_refused_with_the_reason(text: str):
    with pytest.raises(ImageError, match=r"image 'web': .*a tag is whatever was pushed last[\s\S]*fix: .*@sha256"):
        image(reference=text)
    with pytest.raises(UsageError, match="never a tag such as latest: a tag is whatever was pushed last"):
        ContainerImageSettings(reference=text)


def test_an_image_is_named_once():
    with pytest.raises(UsageError, match="nothing says which image it is"):
        image()
    with pytest.raises(UsageError, match="its settings say digest"):
        image(ContainerImageSettings(digest=DIGEST), reference=ELSEWHERE)
    with pytest.raises(UsageError, match="one of them decides the image"):
        ContainerImageSettings(digest=DIGEST, reference=ELSEWHERE)


def test_the_repository_is_immutable_scanned_encrypted_and_kept():
    made = image(ContainerImageSettings(digest=DIGEST), kms_key_arn=KEY).one("Repository")
    assert made.inputs["imageTagMutability"] == "IMMUTABLE"
    assert made.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert made.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]
    assert made.inputs["forceDelete"] is False
    assert made.options.protect
    assert made.options.retain_on_delete
    plain = image(ContainerImageSettings(digest=DIGEST, protect=False)).one("Repository")
    assert plain.inputs["encryptionConfigurations"] == [{"encryptionType": "AES256"}]
    assert not plain.options.protect


def test_the_lifecycle_expires_old_images_and_spares_those_that_a_release_needs():
    settings = ContainerImageSettings(digest=DIGEST, keep_images=5, untagged_days=3)
    rules = json.loads(image(settings).one("LifecyclePolicy").inputs["policy"])["rules"]
    assert [(each["rulePriority"], each["selection"]["tagStatus"]) for each in rules] == [
        (1, "tagged"),
        (2, "untagged"),
        (3, "any"),
    ]
    assert rules[0]["selection"]["tagPrefixList"] == ["kept-"]
    assert rules[1]["selection"]["countNumber"] == 3
    assert rules[2]["selection"]["countNumber"] == 5


def test_a_build_is_pushed_under_a_hash_of_its_content_and_deployed_by_its_digest(context: Path):
    first = image(built(args={"V": "1"}, target="run", cache_from=("ghcr.io/shop/web:cache",)))
    made = first.one("docker:index/image:Image")
    assert made.inputs["build"] == {
        "context": "app",
        "dockerfile": "app/Dockerfile",
        "platform": "linux/amd64",
        "args": {"V": "1"},
        "target": "run",
        "cacheFrom": {"images": ["ghcr.io/shop/web:cache"]},
        "builderVersion": "BuilderBuildKit",
    }
    assert made.inputs["buildOnPreview"] is True
    assert made.inputs["registry"]["value"]["username"] == "AWS"
    repository = first.exports["repository"]
    assert made.inputs["imageName"] == f"{repository}:{first.exports['version']}"
    assert first.exports["reference"] == f"{repository}@{first.exports['digest']}"
    assert first.exports["digest"].startswith("sha256:")

    (context / "main").write_text("y")
    assert image(built(args={"V": "1"}, target="run")).exports["version"] != first.exports["version"]


def test_a_build_for_a_registry_of_somebody_else_uses_the_machines_login(context: Path):
    settings = ContainerImageSettings(build=ContainerBuildSettings(context="app"), repository="ghcr.io/shop/web")
    assert image(settings).one("docker:index/image:Image").inputs["registry"]["value"] == {"server": "ghcr.io"}


def test_secrets_of_a_build_are_named_and_never_read(context: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NPM_TOKEN", "hunter2")
    (context.parent / "netrc").write_text("hunter3")
    secrets = {"npm": BuildSecretSettings(env="NPM_TOKEN"), "netrc": BuildSecretSettings(file="netrc")}
    graph = image(built(secrets=secrets, platform=ContainerPlatform.ARM64, target="run", cache_from=("a/b:c",)))
    made = graph.one("RegistryImage")
    assert made.inputs["build"] == {
        "context": "app",
        "dockerfile": "Dockerfile",
        "platform": "linux/arm64",
        "buildArgs": {},
        "secrets": [{"id": "netrc", "src": "netrc"}, {"id": "npm", "env": "NPM_TOKEN"}],
        "target": "run",
        "cacheFroms": ["a/b:c"],
    }
    assert made.inputs["keepRemotely"] is True
    assert graph.exports["reference"] == f"{graph.exports['repository']}@{graph.exports['digest']}"
    assert graph.of_type("docker:index/image:Image") == []
    assert "hunter" not in str([each.inputs for each in graph.resources])


def test_a_dockerfile_that_cannot_be_built_fails_the_preview_with_its_lines(context: Path):
    (context / "Dockerfile").write_text("FROM scratch\nCOPYY main /main\nCOPY nothing /x\n")
    with pytest.raises(
        ImageError, match=r"app/Dockerfile:2: unknown instruction: COPYY\n.*:3: COPY nothing: not found"
    ):
        image(built())


def test_secrets_are_no_build_arguments():
    with pytest.raises(UsageError, match="no secret: an argument can be read in the history"):
        ContainerBuildSettings(args={"NPM_TOKEN": "npm_0123456789"})


@pytest.mark.parametrize("fields", [{}, {"env": "A", "file": "b"}])
def test_a_secret_of_a_build_is_in_one_place(fields: dict[str, str]):
    with pytest.raises(UsageError, match="either env or file"):
        BuildSecretSettings(**fields)


def test_a_stack_file_with_a_version_alone_or_a_tag_is_refused_with_its_place():
    text = "stage: prod\ncontainer_images:\n  web:\n    version: 1.4.2\n  jobs:\n    reference: shop/jobs:latest\n"
    with pytest.raises(SettingsError) as raised:
        load(text)
    said = str(raised.value)
    assert "strata:container_images.web.version" in said
    assert "a version is a tag, and a tag is whatever was pushed last" in said
    assert "strata:container_images.jobs.reference" in said
    assert "never a tag such as latest" in said


def test_defaults_follow_the_stage():
    prod = for_stage(ContainerImageSettings, Stage.PROD, {"digest": DIGEST})
    dev = for_stage(ContainerImageSettings, Stage.DEV, {"digest": DIGEST})
    assert (prod.keep_images, prod.untagged_days, prod.protect, prod.force_destroy) == (200, 30, True, False)
    assert (dev.keep_images, dev.untagged_days, dev.protect, dev.force_destroy) == (10, 1, False, True)


def load(text: str) -> object:
    return load_settings(YAML(typ="safe").load(text), source="Pulumi.prod.yaml")
