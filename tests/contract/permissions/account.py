"""An account with everything that a command may ask about: servers, containers, images, a pipeline, a database."""

import hashlib
import io
import json
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto.ecs.models import ecs_backends

from strata.aws import clients, target
from strata.aws.kept_images import KEPT
from strata.aws.provider_config import ProviderConfig
from strata.cli.run import run
from strata.clock import utc_text
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.image_tags import KEPT_VALUE, PROTECTED
from strata.images.key_use import grant_command
from strata.images.recipe.packer_template import FETCHED
from strata.images.verdicts import read_verdict
from strata.naming import catalogue_name, note_name, pipeline_record_name, record_name
from strata.promotion import revoking
from strata.rollback import pulumi_up
from strata.rollout import stack_place
from strata.rollout.live_service import tags_of
from strata.rollout.once_note import OnceNote, OncePhase
from strata.rollout.record import DIGEST_TAG, ImageRef, ServerRelease
from strata.settings.models import RunOnceSettings
from strata.verdict_names import verdict_image
from strata_rehearsal.cloud import patches, state
from strata_rehearsal.cloud.machine_images import Image
from tests.contract.permissions.recorder import Recorder
from tests.unit.rehearsal.cloud.baking import PARENT, Bakery
from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rehearsal.cloud.shop import CANARY, REPOSITORY
from tests.unit.rollout.tasks.rolled_shop import RolledShop, release_digest

__all__ = ["Account", "open_account"]

OTHER, STRANGER = "210987654321", "310987654321"
ELSEWHERE = "eu-central-1"
AUTO_SCALING = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
MIGRATE = RunOnceSettings(name="migrate", command=("migrate",))
FIRST = "ami-0000000000000a001"
SERVERS = """\
config:
  aws:region: {region}{more}
  strata:stage: dev
  strata:images: {{ web: {{ version: 3.0.0, id: {image}, owners: [self, "{owner}"] }} }}
  strata:services: {{ web: {{ capacity: {{ min: 2, max: 4 }}, boot_seconds: 60 }} }}
  strata:promotion: {{ min_soak_minutes: 0 }}
"""
TASKS = """\
config:
  aws:region: {region}
  strata:stage: dev
  strata:container_images: {{ web: {{ repository: {repository}, version: 2.0.0, digest: "{digest}" }} }}
  strata:container_services:
    web:
      boot_seconds: 60
      capacity: {{ min: 1, max: 4 }}
      routes: [{{ priority: 1, paths: ["/web/*"] }}]
      rollout: {{ strategy: canary }}
  strata:promotion: {{ min_soak_minutes: 0, worst_finding: high }}
"""
KEYS_OF = "\n  aws:accessKey: AKIASTRA{}\n  aws:secretKey: test"


@contextmanager
def open_account(clients: SimpleNamespace, folder: Path) -> Generator["Account"]:
    """An account on a local AWS of its own; afterwards AWS is nobody's again.

    Args:
        clients: of the local AWS.
        folder: for the project.
    """
    try:
        with pytest.MonkeyPatch.context() as patch:
            yield Account(Aws(clients).prepare(), folder, patch)
    finally:
        state.use(None)
        patches.restore()


