"""What `strata rehearse` ends with is README's table."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from ruamel.yaml import YAML

from strata.project.location import local_aws_folder
from strata_rehearsal.cloud.cloud_process import stop
from tests.all_pages import all_pages
from tests.contract.documents.schemas import problems_of
from tests.integration.support.warm_start import WarmStart

PROGRAM = """
from strata import ImmutableService, Network, Stack

stack = Stack.load()
network = Network("main", stack.network)
ImmutableService("jobs", stack.services["jobs"], image=stack.image("jobs"), network=network)
"""
SETTINGS = {
    "aws:region": "eu-west-1",
    "strata:stage": "staging",
    "strata:images": {"jobs": {"version": "1.0.0", "id": "ami-0123456789abcdef0"}},
    "strata:services": {"jobs": {"capacity": {"min": 1, "max": 2}, "boot_seconds": 10}},
}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "__main__.py").write_text(PROGRAM)
    for name, content in (
        ("Pulumi.yaml", {"name": "shop", "runtime": "python"}),
        ("Pulumi.staging.yaml", {"config": SETTINGS}),
    ):
        with (tmp_path / name).open("w") as stream:
            YAML(typ="safe").dump(content, stream)
    yield tmp_path
    stop(local_aws_folder(tmp_path))


def rehearse(warm: WarmStart, project: Path, *words: str) -> tuple[int, dict[str, Any]]:
    command = [*warm.command(), "rehearse", "staging", "--json", "--speed", "600", *words, "-C", str(project)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert problems_of("rehearse", document) == [], "see docs/documents/rehearse.schema.json"
    return done.returncode, document


def test_a_program_that_overrides_what_the_release_rests_on_ends_with_2_and_an_image_that_is_not_there_with_1(
    warm: WarmStart, project: Path
):
    program = project / "__main__.py"
    owned = PROGRAM.replace("network=network)", 'network=network, overrides={"group": {"tags": []}})')
    program.write_text(owned)
    code, invalid = rehearse(warm, project)
    assert (code, invalid["outcome"]) == (2, "invalid"), invalid["errors"]
    assert "overrides of jobs set group.tags, which no override may" in "".join(invalid["errors"])

    program.write_text(f"from strata.errors import ImageError\n{PROGRAM}\nraise ImageError('no such image')\n")
    code, failed = rehearse(warm, project)
    assert (code, failed["outcome"]) == (1, "failed"), failed["errors"]
    assert failed["errors"] == ["no such image"]


def test_a_refusing_preflight_ends_with_3_and_somebody_elses_refresh_with_6(warm: WarmStart, project: Path):
    code, first = rehearse(warm, project)
    assert code == 0, first["errors"]
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    scaling: Any = boto3.client("autoscaling", "eu-west-1", endpoint_url=first["endpoint"], **keys)
    (group,) = [each["AutoScalingGroupName"] for each in all_pages(scaling, "describe_auto_scaling_groups")]

    scaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])
    code, refused = rehearse(warm, project, "--image", "jobs=2.0.0")
    assert (code, refused["outcome"]) == (3, "refused"), refused["errors"]
    assert "the group's processes Launch are suspended" in "".join(refused["errors"])
    scaling.resume_processes(AutoScalingGroupName=group)

    ours = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"][0]["LaunchTemplate"]
    template = {"LaunchTemplateId": ours["LaunchTemplateId"], "Version": "1"}
    preferences = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, "InstanceWarmup": 1_000_000}
    scaling.start_instance_refresh(
        AutoScalingGroupName=group, DesiredConfiguration={"LaunchTemplate": template}, Preferences=preferences
    )
    code, busy = rehearse(warm, project, "--image", "jobs=2.0.0")
    assert (code, busy["outcome"]) == (6, "busy"), busy["errors"]
    assert "to template version 1 is running" in "".join(busy["errors"])
