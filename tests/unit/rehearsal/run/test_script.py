"""What a rehearsal makes of the configuration of a stack."""

from pathlib import Path

from strata.project.stack_file import read_stack
from strata_rehearsal.run.request import RehearsalRequest
from strata_rehearsal.run.script import Script, read_settings

IMAGES = "  strata:images: {value: {web: {version: 1.4.2, id: ami-0f3c51d29a7e84b61}}}\n"
PROJECT = f"name: shop\nruntime: python\nconfig:\n  strata:stage: prod\n{IMAGES}"


def test_a_stack_without_a_stage_keeps_its_pins_under_guard_local(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n{IMAGES.replace('{value: ', '').replace('}}}', '}}')}")
    assert Script.without_strata(read_stack(tmp_path, "dev")).config == {}


def test_a_stage_and_pins_in_pulumi_yaml_are_rehearsed_as_they_are(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.live.yaml").write_text("config: {aws:region: eu-west-1}\n")
    script = read_settings(RehearsalRequest(tmp_path, "live"))
    assert script.settings.stage == "prod"
    assert script.config == {"strata:images": {"web": {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}}}
