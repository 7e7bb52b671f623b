"""What others made is taken over as docs/adopting.md says: nothing is made a second time, nothing is lost."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from strata.cli.run import run as strata
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.aws_config import aws_environment
from strata_rehearsal.run.request import image_id
from tests.integration.conftest import NewTrial
from tests.integration.support import Said, Site, Trial, routed
from tests.integration.support.site import REGION

Assess = Callable[..., tuple[int, set[str], set[str]]]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "adopting.md"


def block(language: str, word: str) -> str:
    """The one block of the page in a language that has a word in it."""
    text = PAGE.read_text(encoding="utf-8")
    (found,) = [each for each in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if word in each]
    return str(found)


def legacy_database(site: Site) -> dict[str, Any]:
    """A database as Terraform might have made it: encrypted, its password in Terraform's state."""
    rds = site.client("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName="legacy-orders",
        DBSubnetGroupDescription="made by Terraform",
        SubnetIds=site.network["private_subnet_ids"],
    )
    rds.create_db_instance(
        DBInstanceIdentifier="legacy-orders",
        DBSubnetGroupName="legacy-orders",
        Engine="postgres",
        EngineVersion="16.4",
        DBInstanceClass="db.t4g.medium",
        DBName="orders",
        MasterUsername="dbadmin",
        MasterUserPassword="as-terraform-knows-it",
        AllocatedStorage=50,
        StorageEncrypted=True,
    )
    return rds.describe_db_instances(DBInstanceIdentifier="legacy-orders")["DBInstances"][0]


def legacy_group(site: Site) -> str:
    """A group of two workers that run an image of their own, from a template of their own; the template's id."""
    image = image_id("legacy-jobs", "0.1.0")
    user_data = base64.b64encode(b"#!/bin/sh\nyum -y update\n").decode()
    site.cloud.add_images([Image("legacy-jobs", "0.1.0", image)])
    template = site.client("ec2").create_launch_template(
        LaunchTemplateName="legacy-jobs",
        LaunchTemplateData={"ImageId": image, "InstanceType": "t3.small", "UserData": user_data},
    )["LaunchTemplate"]["LaunchTemplateId"]
    site.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="legacy-jobs",
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        MinSize=2,
        MaxSize=4,
        DesiredCapacity=2,
        VPCZoneIdentifier=",".join(site.network["private_subnet_ids"]),
    )
    return template


