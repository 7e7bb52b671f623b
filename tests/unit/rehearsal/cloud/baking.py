"""An account in which images can be built, and the requests that build them."""

import json
from typing import Any

from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws

PARENT = "ami-0000000000000001"
PROFILE = "build-servers"
BUILD_SECONDS = 1500.0
"""Longer than a build without faults takes."""

DOCUMENT = """\
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: provision
        action: ExecuteBash
        inputs: {commands: [dnf install -y shop-1.2.3]}
      - name: harden
        action: ExecuteBash
        inputs: {commands: [harden]}
  - name: validate
    steps:
      - name: verify
        action: ExecuteBash
        inputs: {commands: [curl --fail localhost/health]}
  - name: test
    steps:
      - name: serves
        action: ExecuteBash
        inputs: {commands: [curl --fail localhost/health]}
"""


def refusal(call: Any, **asked: Any) -> tuple[str, str]:
    """The code and the message with which a call is refused."""
    try:
        call(**asked)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{asked} was accepted")


class Bakery:
    """Requests to Image Builder, each with what is usual unless a test says otherwise."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.api = aws.imagebuilder
        document = {"Version": "2012-10-17", "Statement": []}
        aws.iam.create_role(RoleName=PROFILE, AssumeRolePolicyDocument=json.dumps(document))
        aws.iam.create_instance_profile(InstanceProfileName=PROFILE)
        aws.iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName=PROFILE)

    def component(self, name: str = "Shop base", version: str = "1.0.0", **more: Any) -> str:
        asked = {"platform": "Linux", "data": DOCUMENT, **more}
        return self.api.create_component(name=name, semanticVersion=version, **asked)["componentBuildVersionArn"]

    def recipe(self, *components: str, name: str = "shop", version: str = "1.0.0", **more: Any) -> str:
        listed = [{"componentArn": each} for each in components or (self.component(),)]
        asked = {"parentImage": PARENT, "components": listed, **more}
        return self.api.create_image_recipe(name=name, semanticVersion=version, **asked)["imageRecipeArn"]

    def infrastructure(self, name: str = "small", **more: Any) -> str:
        asked = {"instanceProfileName": PROFILE, "instanceTypes": ["t3.small"], **more}
        made = self.api.create_infrastructure_configuration(name=name, **asked)
        return made["infrastructureConfigurationArn"]

    def distribution(self, *regions: dict[str, Any], name: str = "everywhere") -> str:
        made = self.api.create_distribution_configuration(name=name, distributions=list(regions))
        return made["distributionConfigurationArn"]

    def pipeline(self, recipe: str | None = None, name: str = "shop", **more: Any) -> str:
        asked = {"imageRecipeArn": recipe or self.recipe(), **more}
        asked.setdefault(
            "infrastructureConfigurationArn", self.infrastructure() if not self.parts() else self.parts()[0]
        )
        return self.api.create_image_pipeline(name=name, **asked)["imagePipelineArn"]

    def parts(self) -> list[str]:
        found = self.api.list_infrastructure_configurations()["infrastructureConfigurationSummaryList"]
        return [each["arn"] for each in found]

    def start(self, pipeline: str | None = None) -> str:
        started = self.api.start_image_pipeline_execution(imagePipelineArn=pipeline or self.pipeline())
        return started["imageBuildVersionArn"]

    def image(self, arn: str) -> dict[str, Any]:
        return self.api.get_image(imageBuildVersionArn=arn)["image"]

    def bake(self, pipeline: str | None = None) -> dict[str, Any]:
        arn = self.start(pipeline)
        self.aws.wait(BUILD_SECONDS)
        return self.image(arn)

    def fault(self, **fault: Any) -> None:
        self.aws.admin("build-faults", faults=[fault])

    def lines(self, image: dict[str, Any]) -> list[str]:
        found = self.aws.logs.get_log_events(
            logGroupName=f"/aws/imagebuilder/{image['name']}", logStreamName=image["version"]
        )
        return [each["message"] for each in found["events"]]
