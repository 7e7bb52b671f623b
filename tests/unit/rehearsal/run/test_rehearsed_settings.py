"""What a rehearsal makes of the configuration of a stack."""

from pathlib import Path

from strata.project.stack_file import read_stack
from strata_rehearsal.run.rehearsed_settings import RehearsedSettings, read_settings
from strata_rehearsal.run.request import RehearsalRequest

IMAGES = "  strata:images: {value: {web: {version: 1.4.2, id: ami-0f3c51d29a7e84b61}}}\n"
PROJECT = f"name: shop\nruntime: python\nconfig:\n  strata:stage: prod\n{IMAGES}"


def test_a_stack_without_a_stage_keeps_its_pins_under_guard_local(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n{IMAGES.replace('{value: ', '').replace('}}}', '}}')}")
    assert RehearsedSettings.without_strata(read_stack(tmp_path, "dev")).config == {}


def test_a_stage_and_pins_in_pulumi_yaml_are_rehearsed_as_they_are(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.live.yaml").write_text("config: {aws:region: eu-west-1}\n")
    settings = read_settings(RehearsalRequest(tmp_path, "live"))
    assert settings.settings.stage == "prod"
    assert settings.config == {"strata:images": {"web": {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}}}
