"""What a rehearsal makes of the configuration of a stack."""

from pathlib import Path

import pytest

from strata.errors import SettingsError
from strata.project.stack_file import read_stack
from strata_rehearsal.run.rehearsed_settings import RehearsedSettings, read_settings
from strata_rehearsal.run.request import RehearsalRequest

IMAGES = "  strata:images: {value: {web: {version: 1.4.2, id: ami-0f3c51d29a7e84b61}}}\n"
PROJECT = (
    "name: shop\nruntime: python\nconfig:\n  strata:stage: prod\n"
    f"  strata:promotion: {{value: {{require_proof: false}}}}\n{IMAGES}"
)


def test_a_stack_without_a_stage_keeps_its_pins_under_guard_local(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n{IMAGES.replace('{value: ', '').replace('}}}', '}}')}")
    assert RehearsedSettings.without_strata(read_stack(tmp_path, "dev")).config == {}


def test_a_version_that_is_only_tried_in_prod_needs_no_proof(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    proof = (
        "{stack: shop/staging, release: 1.4.2, digest: 7d0c2f1e5b9a4836, soaked: 6000, by: ann, "
        "at: '2026-11-27T09:30:00Z'}"
    )
    pin = f"{{version: 1.4.2, id: ami-0f3c51d29a7e84b61, proof: {proof}}}"
    (tmp_path / "Pulumi.prod.yaml").write_text(f"config:\n  strata:stage: prod\n  strata:images: {{web: {pin}}}\n")
    as_it_is = read_settings(RehearsalRequest(tmp_path, "prod"))
    assert as_it_is.settings.promotion.require_proof
    assert as_it_is.config.keys() == {"strata:images"}
    tried = read_settings(RehearsalRequest(tmp_path, "prod", images={"web": "1.5.0"}))
    assert tried.config["strata:images"]["web"].keys() == {"version", "id"}
    assert tried.config["strata:promotion"] == {"require_proof": False}


def test_an_unproven_pin_of_prod_is_rehearsed_only_with_a_version_to_try(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text(PROJECT.replace("  strata:promotion: {value: {require_proof: false}}\n", ""))
    (tmp_path / "Pulumi.live.yaml").write_text("config: {aws:region: eu-west-1}\n")
    with pytest.raises(SettingsError, match="a proof that it ran in another stack"):
        read_settings(RehearsalRequest(tmp_path, "live"))
    assert read_settings(RehearsalRequest(tmp_path, "live", images={"web": "1.5.0"})).settings.stage == "prod"


def test_a_stage_and_pins_in_pulumi_yaml_are_rehearsed_as_they_are(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.live.yaml").write_text("config: {aws:region: eu-west-1}\n")
    settings = read_settings(RehearsalRequest(tmp_path, "live"))
    assert settings.settings.stage == "prod"
    assert settings.config == {"strata:images": {"web": {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}}}
