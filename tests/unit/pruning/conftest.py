"""A project of two stacks on the local AWS, with images that are needed and images that are not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.naming import record_name, revocation_name, veto_name
from strata.promotion import pinned_stack
from strata.rollout.record import ImageRef, ServerRelease, TaskRelease
from tests.unit.rehearsal.cloud.conftest import REGION, Aws, aws, bare, clients

__all__ = ["aws", "bare", "clients"]

ACCOUNT = "123456789012"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/search"
DAY = 86_400.0
MEDIA = "application/vnd.oci.image.manifest.v1+json"
STACK = """\
config:
  aws:region: {region}
  strata:stage: {stage}
  strata:images:
    web: {{ version: {version}, id: {id} }}
  strata:container_images:
    search: {{ repository: {repository}, version: 3.0.0, digest: "{digest}" }}
  strata:services:
    web: {{ instance_type: t3.small, capacity: {{ min: 2, max: 4 }} }}
  strata:container_services:
    search: {{ capacity: {{ min: 2, max: 4 }} }}
  strata:promotion: {{ require_proof: false }}
"""


class Shop:
    """The project: machine images web 1.0.0 to 1.4.0, of which prod pins 1.4.0 and staging 1.3.0, all 60 days old."""

    def __init__(self, aws: Aws, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.aws, self.folder, self._capsys = aws, folder, capsys
        self.ids: dict[str, str] = {}
        self.digests: dict[str, str] = {}
        self.elsewhere: dict[str, Callable[[str], Any]] = {}
        for each in list(aws.cloud.images):
            aws.ec2.deregister_image(ImageId=each.id)
        aws.ecr.create_repository(repositoryName="search")
        for version in ("1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"):
            self.bake(version)
        for version in ("2.9.0", "3.0.0"):
            self.push(version)
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        self.stack("staging", "1.3.0")
        self.stack("prod", "1.4.0")
        aws.wait(60 * DAY)

        def connect(_folder: Path, stack: str, *_: Any, **__: Any) -> tuple[Any, Any]:
            return self.elsewhere.get(stack, lambda service: getattr(aws, service)), aws.clock

        monkeypatch.setattr(pinned_stack, "connect_to_aws", connect)

    def file(self, stack: str) -> Path:
        return self.folder / f"Pulumi.{stack}.yaml"

    def stack(self, stack: str, version: str) -> None:
        text = STACK.format(
            region=REGION,
            stage="prod" if stack == "prod" else "staging",
            version=version,
            id=self.ids[version],
            repository=REPOSITORY,
            digest=self.digests["3.0.0"],
        )
        self.file(stack).write_text(text)

    def bake(self, version: str, *, app: str = "web") -> str:
        tags = [{"Key": "app", "Value": app}, {"Key": "app_version", "Value": version}]
        image = self.aws.ec2.register_image(
            Name=f"{app}-{version}",
            Architecture="x86_64",
            RootDeviceName="/dev/xvda",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}],
            TagSpecifications=[{"ResourceType": "image", "Tags": tags}],
        )["ImageId"]
        self.ids[version] = image
        self.note(version, ImageKind.MACHINE, app, id=image)
        return image

    def push(self, version: str | None, content: str = "", **parts: Any) -> str:
        media = "application/vnd.oci.image.index.v1+json" if "manifests" in parts else MEDIA
        text = json.dumps({"schemaVersion": 2, "mediaType": media, "content": content or version, **parts})
        named = {"imageTag": version} if version else {}
        made = self.aws.ecr.put_image(repositoryName="search", imageManifest=text, **named)
        digest = str(made["image"]["imageId"]["imageDigest"])
        if version:
            self.digests[version] = digest
            self.note(version, ImageKind.CONTAINER, "search", digest=digest)
        return digest

    def note(self, version: str, kind: ImageKind, name: str, **identity: str) -> None:
        made = "2023-11-14T22:13:20Z"
        entry = CatalogueEntry(kind=kind, name=name, version=version, made=made, **identity)
        Catalogue(lambda service: getattr(self.aws, service)).add(entry)

    def release(self, stack: str, *versions: str, service: str = "web") -> None:
        for version in versions:
            image = ImageRef("web", version, self.ids[version])
            release = ServerRelease(
                image=image, digest=f"{version:0>16}", group="web-1", template="lt-1", template_version=1
            )
            self.put(record_name("shop", stack, service), release.to_json())

    def release_container(self, stack: str, version: str) -> None:
        image = ImageRef("search", version, f"{REPOSITORY}@{self.digests[version]}")
        record = TaskRelease(image=image, digest=f"{version:0>16}", service="arn:search", task_definition="search:1")
        self.put(record_name("shop", stack, "search"), record.to_json())

    def veto(self, stack: str, version: str, service: str = "web") -> None:
        self.put(veto_name(record_name("shop", stack, service), version), "loses orders")

    def revoke(self, version: str) -> None:
        self.put(revocation_name("web", version), "leaks")

    def put(self, name: str, value: str) -> None:
        self.aws.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def run(self, *arguments: str) -> tuple[int, str]:
        code = run(["image", "prune", *arguments, "-C", str(self.folder)])
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def prune(self, *arguments: str, stack: str = "prod", code: int = 0) -> dict[str, dict[str, Any]]:
        """What is stored, by version, or by id where it has none."""
        ended, said = self.run(stack, *arguments, "--json")
        assert ended == code, said
        rows = json.loads(said)["stored"]
        return {row["version"] or row["image_id"]: row for row in rows}

    def why(self, version: str, *arguments: str) -> list[str]:
        """Why a version stays."""
        return [each["reason"] for each in self.prune(*arguments)[version]["kept"]]

    def machines(self) -> set[str]:
        found = self.aws.ec2.describe_images(Owners=["self"], IncludeDisabled=True)["Images"]
        return {version for version, image in self.ids.items() if image in {each["ImageId"] for each in found}}

    def snapshots(self) -> set[str]:
        return {each["SnapshotId"] for each in self.aws.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]}

    def entries(self, name: str = "web") -> set[str]:
        return set(Catalogue(lambda service: getattr(self.aws, service)).entries(name))

    def stored_digests(self) -> set[str]:
        found = self.aws.ecr.describe_images(repositoryName="search")["imageDetails"]
        return {each["imageDigest"] for each in found}


@pytest.fixture
def shop(bare: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Shop:
    return Shop(bare, tmp_path, monkeypatch, capsys)
