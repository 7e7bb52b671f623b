"""The copy of a stack file that the engine runs on says what the original says, character for character."""

from pathlib import Path

import pytest

from strata.errors import RehearsalError
from strata.project.document import read_document
from strata.project.verbatim import read_yaml
from strata_rehearsal.workspace.home import Home
from strata_rehearsal.workspace.workspace import ready_workspace

WRITTEN = (
    *("7e12345", "1.10", "0042", "+5", "-0", "1__0", "true", "Null", "~", "2024-13-01", "2001-12-14 21:59:43.10 -5"),
    *("1e400", "0b11", "yes", "2024-1-3", "12345678901234567890123", ".inf", "'0042'"),
)
TAGGED = (
    *("!!int 0042", '!!int "0042"', "!!float 1", "!!float 0042", '!!float "1.5"', "!!bool true", '!!bool "true"'),
    *("!!timestamp 2024-01-31", '!!timestamp "2024-01-31"', "!!null ~", '!!null ""', "!!str 0042", "!!str ~"),
    *("!!binary aGVsbG8=", "!!foo 0042", '! "0042"', "! 0042", "! ~"),
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig:\n  aws:profile: prod\n  shop:a: 1.10\n")
    return tmp_path


@pytest.mark.parametrize("written", WRITTEN)
def test_a_commit_without_quotes_reaches_a_rehearsal_as_the_commit(repository: Path, tmp_path: Path, written: str):
    (repository / "Pulumi.dev.yaml").write_text(f"config:\n  shop:value: {written}\n  shop:list: [{written}]\n")
    copy = ready_workspace(Home(tmp_path / "it"), repository, "dev").folder / "Pulumi.dev.yaml"
    lines = copy.read_text().splitlines()
    assert lines[1] == f"  shop:value: {written}"
    assert lines[3].removeprefix("  - ") == written


@pytest.mark.parametrize("written", TAGGED)
def test_a_value_with_a_tag_is_the_same_value_in_a_rehearsal(repository: Path, tmp_path: Path, written: str):
    original = repository / "Pulumi.dev.yaml"
    original.write_text(f"config:\n  shop:value: {written}\n  shop:list: [{written}]\n")
    copy = ready_workspace(Home(tmp_path / "it"), repository, "dev").folder / "Pulumi.dev.yaml"
    assert read_document(copy).value == read_document(original).value


def test_what_pulumi_yaml_says_of_an_account_does_not_reach_a_rehearsal(repository: Path, tmp_path: Path):
    (repository / "Pulumi.dev.yaml").write_text("config: {}\n")
    folder = ready_workspace(Home(tmp_path / "it"), repository, "dev", without=["aws:profile"]).folder
    assert dict(read_yaml(folder / "Pulumi.yaml")["config"]) == {"shop:a": 1.10}
    assert "shop:a: 1.10" in (folder / "Pulumi.yaml").read_text()


def test_a_date_that_is_none_is_no_bug_of_ours(tmp_path: Path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  shop:day: 2024-13-01\n")
    with pytest.raises(RehearsalError, match="is not YAML"):
        read_yaml(file)
    assert read_yaml(file, verbatim=True)["config"] == {"shop:day": "2024-13-01"}