@pytest.fixture
def assess(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Assess:
    """Run `strata assess`; gives its exit code, the codes that block and those that advise."""

    def command(*words: str) -> tuple[int, set[str], set[str]]:
        led = {**aws_environment(site.cloud.endpoint, REGION), "STRATA_CLOCK": site.cloud.clock.variable()}
        for name, value in {**led, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        ended = strata(["assess", *words, "--json"])
        document = json.loads(capsys.readouterr().out)
        assert document["unread"] == []
        found = [each for group in document["groups"] for each in group["findings"]]
        assert [group["servers"] for group in document["groups"]] == [2], "an empty group proves nothing"
        blocks, advises = (
            {each["code"] for each in found if each["severity"] == severity} for severity in ("blocks", "advises")
        )
        return ended, blocks, advises

    return command


@pytest.fixture
def trial(new_trial: NewTrial, site: Site) -> Trial:
    network = {**site.network, "isolated_subnet_ids": site.network["private_subnet_ids"]}
    return new_trial(
        {"jobs": {"instance_type": "t3.small", "capacity": {"min": 2, "max": 4}}},
        program="adopting",
        extra={**YAML(typ="safe").load(block("yaml", "strata:databases")), "trial:network": network},
    )


async def test_a_worker_and_a_database_that_terraform_made_are_taken_over_and_neither_is_made_again(
    site: Site, trial: Trial, assess: Assess, tmp_path: Path
) -> None:
    before, template = legacy_database(site), legacy_group(site)
    ended, blocks, _ = assess("--group", "legacy-jobs")
    assert (ended, blocks) == (5, {"boot-installs"})
    file = tmp_path / "adopt.json"
    file.write_text(block("json", '"parent"'))

    engine = trial.engine()
    await engine.create_stack()
    said = Said()
    run = await engine.start("import", ["--file", str(file), "--protect=false", "--generate-code=false"], said)
    imported = await run.result()
    assert imported.ok, imported.reason

    plan = await trial.preview()
    assert plan.ok, plan.reason
    assert (plan.changes.replaced, plan.changes.deleted) == (0, 0), f"the plan replaces something: {plan.stdout}"

    taken = await trial.up(said=said)
    assert taken.ok, taken.reason
    after = site.client("rds").describe_db_instances(DBInstanceIdentifier="legacy-orders")["DBInstances"][0]
    assert after["DbiResourceId"] == before["DbiResourceId"], "another database has its name"
    assert after["DeletionProtection"]
    kept = site.client("secretsmanager").get_secret_value(SecretId=taken.outputs["secret"])["SecretString"]
    assert "as-terraform-knows-it" not in kept, "the password is still the one in Terraform's state"
    group = trial.group("jobs")
    assert group.name == "legacy-jobs"
    assert group.template != template
    trial.is_live("jobs", "1.0.0")
    ended, blocks, advises = assess(trial.stack, "-C", str(trial.folder))
    assert (blocks, advises) == (set(), {"no-load-balancer"}), ended

    clean = await trial.unchanged()
    assert clean.ok, clean.reason


def legacy_shop(site: Site) -> dict[str, Any]:
    """A group of two servers of whatever is newest, behind a load balancer of its own, which is given."""
    balancing, network = site.client("elbv2"), site.network
    balancer = balancing.create_load_balancer(Name="legacy-shop", Subnets=network["public_subnet_ids"])
    (made,) = balancer["LoadBalancers"]
    targets = balancing.create_target_group(Name="legacy-shop", Port=80, Protocol="HTTP", VpcId=network["vpc_id"])
    arn = targets["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    balancing.create_listener(LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=forward)
    image = image_id("legacy-shop", "0.1.0")
    site.cloud.add_images([Image("legacy-shop", "0.1.0", image)])
    template = site.client("ec2").create_launch_template(
        LaunchTemplateName="legacy-shop", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.small"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    site.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="legacy-shop",
        LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
        MinSize=2,
        MaxSize=2,
        VPCZoneIdentifier=",".join(network["private_subnet_ids"]),
        TargetGroupARNs=[arn],
        HealthCheckType="EC2",
    )
    return made


def balancer_of(site: Site, trial: Trial) -> dict[str, Any]:
    """The load balancer that leads to the service."""
    balancing = site.client("elbv2")
    (targets,) = balancing.describe_target_groups(TargetGroupArns=list(trial.group("web").target_groups))[
        "TargetGroups"
    ]
    return balancing.describe_load_balancers(LoadBalancerArns=targets["LoadBalancerArns"])["LoadBalancers"][0]


class WeightedName:
    """A name with two weighted alias records: the old load balancer and the new one."""

    def __init__(self, site: Site, **balancers: dict[str, Any]) -> None:
        self._route53, self._balancers = site.client("route53"), balancers
        self._zone = self._route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]

    def lead(self, **weights: int) -> None:
        """Lead so many of a hundred requests to each."""
        changes = [
            {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": "shop.example.com",
                    "Type": "A",
                    "SetIdentifier": name,
                    "Weight": weights[name],
                    "AliasTarget": {
                        "DNSName": each["DNSName"],
                        "HostedZoneId": each["CanonicalHostedZoneId"],
                        "EvaluateTargetHealth": True,
                    },
                },
            }
            for name, each in self._balancers.items()
        ]
        self._route53.change_resource_record_sets(HostedZoneId=self._zone, ChangeBatch={"Changes": changes})

    @property
    def leads(self) -> dict[str, tuple[str, int]]:
        """Where it leads to, and how many requests of a hundred."""
        found = self._route53.list_resource_record_sets(HostedZoneId=self._zone)["ResourceRecordSets"]
        records = [each for each in found if each["Type"] == "A"]
        return {each["SetIdentifier"]: (each["AliasTarget"]["DNSName"].rstrip("."), each["Weight"]) for each in records}


async def test_a_service_is_built_beside_a_group_that_goes_on_and_the_name_is_moved_by_weights(
    site: Site, new_trial: NewTrial, assess: Assess
) -> None:
    old = legacy_shop(site)
    scaling = site.client("autoscaling")

    def legacy() -> Any:
        return scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["legacy-shop"])["AutoScalingGroups"][0]

    ended, blocks, _ = assess("--group", "legacy-shop")
    assert (ended, blocks) == (5, {"health-not-asked", "mutable-version"})
    before = {each["InstanceId"] for each in legacy()["Instances"]}

    trial = new_trial({"web": routed(71)})
    done = await trial.up()
    assert done.ok, done.reason
    trial.is_live("web", "1.0.0")
    ended, blocks, advises = assess(trial.stack, "-C", str(trial.folder))
    assert (ended, blocks, advises) == (0, set(), set())
    assert {each["InstanceId"] for each in legacy()["Instances"]} == before, "the old group was touched"

    new = balancer_of(site, trial)
    assert new["DNSName"] != old["DNSName"]
    name = WeightedName(site, old=old, new=new)
    for share in (1, 50, 100, 0):
        # raised, and back again: a change of a number
        name.lead(old=100 - share, new=share)
        assert name.leads == {"old": (old["DNSName"], 100 - share), "new": (new["DNSName"], share)}
