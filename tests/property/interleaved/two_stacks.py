"""Two stacks of one project on one local AWS, each with a server service and a container service, seen from outside."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import yaml
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ssm.models import ssm_backends

from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.naming import note_name, record_name, revocation_name, rollback_name, version_in, veto_path
from strata.rollout.record import (
    DIGEST_TAG,
    ImageRef,
    Release,
    ServerRelease,
    TaskRelease,
    read_release,
    release_digest,
)
from strata.verdict_names import revoked_images_path, verdict_image, vetoed_images_path
from strata_rehearsal.cloud.machine_images import Image
from tests.property.interleaved.mortal_client import MortalWay
from tests.property.interleaved.pinned_proofs import PROJECT, is_confirmed, make_up_proof, pin_unproven
from tests.property.interleaved.seen import Seen
from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rehearsal.cloud.container_requests import ROLE, register
from tests.unit.rehearsal.cloud.shop import MEDIA, ROLLING
from tests.way_out import lead_out

__all__ = ["API", "PROJECT", "SERVICES", "STACKS", "VERSIONS", "WEB", "TwoStacks", "read_yaml"]

STACKS: Final = ("staging", "prod")
WEB, API = "front", "api"
SERVICES: Final = (WEB, API)
VERSIONS: Final = ("1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0")
FIRST, SECOND = VERSIONS[:2]
REPOSITORY: Final = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{API}"
SIZE: Final = 2
_CLUSTER: Final = "shop"
_PLACED: Final = ("Pending", "InService")
_WAITED: Final = 100_000.0
"""Simulated seconds in which every rollout has ended."""

FILE: Final = """\
# what the {stack} stack runs
config:
  aws:region: {region}
  strata:stage: {stack}
  # nothing scans images here
  strata:promotion: {{ worst_finding: null, max_scan_age_days: null }}
  # pinned by strata image
  strata:images:
    front: {{ version: {version}, id: {id}{proof} }} # the shop
  strata:container_images:
    api:
      # from our own repository
      repository: {repository}
      version: {version}
      digest: {digest} # by its digest{proof_lines}
  strata:services:
    front:
      instance_type: t3.small
      capacity: {{ min: 2, max: 4 }}
      boot_seconds: 60
      routes: [{{ hosts: [shop.example.com], priority: 10 }}]
      rollout: {{ bake_seconds: 0, checkpoint_percentages: [], progress_deadline_seconds: 120, alarms: "off" }} # quick
  strata:container_services:
    api:
      capacity: {{ min: 2, max: 4 }}
      scaling: null
      boot_seconds: 60
      rollout: {{ strategy: rolling, progress_deadline_seconds: 120, alarms: "off" }} # quick
