"""A new project with a local AWS of its own, and what others do to it."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from strata.new_project.create import create
from strata.new_project.project_files import NewProject, ServiceKind, project_files
from strata.project.location import local_aws_folder
from strata_rehearsal.cloud.cloud_handle import CloudHandle
from strata_rehearsal.cloud.cloud_process import find
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.request import image_id

__all__ = ["Shop"]

REGION = "eu-west-1"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
"""The local AWS accepts any."""
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass
class Shop:
    """What `strata init` makes, and the images of its service `web`.

    Args:
        folder: of the project; it is made.
        kind: what runs the service.
        strata: the command.
    """

    folder: Path
    kind: ServiceKind
    strata: Sequence[str]
    names: dict[str, str] = field(default_factory=dict[str, str])
    """What words in capitals stand for, such as a server that nobody knew when the story was written."""
    _files: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def __post_init__(self) -> None:
        create(self.folder, project_files(NewProject("shop", "web", self.kind, REGION)))

    def run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """A command in the project; its errors are part of what it prints."""
        return subprocess.run(
            [*self.strata, *self.named(words)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def named(self, words: Sequence[str]) -> list[str]:
        """Words with what they stand for."""
        return [self.names.get(word, word) for word in words]

    def stop(self) -> None:
        """Stop the local AWS."""
        self.run(["rehearse", "staging", "--stop"])

    def client(self, service: str) -> Any:
        """A boto3 client of the local AWS."""
        return boto3.Session(**CREDENTIALS, region_name=REGION).client(service, endpoint_url=self.cloud.endpoint)

    @property
    def cloud(self) -> CloudHandle:
        """Its local AWS, once a stack was rehearsed."""
        found = find(local_aws_folder(self.folder))
        if found is None:
            raise RuntimeError("no stack was rehearsed yet")
        return found

    def groups(self, stack: str) -> list[dict[str, Any]]:
        """The Auto Scaling groups of a stack."""
        filters = [{"Name": "tag:strata:stack", "Values": [stack]}]
        return self.client("autoscaling").describe_auto_scaling_groups(Filters=filters)["AutoScalingGroups"]

    def servers(self, stack: str) -> dict[str, dict[str, Any]]:
        """The servers in the groups of a stack, as EC2 describes them, by their ids."""
        ids = [each["InstanceId"] for group in self.groups(stack) for each in group["Instances"]]
        found = self.client("ec2").describe_instances(InstanceIds=ids)["Reservations"] if ids else []
        return {each["InstanceId"]: each for reservation in found for each in reservation["Instances"]}

    # what others do

    def build(self, version: str) -> None:
        """A pipeline has built another version of the image."""
        if self.kind is ServiceKind.SERVERS:
            self.cloud.add_images([Image("web", version, image_id("web", version), architecture="arm64")])
            return
        ecr = self.client("ecr")
        if not ecr.describe_repositories()["repositories"]:
            ecr.create_repository(repositoryName="web")
        config = {"architecture": "arm64", "os": "linux", "version": version}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []}
        ecr.put_image(repositoryName="web", imageManifest=json.dumps(manifest), imageTag=version)

    def files(self) -> dict[str, bytes]:
        """The stack files as they are."""
        return {each.name: each.read_bytes() for each in self.folder.glob("Pulumi.*.yaml")}

    def remember(self, stack: str) -> None:
        """Keep a stack file as it is."""
        self._files[stack] = self._file(stack).read_bytes()

    def swap(self, stack: str) -> None:
        """Put back what was remembered of a stack file, and remember what is there."""
        now = self._file(stack).read_bytes()
        self._file(stack).write_bytes(self._files[stack])
        self._files[stack] = now

    def _file(self, stack: str) -> Path:
        return self.folder / f"Pulumi.{stack}.yaml"
