"""What is handed out, as a wheel or as an sdist, is all that a person who installs it needs."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytest.importorskip("build", reason="this environment is older than requirements.txt: run `make setup`")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that was built from it, as an installer would."""
    checkout = tmp_path_factory.mktemp("a checkout")
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(ROOT / "components", checkout / "components", symlinks=True, ignore=left_out)
    finished = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(finished), "components"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return finished


def wheel_files(built: Path) -> dict[str, bytes]:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def sdist_files(built: Path) -> dict[str, bytes]:
    (sdist,) = built.glob("*.tar.gz")
    files: dict[str, bytes] = {}
    with tarfile.open(sdist) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                files[member.name.partition("/")[2]] = content.read()
    return files


def test_a_wheel_brings_its_licence_and_its_readme(built: Path) -> None:
    files = wheel_files(built)
    (licence,) = [content for name, content in files.items() if name.endswith(".dist-info/licenses/LICENSE")]
    assert licence == (ROOT / "LICENSE").read_bytes()
    (metadata,) = [content for name, content in files.items() if name.endswith(".dist-info/METADATA")]
    told = HeaderParser().parsestr(metadata.decode())
    assert told["Description-Content-Type"] == "text/markdown"
    assert told["License-Expression"] == "Apache-2.0"
    assert set(told.get_all("Provides-Extra", [])) == {"rehearsal", "policy"}
    assert str(told.get_payload()).strip() == (ROOT / "README.md").read_text(encoding="utf-8").strip()


def test_an_sdist_brings_its_licence_and_its_readme(built: Path) -> None:
    files = sdist_files(built)
    for name in ("LICENSE", "README.md"):
        assert files[name] == (ROOT / name).read_bytes()


def test_a_wheel_has_every_file_of_the_package(built: Path) -> None:
    package = ROOT / "components" / "strata"
    wanted = {
        f"strata/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - set(wheel_files(built)) == set()
