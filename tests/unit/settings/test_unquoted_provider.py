"""What Pulumi makes of a value of the provider's is a problem like that of a setting."""

from pathlib import Path

import pytest

from strata.cli.run import run

STACK = "config:\n  aws:region: eu-west-1\n  strata:stage: dev\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return tmp_path


@pytest.mark.parametrize(
    "line,path,written",
    [
        ("aws:allowedAccountIds: [012345678901]", "aws:allowedAccountIds[0]", "012345678901"),
        ("aws:maxRetries: 010", "aws:maxRetries", "010"),
        ("aws:assumeRoles: [{ externalId: 2024-01-31 }]", "aws:assumeRoles[0].externalId", "2024-01-31"),
    ],
)
def test_an_account_that_begins_with_zero_is_quoted_as_it_was_written(
    project: Path, capsys: pytest.CaptureFixture[str], line: str, path: str, written: str
):
    """The provider said "AWS account ID not allowed", for Pulumi had made the number 12345678901 of it."""
    (project / "Pulumi.live.yaml").write_text(f"{STACK}  {line}\n")
    assert run(["explain", "live", "-C", str(project)]) == 2
    told = capsys.readouterr().err
    assert f"  {path} (line 4)\n    got {written}, expected a text in quotes: Pulumi makes" in told
    assert f'fix: Put it in quotes: "{written}".' in told


def test_a_value_of_pulumi_yaml_names_that_file(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "Pulumi.yaml").write_text(
        "name: shop\nruntime: python\nconfig:\n  aws:allowedAccountIds:\n    value: [012345678901]\n"
    )
    (project / "Pulumi.live.yaml").write_text(STACK)
    assert run(["explain", "live", "-C", str(project)]) == 2
    assert "  aws:allowedAccountIds[0] (Pulumi.yaml line 5)\n" in capsys.readouterr().err


def test_a_mapping_of_pulumi_yaml_without_a_value_is_named_by_its_key(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig:\n  strata:tags: { a: b }\n")
    (project / "Pulumi.live.yaml").write_text(STACK)
    assert run(["explain", "live", "-C", str(project)]) == 2
    assert "  strata:tags (line 4)\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ['aws:allowedAccountIds: ["012345678901"]', "aws:allowedAccountIds: [123456789012]", "aws:insecure: no"]
)
def test_what_the_provider_gets_as_it_was_written_is_no_problem(project: Path, line: str):
    (project / "Pulumi.live.yaml").write_text(f"{STACK}  {line}\n")
    assert run(["explain", "live", "-C", str(project)]) == 0
