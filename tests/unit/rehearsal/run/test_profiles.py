"""A person's profiles stand in a rehearsal with their names and regions, and with nothing else of them."""

from pathlib import Path

import boto3
import pytest

from strata_rehearsal.run.aws_config import aws_environment, profile_regions, write_profiles
from strata_rehearsal.run.program_errors import errors_explained

CONFIG = """\
[default]
region = eu-west-1
[profile "shop prod"]
sso_start_url = https://sso.example.com
region = eu-north-1
[profile plain]
role_arn = arn:aws:iam::1:role/x
source_profile = default
"""


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "credentials").write_text("[keys]\naws_access_key_id = REAL\naws_secret_access_key = hush\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "ci")
    return tmp_path


def test_every_profile_there_is_or_that_is_named_has_a_stand_in(person: Path):
    assert profile_regions("stacks-own", None) == {
        "default": "eu-west-1",
        "shop prod": "eu-north-1",
        "plain": None,
        "keys": None,
        "ci": None,
        "stacks-own": None,
    }


def test_a_session_on_a_profile_is_one_of_the_local_aws(person: Path, monkeypatch: pytest.MonkeyPatch):
    file = person / "profiles"
    write_profiles(file, profile_regions())
    assert "REAL" not in file.read_text()
    assert "example.com" not in file.read_text()
    for name in ("AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in aws_environment("http://127.0.0.1:1", "us-east-2", file).items():
        monkeypatch.setenv(name, value)
    session = boto3.Session(profile_name="shop prod")
    credentials = session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "test"
    client = session.client("ssm")
    assert client.meta.endpoint_url == "http://127.0.0.1:1"
    assert boto3.Session(profile_name="ci").region_name == "us-east-2"
    assert boto3.Session(profile_name="default").region_name == "us-east-2", "botocore lets the environment win"


def test_a_broken_file_of_theirs_stops_no_rehearsal(person: Path):
    (person / "config").write_text("no section\n")
    assert profile_regions() == {"ci": None}


def test_a_profile_nobody_has_here_is_one_sentence_and_no_traceback():
    told = (
        "Program failed with an unhandled exception:\nTraceback (most recent call last):\n"
        "botocore.exceptions.ProfileNotFound: The config profile (prod) could not be found"
    )
    first, other = errors_explained([told, "another error"])
    assert first.splitlines() == [
        "the program names the AWS profile 'prod', which is not on this machine",
        "fix: Rehearse with AWS_PROFILE=prod in the environment, and a stand-in is made for it.",
    ]
    assert other == "another error"