class Account:
    """A project of six stacks, and what they have in AWS.

    Servers run in `servers`, and their image is promoted to `next` and to `other`, which is of another account, and not
    to `strange`, whose account is not let see it. Tasks run in `tasks`, and their image is promoted to `later`.

    Args:
        aws: the local AWS.
        folder: for the project.
        patch: where the commands are led to it.
    """

    def __init__(self, aws: Aws, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.aws, self.folder = aws, folder
        self._releases: dict[str, tuple[str, str]] = {}
        self.recorder = Recorder(aws)
        self._lead_here(patch)
        aws.admin("accounts", accounts=[OTHER, STRANGER])
        self.images = self._images()
        self._servers()
        self._tasks()
        self._pipeline()
        self._database()
        self.topic: str = self.recorder.client("sns", REGION).create_topic(Name="on-call")["TopicArn"]

    def strata(self, line: str, *more: str) -> tuple[int, str]:
        """Run a command; gives what it ends with, and what it prints."""
        ended, out, err = self.told(line, *more)
        return ended, out + err

    def told(self, line: str, *more: str) -> tuple[int, str, str]:
        """Run a command; gives what it ends with, and what it prints on stdout and on stderr."""
        out, err = io.StringIO(), io.StringIO()
        named = {"manifest": self.folder / "manifest.json", "standing": self.standing, "serving": self.serving}
        named |= {"task": self.task, "topic": self.topic}
        words = [*line.format(**named).split(), *more]
        with redirect_stdout(out), redirect_stderr(err):
            ended = run([*words, "-C", str(self.folder)])
        return ended, out.getvalue(), err.getvalue()

    def let_a_fresh_server_come(self) -> None:
        """As long as a server takes to boot and to be healthy."""
        self.aws.wait(600)

    def let_servers_have_tags(self) -> None:
        """Those by which a command finds them."""
        tags = [{"Key": key, "Value": value} for key, value in tags_of("shop", "servers", "web").items()]
        self.aws.ec2.create_tags(Resources=[self.standing, self.serving], Tags=tags)

    def want_two_tasks(self) -> None:
        """One task may go while another one is healthy."""
        self.shop.update(desiredCount=2)
        self.aws.wait(600)

    def want_one_task(self) -> None:
        """As it was before."""
        self.shop.update(desiredCount=1)
        self.aws.wait(600)

    def end_a_server(self) -> None:
        """Somebody ends a server behind the back of its group."""
        self.aws.ec2.terminate_instances(InstanceIds=[self.serving])
        self.aws.wait(600)

    def freeze_servers(self) -> None:
        """Nothing new is to be rolled out in `servers` any more."""
        file = self.folder / "Pulumi.servers.yaml"
        window = '{ reason: the sale, start: "2001-01-01", until: "2999-12-31" }'
        file.write_text(f"{file.read_text()}  strata:freezes: [{window}]\n")

    def make_a_legacy_group(self) -> None:
        """A group that somebody made by hand, and that AWS shows with a launch configuration."""
        walls = self.aws.ec2.create_security_group(GroupName="legacy", Description="legacy", VpcId=self.aws.vpc)
        version = self.aws.version(self.images["first"], SecurityGroupIds=[walls["GroupId"]])
        self.aws.group("legacy", size=1, version=version, TargetGroupARNs=[], HealthCheckType="EC2")
        group = next(each for each in self.aws.cloud.groups.values() if each.name == "legacy")
        # the local AWS makes none
        group.extra["LaunchConfigurationName"] = "legacy"
        self.aws.wait(200)

    def hide_images(self) -> None:
        """The account of `strange` uses Allowed AMIs."""
        ec2 = self.recorder.client("ec2", REGION, f"AKIASTRA{STRANGER}")
        ec2.enable_allowed_images_settings(AllowedImagesSettingsState="enabled")

    def take_a_server_out(self) -> None:
        """A server gets no requests any more."""
        server = self.aws.instances("web")[0]["InstanceId"]
        self.aws.elbv2.deregister_targets(TargetGroupArn=self.aws.targets, Targets=[{"Id": server}])
        self.aws.wait(600)

    def take_a_task_out(self) -> None:
        """A task gets no requests any more."""
        (task,) = self.shop.tasks()
        details = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
        target = {"Id": details["privateIPv4Address"], "Port": 8080}
        for group in (self.shop.blue, self.shop.green):
            self.aws.elbv2.deregister_targets(TargetGroupArn=group, Targets=[target])
        self.aws.wait(600)

    def swap_a_task(self) -> None:
        """The only task that gets requests is of no deployment: what goes on without it is taken back."""
        service = self.aws.cloud.services[self.shop.arn]
        (task,) = service.tasks.values()
        arn = self.shop.define(self.shop.push("swapped"))
        definition = ecs_backends[service.account][service.region].describe_task_definition(arn)
        swapped = {**task.revision.parameters, "taskDefinition": arn}
        task.revision = replace(task.revision, definition=definition, parameters=swapped)

    def let_images_be_deregistered(self) -> None:
        """Somebody takes off the protection of the images that a pin has protected."""
        for each in self.images.values():
            self.aws.ec2.disable_image_deregistration_protection(ImageId=each)

    def release_again(self) -> None:
        """What was gone back from is released again, and nothing speaks against it."""
        for stack, (_, newer) in self._releases.items():
            for each in self._vetoes(stack):
                self.aws.ssm.delete_parameter(Name=each["Name"])
            self._put(record_name("shop", stack, "web"), newer)

    def forget_the_last_gate(self) -> None:
        """No gate has noted what the containers run."""
        name = note_name(record_name("shop", "tasks", "web"))
        if self.aws.ssm.get_parameters(Names=[name])["Parameters"]:
            self.aws.ssm.delete_parameter(Name=name)

    def keep_without_a_version(self) -> None:
        """An image is spared from expiring, as a gate leaves it, and neither a tag nor a record says what it is."""
        self.aws.ecr.put_image(
            repositoryName="web",
            imageManifest=self.aws.ecr.batch_get_image(
                repositoryName="web", imageIds=[{"imageDigest": self.shop.push("kept")}]
            )["images"][0]["imageManifest"],
            imageTag=f"{KEPT}web",
        )

    def veto_as_another_version(self) -> None:
        """The images that are vetoed are so as two versions."""
        by_id = [each for each in self._vetoes("servers") if verdict_image(each["Name"])]
        assert by_id
        for each in by_id:
            verdict = read_verdict(each["Value"])
            self._put(each["Name"], replace(verdict, called=(*verdict.called, "web 3.1.1")).to_json())

    def _vetoes(self, stack: str) -> list[dict[str, Any]]:
        path = f"/strata/shop/{stack}/web/veto"
        return self.aws.ssm.get_parameters_by_path(Path=path, Recursive=True)["Parameters"]

    def let_a_build_fail(self) -> None:
        """The next builds do not pass their health check."""
        self.bakery.fault(kind="step-fails", phase="validate", step="verify", message="refused")

    def want_another_key(self) -> None:
        """Builds succeed, and what they make is not what the pipeline wants."""
        self.aws.admin("build-faults", faults=[])
        another = self.aws.kms.create_key()["KeyMetadata"]["Arn"]
        self._describe_pipeline(encrypted_by={"": another}, accounts=[OTHER])

    def bake_from_an_image_of_aws(self) -> None:
        """The parent is an image of Image Builder."""
        name = "amazon-linux-2023-x86/2026.10.1/1"
        self._describe_pipeline(base=f"arn:aws:imagebuilder:{REGION}:aws:image/{name}")

    def bake_by_packer(self) -> None:
        """Packer has baked an image, and written its manifest."""
        self._describe_pipeline()
        image = self.bakery.bake(self._pipeline_arn)["outputResources"]["amis"][0]["image"]
        self.packed("1.8.0", f"{REGION}:{image}")

    def be_late_with_a_version(self) -> None:
        """Packer has baked an image with a copy; while it is noted, somebody else notes the version in one region."""
        self._describe_pipeline(copies=[ELSEWHERE])
        image = self.bakery.bake(self._pipeline_arn)["outputResources"]["amis"][0]["image"]
        there = self.recorder.client("ec2", ELSEWHERE)
        copied = there.copy_image(Name="copy", SourceRegion=REGION, SourceImageId=image, Encrypted=True)["ImageId"]
        (found,) = self.aws.ec2.describe_images(ImageIds=[image])["Images"]
        tags = [each for each in found["Tags"] if not each["Key"].startswith("aws:")]
        there.create_tags(Resources=[copied], Tags=tags)
        self.packed("1.9.0", f"{ELSEWHERE}:{copied},{REGION}:{image}")
        place = catalogue_name("base", "1.9.0")
        entry = CatalogueEntry(kind=ImageKind.MACHINE, name="base", version="1.9.0", id="ami-9", made="2026-11-29")

        def note(params: dict[str, Any], **_: Any) -> None:
            if params["Name"] == place:
                self._put(place, entry.to_json())

        def watch(service: str, client: Any) -> None:
            if service == "ssm" and client.meta.region_name == ELSEWHERE:
                client.meta.events.register("provide-client-params.ssm.PutParameter", note)

        self.recorder.watch(watch)

    def packed(self, version: str, images: str) -> None:
        """The manifest of a run of Packer, and what it has fetched from the server."""
        said = {"app_version": version, "recipe": "1.0.0"}
        build = {"packer_run_uuid": "1", "artifact_id": images, "build_time": 1, "custom_data": said}
        text = json.dumps({"builds": [build], "last_run_uuid": "1"})
        (self.folder / "manifest.json").write_text(text)
        bill = json.dumps({"components": []})
        facts = {**dict.fromkeys(("kernel", "os", "base_ami", "git_sha"), "1"), **said}
        manifest = {**facts, "config": {}, "sbom_sha256": hashlib.sha256(bill.encode()).hexdigest()}
        contents = {"manifest.json": json.dumps(manifest), "sbom.cdx.json": bill, "order": "1"}
        for name, file in FETCHED.items():
            (self.folder / file).write_text(contents[name])

    def _lead_here(self, patch: pytest.MonkeyPatch) -> None:
        def make(session: Any, service: str, config: ProviderConfig, _options: Any) -> Any:
            region = config.region or session.region_name
            return self.recorder.client(service, region, config.access_key or "test")

        async def no_engine(_folder: Path, stack: str, *_: Any) -> None:
            """It only leaves the record of what is pinned: what `pulumi up` asks is recorded where it rolls."""
            self._put(record_name("shop", stack, "web"), self._releases[stack][0])

        patch.setattr(clients, "make_client", make)
        patch.setattr(pulumi_up, "pulumi_up", no_engine)
        for module in (target, stack_place, revoking):
            patch.setattr(module, "clock_from_environment", lambda: self.aws.clock)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        (self.folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")

    def _put(self, name: str, *values: str) -> None:
        for each in values:
            self.aws.ssm.put_parameter(Name=name, Value=each, Type="String", Overwrite=True)

    def _release(self, stack: str, older: str, newer: str) -> None:
        self._releases[stack] = (older, newer)
        self._put(record_name("shop", stack, "web"), older, newer)

    def _images(self) -> dict[str, str]:
        """Two versions of an image; the second one is encrypted, and shared with the other account."""
        ec2 = self.aws.ec2
        self.aws.cloud.images.add(Image("web", "3.0.0", FIRST, baked=False))
        key = self.aws.kms.create_key()["KeyMetadata"]["Arn"]
        copied = ec2.copy_image(
            Name="web-3.1.0", SourceImageId=FIRST, SourceRegion=REGION, Encrypted=True, KmsKeyId=key
        )["ImageId"]
        ec2.create_tags(
            Resources=[copied], Tags=[{"Key": "app", "Value": "web"}, {"Key": "app_version", "Value": "3.1.0"}]
        )
        self.aws.wait(600)
        ec2.modify_image_attribute(ImageId=copied, LaunchPermission={"Add": [{"UserId": OTHER}]})
        self._let_use(key, OTHER)
        noted = CatalogueEntry(
            kind=ImageKind.MACHINE, name="web", version="3.1.0", id=copied, made="2026-11-28T12:00:00Z"
        )
        self._put(catalogue_name("web", "3.1.0"), noted.to_json())
        for app, version in (("old", "1.0.0"), ("web", "0.9.0")):
            self._register(app, version)
        return {"first": FIRST, "second": copied}

    def _let_use(self, key: str, other: str) -> None:
        """Auto Scaling of this account and of another one may use a key, by a grant for each."""
        kms = self.aws.kms
        found = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        root = {"AWS": f"arn:aws:iam::{other}:root"}
        found["Statement"].append({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"})
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(found))
        for account in ("123456789012", other):
            role = AUTO_SCALING.replace("123456789012", account)
            granted = grant_command(key, account).strip("`").partition("--operations ")[2].split()
            kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=granted)

    def _note(self, name: str, version: str, image: str) -> None:
        noted = CatalogueEntry(
            kind=ImageKind.MACHINE, name=name, version=version, id=image, made="2023-11-01T12:00:00Z"
        )
        self._put(catalogue_name(name, version), noted.to_json())

    def _register(self, app: str, version: str) -> None:
        tags = [{"Key": "app", "Value": app}, {"Key": "app_version", "Value": version}]
        disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}
        made = self.aws.ec2.register_image(
            Name=f"{app}-{version}", RootDeviceName="/dev/xvda", BlockDeviceMappings=[disk]
        )
        # as a gate protects what its service runs
        tags.append({"Key": PROTECTED, "Value": KEPT_VALUE})
        self.aws.ec2.create_tags(Resources=[made["ImageId"]], Tags=tags)
        self.aws.ec2.enable_image_deregistration_protection(ImageId=made["ImageId"])
        self._note(app, version, made["ImageId"])

    def _servers(self) -> None:
        versions = [
            self.aws.version(
                image,
                TagSpecifications=[
                    {"ResourceType": "instance", "Tags": [{"Key": DIGEST_TAG, "Value": release_digest(name)}]},
                ],
            )
            for name, image in self.images.items()
        ]
        tags = [{"Key": key, "Value": value} for key, value in tags_of("shop", "servers", "web").items()]
        self.aws.group("web", size=2, version=versions[1], Tags=tags)
        self.aws.https_listener()
        self.aws.wait(200)
        self.standing, self.serving = sorted(each["InstanceId"] for each in self.aws.instances())
        older, newer = (
            ServerRelease(
                group="web",
                template=self.aws.template,
                template_version=int(version),
                image=ImageRef("web", number, image),
                digest=release_digest(name),
            )
            for (name, image), version, number in zip(self.images.items(), versions, ("3.0.0", "3.1.0"), strict=True)
        )
        self._release("servers", older.to_json(), newer.to_json())
        for stack, more in (
            ("servers", ""),
            ("next", ""),
            ("other", KEYS_OF.format(OTHER)),
            ("strange", KEYS_OF.format(STRANGER)),
        ):
            text = SERVERS.format(region=REGION, image=FIRST, more=more, owner="123456789012")
            (self.folder / f"Pulumi.{stack}.yaml").write_text(text)

    def _tasks(self) -> None:
        self.shop = shop = RolledShop(self.aws)
        tags = [{"key": key, "value": value} for key, value in tags_of("shop", "tasks", "web").items()]
        first = shop.begin(CANARY, desired=1, tags=tags, enableExecuteCommand=True)
        self.task = shop.tasks()[0]["taskArn"].rpartition("/")[2]
        digest = shop.push("first")
        for version, content in (("0.9.0", "unneeded"), ("1.9.0", "earlier"), ("2.0.0", "first")):
            manifest = self.aws.ecr.batch_get_image(
                repositoryName="web", imageIds=[{"imageDigest": shop.push(content)}]
            )["images"][0]["imageManifest"]
            self.aws.ecr.put_image(repositoryName="web", imageManifest=manifest, imageTag=version)
        self.aws.admin("scanned", repository="web", digest=digest, region=REGION)
        now = replace(first, image=ImageRef("web", "2.0.0", f"{REPOSITORY}@{digest}"))
        earlier = shop.release("earlier")
        # which is then the newest of its family, and not what a rollback brings
        shop.release("never run")
        before = replace(earlier, image=ImageRef("web", "1.9.0", earlier.image.id))
        self._release("tasks", before.to_json(), now.to_json())
        at, migrate = utc_text(self.aws.clock.now()), MIGRATE
        note = OnceNote.begun(migrate, now.image, now.digest, at=at, by="arn:aws:iam::123456789012:user/ann")
        self._put(note.name(record_name("shop", "tasks", "web")), note.end(OncePhase.SUCCEEDED, at=at).to_json())
        left = replace(note, digest=before.digest, image=before.image, unit="i-00000000000000000")
        self._put(left.name(record_name("shop", "tasks", "web")), left.to_json())
        for stack in ("tasks", "later"):
            text = TASKS.format(region=REGION, repository=REPOSITORY, digest=digest)
            (self.folder / f"Pulumi.{stack}.yaml").write_text(text)

    def _pipeline(self) -> None:
        bakery = Bakery(self.aws)
        self.bakery = bakery
        disk = [{"deviceName": "/dev/xvda", "ebs": {"encrypted": True, "volumeSize": 20}}]
        tags = {"app": "base", "base_ami": PARENT, "strata:recipe": "1.0.0"}
        self._pipeline_arn = bakery.pipeline(bakery.recipe(amiTags=tags, blockDeviceMappings=disk))
        self._describe_pipeline()
        self._reports()

    def _describe_pipeline(self, **more: Any) -> None:
        record = {
            "name": "base",
            "app": "base",
            "pipeline": self._pipeline_arn,
            "recipe": "1.0.0",
            "base": PARENT,
            "architecture": "x86_64",
            "region": REGION,
            "copies": [],
            "accounts": [],
            "encrypted_by": {},
            "log_group": "/aws/imagebuilder/shop",
            "reports": "s3://reports/base",
            **more,
        }
        self._put(pipeline_record_name("shop", "servers", "base"), json.dumps(record))

    def _reports(self) -> None:
        self.aws.s3.create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION})
        facts = dict.fromkeys(("kernel", "os", "base_ami", "recipe", "git_sha"), "1")
        for version in ("1.0.0", "1.1.0"):
            place = f"base/base/{version}"
            manifest = json.dumps({**facts, "config": {}})
            self.aws.s3.put_object(Bucket="reports", Key=f"{place}/manifest.json", Body=manifest)
            self.aws.s3.put_object(Bucket="reports", Key=f"{place}/sbom.cdx.json", Body='{"components": []}')

    def _database(self) -> None:
        tags = {**tags_of("shop", "servers", ""), "strata:component": "orders", "strata:mutability": "controlled"}
        tags.pop("strata:service")
        self.aws.rds.create_db_instance(
            DBInstanceIdentifier="orders-1a2b3c4",
            DBInstanceClass="db.t4g.small",
            Engine="postgres",
            EngineVersion="16.3",
            AllocatedStorage=20,
            MasterUsername="orders",
            MasterUserPassword="not-a-secret",
            BackupRetentionPeriod=1,
            StorageEncrypted=True,
            PubliclyAccessible=False,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        self.aws.rds.create_db_snapshot(DBInstanceIdentifier="orders-1a2b3c4", DBSnapshotIdentifier="first")
