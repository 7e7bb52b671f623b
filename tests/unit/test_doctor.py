"""The doctor's checks, one by one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import NoCredentialsError

from strata import doctor
from strata.aws import clients as session
from strata.doctor import Health
from strata.engine import pulumi_cli
from strata_rehearsal import needs
from strata_rehearsal.cloud import cloud_process

STACK = "config:\n  aws:region: eu-west-1\n  aws:profile: shop\n  strata:stage: dev\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    return tmp_path


def test_this_interpreter_will_do():
    assert doctor.python().health is Health.OK


def test_an_old_interpreter_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (99, 0))
    assert doctor.python().health is Health.FAIL


def test_packages_are_told_with_their_versions(monkeypatch: pytest.MonkeyPatch):
    assert doctor.packages().health is Health.OK
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    assert doctor.packages().said == "pulumi and pulumi-aws not installed"


OLD = "not used: /bin/pulumi is version 3.1.0"


@pytest.mark.parametrize(
    "found,told,health",
    [
        (None, [], Health.WARN),
        (pulumi_cli.Cli(Path("/opt/pulumi"), (3, 999, 0), "PATH"), [], Health.OK),
        (pulumi_cli.Cli(Path("/opt/pulumi"), (3, 999, 0), "cache"), [OLD], Health.WARN),
    ],
)
def test_the_cli_has_to_be_there_and_what_is_too_old_is_named(
    monkeypatch: pytest.MonkeyPatch, found: pulumi_cli.Cli | None, told: list[str], health: Health
):
    def find(progress: Callable[[str], object]) -> pulumi_cli.Cli | None:
        for line in told:
            progress(line)
        return found

    monkeypatch.setattr(pulumi_cli, "find_cli", find)
    finding = doctor.command_line()
    assert finding.health is health
    assert all(line in finding.said for line in told)


def test_the_real_provider_is_looked_for_in_the_pulumi_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "_version", lambda _: "7.51.1")
    assert doctor.provider_plugin().health is Health.WARN
    folder = tmp_path / "plugins" / "resource-aws-v7.51.1"
    folder.mkdir(parents=True)
    (folder / "pulumi-resource-aws").touch()
    assert doctor.provider_plugin().health is Health.OK


def test_the_packages_of_the_local_aws_may_be_missing(monkeypatch: pytest.MonkeyPatch):
    assert doctor.rehearsal_packages().health is Health.OK
    monkeypatch.setattr(needs, "find_spec", lambda _: None)
    assert doctor.rehearsal_packages().health is Health.WARN


def test_a_stack_file_is_right_or_told_with_every_problem(project: Path):
    assert doctor.stack_file(project, "dev").said == "Pulumi.dev.yaml: dev, no services"
    (project / "Pulumi.dev.yaml").write_text(STACK + "  strata:netwrok: {}\n  strata:tags: 5\n")
    finding = doctor.stack_file(project, "dev")
    assert (finding.health, len(finding.problems)) == (Health.FAIL, 2)
    assert doctor.stack_file(project, "prod").fix == "There are dev."


def test_a_local_aws_need_not_run(project: Path, monkeypatch: pytest.MonkeyPatch):
    assert doctor.local_aws(project).said.startswith("not running")
    running = cloud_process.CloudHandle(project, port=4566, pid=1, token="t", speed=120.0, anchor=0.0)
    monkeypatch.setattr(cloud_process, "find", lambda _: running)
    assert "http://127.0.0.1:4566" in doctor.local_aws(project).said


class Answering:
    """Clients of an AWS that knows us."""

    seen: session.ProviderConfig

    def __init__(self, config: session.ProviderConfig) -> None:
        Answering.seen = config

    def __call__(self, service: str):
        assert service == "sts"
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/me"}


class Silent(Answering):
    """Clients of an AWS that does not."""

    def get_caller_identity(self) -> dict[str, str]:
        raise NoCredentialsError


def test_the_account_is_asked_as_the_stack_would(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "Clients", Answering)
    finding = doctor.account(project, "dev")
    assert finding.said == "123456789012 as arn:aws:iam::123456789012:user/me, eu-west-1"
    assert (Answering.seen.region, Answering.seen.profile) == ("eu-west-1", "shop")


def test_missing_credentials_fail_with_a_fix(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "Clients", Silent)
    finding = doctor.account(project, "dev")
    assert (finding.health, finding.said) == (Health.FAIL, "Unable to locate credentials")
    assert finding.fix


def test_aws_is_only_asked_when_that_is_wanted(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "Clients", Answering)
    assert "account" not in [finding.check for finding in doctor.examine(project, "dev")]
    assert [finding.check for finding in doctor.examine(project, "dev", reach_aws=True)][-1] == "account"
