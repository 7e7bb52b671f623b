from collections.abc import Callable
from pathlib import Path

import pytest

from strata.engine import pulumi_cli


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "strata"


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first folder on a PATH that has nothing but what a shell script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    plain = tmp_path / "plain"
    plain.mkdir()
    for name in ("sh", "cat", "chmod", "mkdir", "env"):
        found = next(each / name for each in (Path("/bin"), Path("/usr/bin")) if (each / name).exists())
        (plain / name).symlink_to(found)
    monkeypatch.setenv("PATH", f"{folder}:{plain}")
    return folder


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Installs another version of the Python package `pulumi`, as far as its metadata goes."""

    def install(version: str) -> None:
        monkeypatch.setattr(pulumi_cli.metadata, "version", lambda _: version)

    return install
