"""The rehearsal's plugin with the real engine and the local AWS."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.plugin.types import ROWS
from strata_rehearsal.run.aws_config import aws_config
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import ready_workspace
from tests.integration.support import Site
from tests.integration.support.site import REGION

PROGRAMS = Path(__file__).parent / "programs"
OLD, NEW, SLOW = "ami-0123456789abcdef0", "ami-0123456789abcdef1", "ami-0123456789abcdef2"
DEADLINE_SECONDS = 20.0
SLOW_BOOT = 86_400.0
"""Simulated seconds: longer than any run of the engine."""


@dataclass
class Project:
    """One stack of one of the programs, named for itself."""

    site: Site
    program: str
    stack: str
    config: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def engine(self) -> StackEngine:
        """The engine on the stack as configured now."""
        folder = self.site.folder / "plugin" / self.stack
        folder.mkdir(parents=True, exist_ok=True)
        project = {"name": "plugin", "runtime": "python", "main": str(PROGRAMS / self.program)}
        (folder / "Pulumi.yaml").write_text(json.dumps(project))
        (folder / f"Pulumi.{self.stack}.yaml").write_text(json.dumps({"config": {"aws:region": REGION}}))
        settings = {f"trial:{name}": value for name, value in self.config.items()}
        config = {**aws_config(self.site.cloud.endpoint, REGION), **settings}
        workspace = ready_workspace(self.site.home, folder, self.stack, config=config)
        environment = {"STRATA_CLOCK": self.site.cloud.clock.variable()}
        return StackEngine(self.site.cli, self.site.home, workspace, environment=environment)

    async def up(self, *arguments: str) -> Any:
        await self.engine.create_stack()
        return await self.engine.up(*arguments)

    async def unchanged(self) -> Any:
        return await self.engine.preview("--refresh", "--expect-no-changes")

    async def resources(self) -> dict[str, dict[str, Any]]:
        """The resources of the state by type and name."""
        state = await self.engine.export_state()
        listed = state["deployment"].get("resources") or []
        return {"::".join(each["urn"].split("::")[2:]): each for each in listed}


NewProject = Callable[..., Project]


@pytest.fixture
def new_project(site: Site, request: pytest.FixtureRequest) -> NewProject:
    images = [Image("plugin", "1", OLD), Image("plugin", "2", NEW), Image("plugin", "3", SLOW, boot_seconds=SLOW_BOOT)]
    site.cloud.add_images(images)
    stack = request.node.name.removeprefix("test_").partition("[")[0][:40].replace("_", "-")

    def make(program: str, **config: Any) -> Project:
        return Project(site, program, stack, {"image": OLD, **config})

    return make


async def test_every_live_type_from_creation_to_deletion(site: Site, new_project: NewProject) -> None:
    """One life of one stack: an engine run of fifty resources is too dear to begin anew for each question."""
    project = new_project("every_type", endpoint=site.cloud.endpoint)
    created = await project.up()
    assert created.ok, created.reason
    resources = await project.resources()
    live = {row.tokens[0] for row in ROWS.values()}
    missing = live - {urn.partition("::")[0] for urn in resources}
    assert not missing, f"the program has no {sorted(missing)}"
    assert len(created.outputs["balancer"]) <= 32
    assert "hunter2" not in json.dumps(resources)
    await expect_clean(project)

    project.config |= {"image": NEW, "tags": {"cost": "7"}, "delay": 30, "max": 5}
    changed = await project.up()
    assert changed.ok, changed.reason
    assert (changed.changes.created, changed.changes.replaced, changed.changes.deleted) == (0, 0, 0)
    assert changed.outputs["version"] == 2
    assert changed.outputs["document_version"] == "2"
    await expect_clean(project)

    drift(site, created.outputs, log_group=resources["aws:cloudwatch/logGroup:LogGroup::server"]["id"])
    assert not (await project.unchanged()).ok

    project.config["tags"] = {}
    mended = await project.up("--refresh")
    assert mended.ok, mended.reason
    expect_mended(site, created.outputs)
    await expect_clean(project)

    destroyed = await project.engine.destroy()
    assert destroyed.ok, destroyed.reason
    names = [created.outputs["group"]]
    assert (
        site.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"] == []
    )


async def expect_clean(project: Project) -> None:
    clean = await project.unchanged()
    assert clean.ok, clean.stdout


def drift(site: Site, outputs: Mapping[str, Any], *, log_group: str) -> None:
    """Changes made behind Pulumi's back: a rollout's, which are ignored, and others, which are not."""
    site.client("ec2").create_tags(Resources=[outputs["servers"]], Tags=[{"Key": "rogue", "Value": "1"}])
    site.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=outputs["group"],
        LaunchTemplate={"LaunchTemplateId": outputs["template"], "Version": "2"},
        DesiredCapacity=3,
        MaxSize=9,
    )
    site.client("logs").delete_log_group(logGroupName=log_group)


def expect_mended(site: Site, outputs: Mapping[str, Any]) -> None:
    names = [outputs["group"]]
    answer = site.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)
    (group,) = answer["AutoScalingGroups"]
    assert group["MaxSize"] == 5
    assert (group["DesiredCapacity"], group["LaunchTemplate"]["Version"]) == (3, "2")
    (servers,) = site.client("ec2").describe_security_groups(GroupIds=[outputs["servers"]])["SecurityGroups"]
    assert {tag["Key"] for tag in servers["Tags"]} == {"Owner"}


async def test_a_group_whose_servers_come_too_late_is_kept_and_taken_up_by_the_next_up(
    site: Site, new_project: NewProject
) -> None:
    project = new_project("half_made", subnets=list(site.network["private_subnet_ids"]), limit="1s", image=SLOW)
    failed = await project.up()
    assert not failed.ok
    assert "needs 1 healthy servers and has 0 after 1 s" in failed.stdout + failed.stderr
    (before,) = [r["id"] for urn, r in (await project.resources()).items() if urn.startswith("aws:autoscaling/group")]

    project.config["limit"] = "10m"
    finished = await project.up()
    assert finished.ok, finished.reason
    assert finished.outputs["group"] == before
    clean = await project.unchanged()
    assert clean.ok, clean.stdout
    assert (await project.engine.destroy()).ok


@pytest.mark.parametrize(
    "token, properties, message",
    [
        ("aws:ec2/vpcs:Vpc", {}, "the installed pulumi_aws has no resource type aws:ec2/vpcs:Vpc"),
        (
            "aws:ec2/subnet:Subnet",
            {"vpcId": "vpc-1", "cidrBlok": "x"},
            "unknown property cidrBlok, did you mean cidrBlock?",
        ),
        ("aws:ec2/subnet:Subnet", {}, "missing required property vpcId"),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": ["x"]}, "expected a string, got a list"),
        ("aws:rds/instance:Instance", {"instanceClass": "x", "port": "high"}, "expected a whole number, got a string"),
    ],
)
async def test_a_mistake_is_found_in_the_preview(
    new_project: NewProject, token: str, properties: dict[str, Any], message: str
) -> None:
    project = new_project("mistakes", type=token, properties=properties)
    await project.engine.create_stack()
    result = await project.engine.preview()
    said = result.stdout + result.stderr
    assert not result.ok
    assert message in said
    assert "Traceback" not in said
    assert "Unexpected <class" not in said


async def test_a_refusal_of_aws_names_the_code_and_the_resource(new_project: NewProject) -> None:
    project = new_project("mistakes", type="aws:ec2/vpc:Vpc", properties={"cidrBlock": "10.0.0.0/8"})
    result = await project.up()
    said = result.stdout + result.stderr
    assert not result.ok
    assert "creating aws:ec2/vpc:Vpc thing: InvalidVpc.Range" in said
    assert "Traceback" not in said


def test_the_plugin_leaves_when_what_started_it_is_killed() -> None:
    # The parent prints the plugin's process id and then waits for ever.
    script = """if True:
        import subprocess, sys
        plugin = subprocess.Popen([sys.executable, "-m", "strata_rehearsal.plugin", "127.0.0.1:1"], stdout=-1)
        plugin.stdout.readline()
        print(plugin.pid, flush=True)
        plugin.wait()
    """
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout as said:
        plugin = os.pidfd_open(int(said.readline()))
        try:
            parent.kill()
            parent.wait()
            gone, _, _ = select.select([plugin], [], [], DEADLINE_SECONDS)
        finally:
            os.close(plugin)
    assert gone, "the plugin is still there"
