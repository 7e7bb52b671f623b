"""How the conformance tests find the real provider, and what it is asked in its own names."""

from pathlib import Path

import pytest
from google.protobuf import json_format, struct_pb2

from tests.conformance.real_provider import install
from tests.conformance.real_provider.names import Names, Terraform, with_names, without_region
from tests.conformance.real_provider.plugin import Setup


@pytest.fixture(autouse=True)
def no_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any Terraform provider."""
    monkeypatch.setattr(install, "FOLDERS", (str(tmp_path / "none"), "~/none"))
    monkeypatch.setenv("HOME", str(tmp_path))


def binary(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(0o755)
    return file


def test_a_provider_that_is_named_is_used(tmp_path: Path):
    named = binary(tmp_path / "mine")
    assert install.terraform_provider({install.PROVIDER_VARIABLE: str(named)}) == named


def test_a_named_provider_that_cannot_be_run_is_an_error_with_its_name(tmp_path: Path):
    with pytest.raises(install.CannotInstallError, match=r"STRATA_TERRAFORM_PROVIDER is .*/mine, which cannot be run"):
        install.terraform_provider({install.PROVIDER_VARIABLE: str(tmp_path / "mine")})


def test_the_newest_provider_of_terraforms_cache_is_found(tmp_path: Path):
    cache = tmp_path / "cache" / "registry.terraform.io" / "hashicorp" / "aws"
    binary(cache / "5.99.1" / "terraform-provider-aws_v5.99.1_x5")
    newest = binary(cache / "5.100.0" / "terraform-provider-aws_v5.100.0_x5")
    binary(cache / "6.2.0" / "terraform-provider-aws_v6.2.0_x5")
    (cache / "5.101.0").mkdir()
    (cache / "5.101.0" / "terraform-provider-aws_v5.101.0_x5").touch(0o644)
    assert install.terraform_provider({"TF_PLUGIN_CACHE_DIR": str(tmp_path / "cache")}) == newest


def test_without_a_provider_the_reason_names_the_variable():
    with pytest.raises(install.CannotInstallError, match="name one in STRATA_TERRAFORM_PROVIDER"):
        install.terraform_provider({})


def test_every_type_and_function_of_the_rehearsal_has_a_name_in_terraform():
    names = install.terraform_names()
    assert names.resources["aws:ec2/launchTemplate:LaunchTemplate"] == "aws_launch_template"
    assert names.resources["aws:rds/instance:Instance"] == "aws_db_instance"
    assert names.functions["aws:ec2/getInstanceType:getInstanceType"] == "aws_ec2_instance_type"
    assert names.functions["aws:index/getRegion:getRegion"] == "aws_region"
    assert names.functions["aws:elb/getServiceAccount:getServiceAccount"] == "aws_elb_service_account"
    assert all(name.startswith("aws_") for name in names.all)


def test_tokens_of_the_bridge_are_found_whatever_their_case():
    terraform = Terraform({"aws:ec2/vpc:Vpc": "aws_vpc", "aws:x/y:Y": "aws_y"}, {"aws:ec2/getAmi:getAmi": "aws_ami"})
    schema = {"resources": {"aws:index/vpc:Vpc": {}}, "functions": {"aws:index/getAmi:getAmi": {}}}
    names = Names.of(terraform, schema)
    assert names.resources == {"aws:ec2/vpc:Vpc": "aws:index/vpc:Vpc"}
    assert names.functions == {"aws:ec2/getAmi:getAmi": "aws:index/getAmi:getAmi"}


def test_of_a_urn_only_the_resources_own_type_is_renamed():
    names = Names({"aws:ec2/vpc:Vpc": "aws:index/vpc:Vpc"}, {})
    urn = "urn:pulumi:live::shop::strata:index:Network$aws:ec2/vpc:Vpc::main"
    assert names.urn(urn) == "urn:pulumi:live::shop::strata:index:Network$aws:index/vpc:Vpc::main"
    other = "urn:pulumi:live::shop::pulumi:providers:aws::default"
    assert names.urn(other) == other


def test_a_request_loses_its_region_and_gets_the_bridges_properties():
    values = json_format.ParseDict(
        {"region": "eu-west-1", "name": "high", "__defaults": ["region", "name"]}, struct_pb2.Struct()
    )
    without_region(values)
    with_names(values, {"name": "alarmName", "missing": "other"})
    assert json_format.MessageToDict(values) == {"alarmName": "high", "__defaults": ["name"]}


def test_a_plugin_reads_what_the_installer_wrote(tmp_path: Path):
    setup = Setup("/bridge", "/provider", "7.51.1", Terraform({"a": "aws_a"}, {"b": "aws_b"}))
    setup.write(tmp_path / "setup.json")
    assert Setup.read(tmp_path / "setup.json") == setup
