"""What others made is taken over as docs/adopting.md says: nothing is made a second time, nothing is lost."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.request import image_id
from tests.integration.conftest import NewTrial
from tests.integration.support import Said, Site, Trial

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
    site.cloud.add_images([Image("legacy-jobs", "0.1.0", image)])
    template = site.client("ec2").create_launch_template(
        LaunchTemplateName="legacy-jobs",
        LaunchTemplateData={"ImageId": image, "InstanceType": "t3.small"},
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
def trial(new_trial: NewTrial, site: Site) -> Trial:
    network = {**site.network, "isolated_subnet_ids": site.network["private_subnet_ids"]}
    return new_trial(
        {"jobs": {"instance_type": "t3.small", "capacity": {"min": 2, "max": 4}}},
        program="adopting",
        extra={**YAML(typ="safe").load(block("yaml", "strata:databases")), "trial:network": network},
    )


async def test_a_worker_and_a_database_that_terraform_made_are_taken_over_and_neither_is_made_again(
    site: Site, trial: Trial, tmp_path: Path
) -> None:
    before, template = legacy_database(site), legacy_group(site)
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

    clean = await trial.unchanged()
    assert clean.ok, clean.reason