# the end
"""


@lru_cache(100)
def read_yaml(text: str) -> Any:
    """The content of a stack file; nobody may change what this gives."""
    return yaml.safe_load(text)


class TwoStacks:
    """The world.

    Args:
        clients: the clients that all tests share.
        folder: an empty folder, for the project.
    """

    def __init__(self, clients: SimpleNamespace, folder: Path) -> None:
        self.aws = Aws(clients)
        self.way = MortalWay(self.aws.application)
        vars(self.aws)["application"] = self.way
        self.folder = folder
        self.images = {version: f"ami-{index + 16:017x}" for index, version in enumerate(VERSIONS)}
        self.digests: dict[str, str] = {}
        self._templates: dict[str, str] = {}
        self._known: dict[str, str] = {}
        """The version of each task definition and service revision, and of each version of a template: none changes."""
        self._prepare()

    def file(self, stack: str) -> Path:
        """The stack file."""
        return self.folder / f"Pulumi.{stack}.yaml"

    def image(self, service: str, version: str) -> ImageRef:
        """A version of a service's image."""
        if service == WEB:
            return ImageRef(WEB, version, self.images[version])
        return ImageRef(API, version, f"{REPOSITORY}@{self.digests[version]}")

    def release_digest(self, service: str, version: str) -> str:
        """The digest of a release of it; only its image decides it here."""
        return release_digest({"image": self.image(service, version).id})

    def record(self, stack: str, service: str) -> str:
        """Name of the release record."""
        return record_name(PROJECT, stack, service)

    # what the provider makes

    def new_template_version(self, stack: str, version: str) -> int:
        """A version of the launch template that launches an image; gives its number."""
        made = self.aws.ec2.create_launch_template_version(
            LaunchTemplateId=self._templates[stack], LaunchTemplateData=self._launched(version)
        )
        return int(made["LaunchTemplateVersion"]["VersionNumber"])

    def new_definition(self, stack: str, version: str) -> str:
        """A task definition that runs an image; gives its ARN."""
        container = {"name": API, "image": self.image(API, version).id, "portMappings": [{"containerPort": 8080}]}
        return register(
            self.aws,
            family=f"{stack}-{API}",
            containerDefinitions=[container],
            tags=[{"key": DIGEST_TAG, "value": self.release_digest(API, version)}],
        )

    def release(self, stack: str, service: str, version: str, made: int | str) -> Release:
        """What a program asks a service to run.

        Args:
            stack: the stack.
            service: the service.
            version: the version.
            made: number of the template's version, or ARN of the task definition.
        """
        image, digest = self.image(service, version), self.release_digest(service, version)
        if service == WEB:
            template = self._templates[stack]
            return ServerRelease(
                image=image, digest=digest, group=f"{stack}-{WEB}", template=template, template_version=int(made)
            )
        return TaskRelease(image=image, digest=digest, service=self._service(stack), task_definition=str(made))

    def newest(self, stack: str, service: str) -> tuple[str, int | str]:
        """The version that the newest template version or task definition launches, and its number or ARN."""
        if service == WEB:
            found = self._template_versions(stack)
            number = max(found)
            return found[number], number
        arn = self.aws.ecs.list_task_definitions(familyPrefix=f"{stack}-{API}", sort="DESC")["taskDefinitionArns"][0]
        return self._defined(arn), arn

    # seen from outside

    def see(self, stack: str, service: str) -> Seen:
        """A service as it is now; whoever looks does not die."""
        name, parameters = self.record(stack, service), self._parameters()
        texts = {key: each.value for key, each in parameters.items()}
        runs, launches, rollouts, rolling, launched = self._servers(stack) if service == WEB else self._tasks(stack)
        revoked = {version: revocation_name(service, version) for version in VERSIONS}
        vetoed = {each: text for each, text in texts.items() if each.startswith(f"{veto_path(name)}/")}
        images = {self.image(service, version).content: version for version in VERSIONS}
        by_id = {revoked_images_path(), vetoed_images_path(name)}
        forbidding = {verdict_image(each) for each in texts if any(each.startswith(f"{path}/") for path in by_id)}
        return Seen(
            runs=runs,
            launches=launches,
            rollouts=rollouts,
            rolling=rolling,
            record=read_release(texts[name]),
            record_number=parameters[name].version,
            note=json.loads(texts.get(note_name(name), "{}")),
            begun=json.loads(texts.get(rollback_name(name), "{}")),
            vetoes={version_in(each): text for each, text in vetoed.items() if verdict_image(each) is None},
            by_id=frozenset(version for image, version in images.items() if image in forbidding),
            revoked={version: texts[each] for version, each in revoked.items() if each in texts},
            pinned=str(self.pin(stack, service)["version"]),
            launched=launched,
            confirmed=is_confirmed(stack, self.pin(stack, service), texts),
        )

    def pin_by_hand(self, stack: str, service: str, version: str) -> None:
        """Somebody writes a pin with a proof of which nobody knows but the stack file."""
        pin_unproven(self.folder, stack, self.image(service, version), self.release_digest(service, version))

    def pin(self, stack: str, service: str) -> Mapping[str, Any]:
        """What the stack file says of a service's image."""
        config = read_yaml(self.file(stack).read_text())["config"]
        return config[f"strata:{'images' if service == WEB else 'container_images'}"][service]

    def settle(self) -> None:
        """Let time pass until no rollout is under way."""
        start = self.aws.clock.time
        while any(self.see(stack, service).rolling for stack in STACKS for service in SERVICES):
            assert self.aws.clock.time - start < _WAITED, "a rollout never ends"
            self.aws.wait(300)

    def _parameters(self) -> dict[str, Any]:
        """The newest version of every parameter: straight from the store, since every step reads all of them."""
        store = ssm_backends[DEFAULT_ACCOUNT_ID][REGION]._parameters
        return {name: store[name][-1] for name in list(store) if name.startswith("/strata/")}

    def _servers(self, stack: str) -> tuple[frozenset[str], str, dict[str, str], str | None, dict[str, str]]:
        group = self.aws.describe(f"{stack}-{WEB}")

        def launched_by(number: str) -> str:
            return self._template_version(stack, number)

        known = self.aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName=f"{stack}-{WEB}")
        saved = launched_by(group["LaunchTemplate"]["Version"])
        rollouts: dict[str, str] = {}
        for each in known["InstanceRefreshes"]:
            wanted = (each.get("DesiredConfiguration") or {}).get("LaunchTemplate")
            rollouts[each["InstanceRefreshId"]] = launched_by(wanted["Version"]) if wanted else saved
        newest = next(iter(known["InstanceRefreshes"]), None)
        rolling = rollouts[newest["InstanceRefreshId"]] if newest and not newest.get("EndTime") else None
        launched = {each["InstanceId"]: launched_by(each["LaunchTemplate"]["Version"]) for each in group["Instances"]}
        runs = {
            launched[each["InstanceId"]] for each in group["Instances"] if each["LifecycleState"].startswith(_PLACED)
        }
        return frozenset(runs), saved, rollouts, rolling, launched

    def _tasks(self, stack: str) -> tuple[frozenset[str], str, dict[str, str], str | None, dict[str, str]]:
        ecs, name = self.aws.ecs, f"{stack}-{API}"
        service = ecs.describe_services(cluster=_CLUSTER, services=[name])["services"][0]
        listed = ecs.list_service_deployments(cluster=_CLUSTER, service=name)["serviceDeployments"]
        targets = {each["serviceDeploymentArn"]: each["targetServiceRevisionArn"] for each in listed}
        rollouts = {arn: self._revised(revision) for arn, revision in targets.items()}
        ended = not listed or bool(listed[0].get("finishedAt"))
        rolling = None if ended else rollouts[listed[0]["serviceDeploymentArn"]]
        arns = ecs.list_tasks(cluster=_CLUSTER, serviceName=name)["taskArns"]
        tasks = ecs.describe_tasks(cluster=_CLUSTER, tasks=arns)["tasks"] if arns else []
        launched = {each["taskArn"]: self._defined(each["taskDefinitionArn"]) for each in tasks}
        return frozenset(launched.values()), self._defined(service["taskDefinition"]), rollouts, rolling, launched

    def _revised(self, revision: str) -> str:
        if revision in self._known:
            return self._known[revision]
        found = self.aws.ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"][0]
        self._known[revision] = self._defined(found["taskDefinition"])
        return self._known[revision]

    def _defined(self, arn: str) -> str:
        if arn in self._known:
            return self._known[arn]
        found = self.aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        digest = found["containerDefinitions"][0]["image"].rpartition("@")[2]
        self._known[arn] = next(version for version, each in self.digests.items() if each == digest)
        return self._known[arn]

    def _template_version(self, stack: str, number: str) -> str:
        key = f"{stack} {number}"
        if key not in self._known:
            found = self._template_versions(stack)
            self._known |= {f"{stack} {each}": version for each, version in found.items()}
        return self._known[key]

    def _template_versions(self, stack: str) -> dict[int, str]:
        found = self.aws.ec2.describe_launch_template_versions(LaunchTemplateId=self._templates[stack])
        versions = {image: version for version, image in self.images.items()}
        return {
            int(each["VersionNumber"]): versions[each["LaunchTemplateData"]["ImageId"]]
            for each in found["LaunchTemplateVersions"]
        }

    def forbid(self, parameter: str, reason: str) -> None:
        """Somebody writes a veto or a revocation, at whatever moment of another one's call."""
        ssm_backends[DEFAULT_ACCOUNT_ID][REGION].put_parameter(
            name=parameter,
            description="",
            value=reason,
            parameter_type="String",
            allowed_pattern="",
            keyid="",
            overwrite=True,
            tags=[],
            data_type="text",
            tier=None,
            policies=None,
        )

    # in the beginning

    def _prepare(self) -> None:
        aws = self.aws.prepare(delay=20)
        for version, image in self.images.items():
            aws.cloud.images.add(Image(WEB, version, image))
        aws.ecs.create_cluster(clusterName=_CLUSTER)
        aws.ecr.create_repository(repositoryName=API)
        aws.iam.create_role(RoleName="execution", AssumeRolePolicyDocument="{}")
        allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        aws.iam.put_role_policy(RoleName="execution", PolicyName="all", PolicyDocument=json.dumps(allowed))
        assert ROLE.endswith("/execution")
        lead_out(aws.ec2, aws.vpc, aws.subnets[0])
        for version in VERSIONS:
            layer = {
                "digest": f"sha256:{hashlib.sha256(version.encode()).hexdigest()}",
                "size": 1,
                "mediaType": "layer",
            }
            text = json.dumps({"schemaVersion": 2, "mediaType": MEDIA, "layers": [layer]})
            made = aws.ecr.put_image(repositoryName=API, imageManifest=text, imageTag=version)
            self.digests[version] = made["image"]["imageId"]["imageDigest"]
            self._catalogue(version)
        (self.folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
        for stack in STACKS:
            self._begin(stack)
        aws.wait(400)

    def _catalogue(self, version: str) -> None:
        """What baked both images of a version has noted them."""
        catalogue = Catalogue(lambda service: getattr(self.aws, service))
        for service, kind in ((WEB, ImageKind.MACHINE), (API, ImageKind.CONTAINER)):
            known = {"id": self.images[version]} if service == WEB else {"digest": self.digests[version]}
            catalogue.add(
                CatalogueEntry(kind=kind, name=service, version=version, made="2023-01-31T08:30:00Z", **known)
            )

    def _begin(self, stack: str) -> None:
        """A stack that runs the second version after the first one, as two of `up` have left it."""
        aws = self.aws
        targets = aws.target_group(f"{stack}-{WEB}")
        aws.elbv2.create_rule(
            ListenerArn=aws.listener,
            Priority=1 + STACKS.index(stack),
            Conditions=[{"Field": "path-pattern", "Values": [f"/{stack}/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": targets}],
        )
        template = aws.ec2.create_launch_template(
            LaunchTemplateName=f"{stack}-{WEB}", LaunchTemplateData=self._launched(FIRST)
        )
        self._templates[stack] = template["LaunchTemplate"]["LaunchTemplateId"]
        numbers = (1, self.new_template_version(stack, SECOND))
        specification = {"LaunchTemplateId": self._templates[stack], "Version": str(numbers[1])}
        aws.group(f"{stack}-{WEB}", size=SIZE, MaxSize=4, LaunchTemplate=specification, TargetGroupARNs=[targets])
        definitions = tuple(self.new_definition(stack, version) for version in (FIRST, SECOND))
        aws.ecs.create_service(
            cluster=_CLUSTER,
            serviceName=f"{stack}-{API}",
            taskDefinition=definitions[1],
            desiredCount=SIZE,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": aws.subnets}},
            deploymentConfiguration=ROLLING,
        )
        proofs = {
            service: make_up_proof(self.image(service, SECOND), self.release_digest(service, SECOND))
            for service in SERVICES
        }
        needed = stack == "prod"
        self.file(stack).write_text(
            FILE.format(
                stack=stack,
                region=REGION,
                version=SECOND,
                id=self.images[SECOND],
                repository=REPOSITORY,
                digest=self.digests[SECOND],
                proof=f", proof: {json.dumps(proofs[WEB])}" if needed else "",
                proof_lines=f"\n      proof: {json.dumps(proofs[API])}" if needed else "",
            )
        )
        for service, made in ((WEB, numbers), (API, definitions)):
            for version, each in zip((FIRST, SECOND), made, strict=True):
                value = self.release(stack, service, version, each).to_json()
                name = self.record(stack, service)
                aws.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def _launched(self, version: str) -> dict[str, Any]:
        tags = [{"Key": DIGEST_TAG, "Value": self.release_digest(WEB, version)}]
        return {
            "ImageId": self.images[version],
            "InstanceType": "t3.small",
            "UserData": "aGk=",
            "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
        }

    def _service(self, stack: str) -> str:
        found = self.aws.ecs.describe_services(cluster=_CLUSTER, services=[f"{stack}-{API}"])
        return found["services"][0]["serviceArn"]
