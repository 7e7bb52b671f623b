"""What a bake says of a stack file that no `up` has deployed, and which pins it names as the next step."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from strata.images.baking.packed_definition import packer_template
from strata.images.baking.stack_view import describe_undeployed, pins_of

from .test_bake_decision import RECORD

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "image_pipeline"
STACK = "Pulumi.dev.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "project")
    file = tmp_path / "project" / STACK
    lines = file.read_text().splitlines()
    parent = [f"{line.partition(':')[0]}: ami-0123456789abcdef0" if "parent:" in line else line for line in lines]
    file.write_text("\n".join(parent) + "\n")
    return file.parent


def test_a_recipe_that_no_up_has_deployed_is_said(project: Path):
    deployed = packer_template(project, "dev", "web-image").recipe
    record = replace(RECORD, recipe=deployed)
    assert describe_undeployed(project, "dev", record) == ""
    step = project / "image" / "install.sh"
    step.write_text(step.read_text() + "echo changed\n")
    changed = packer_template(project, "dev", "web-image").recipe
    assert describe_undeployed(project, "dev", record) == (
        f"the stack file describes web-image as recipe {changed}, which no `pulumi up` has deployed: it is recipe "
        f"{deployed} that bakes"
    )
    assert describe_undeployed(project, "dev", replace(record, name="of-the-program")) == ""
    step.unlink()
    assert describe_undeployed(project, "dev", record).startswith("not known whether the stack file describes another")


def test_only_a_pin_that_the_stack_has_is_a_next_step(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    file = tmp_path / STACK
    pins = "{ web: { version: 1.0.0 }, front: { version: 1.0.0, app: web }, other: { version: 1.0.0 } }"
    file.write_text(f"config:\n  aws:region: eu-west-1\n  strata:stage: dev\n  strata:images: {pins}\n")
    assert pins_of(tmp_path, "dev", "web") == ("web", "front")
    assert pins_of(tmp_path, "dev", "shop") == ()
    file.write_text("config:\n  strata:images: 7\n")
    assert pins_of(tmp_path, "dev", "web") is None
