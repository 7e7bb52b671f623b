"""Which commit a review is of."""

import subprocess
from pathlib import Path

import pytest

from strata.review.recording import Revision, revision_of


def git(folder: Path, *arguments: str) -> str:
    named = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *named, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "Pulumi.yaml").write_text("name: shop\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_the_commit_is_named_and_whether_the_folder_is_as_committed(repository: Path):
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "elsewhere").write_text("of no concern")
    assert revision_of(repository / "infra") == Revision(commit[:12], changed=False)
    (repository / "infra" / "Pulumi.yaml").write_text("name: other\n")
    found = revision_of(repository / "infra")
    assert found == Revision(commit[:12], changed=True)
    assert str(found) == f"{commit[:12]} with uncommitted changes"


def test_without_a_repository_or_a_commit_or_git_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision_of(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert revision_of(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert revision_of(tmp_path) is None
