"""What is handed out, as a wheel or as an sdist, is all that a person who installs it needs."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytest.importorskip("build", reason="this environment is older than requirements.txt: run `make setup`")


LIBRARY = ("components", "strata")
REHEARSAL = ("rehearsal", "strata_rehearsal")


@pytest.fixture(scope="module", params=[LIBRARY, REHEARSAL], ids=lambda it: it[1])
def package(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The folder of a distribution, and the package in it."""
    return request.param


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, package: tuple[str, str]) -> Path:
    """A folder with the sdist, and with the wheel that was built from it, as an installer would."""
    folder, _ = package
    checkout = tmp_path_factory.mktemp("a checkout")
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(ROOT / folder, checkout / folder, symlinks=True, ignore=left_out)
    finished = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(finished), folder]
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


def metadata_of(files: dict[str, bytes]) -> Message:
    (metadata,) = [content for name, content in files.items() if name.endswith(".dist-info/METADATA")]
    return HeaderParser().parsestr(metadata.decode())


def test_a_wheel_brings_its_licence_and_its_readme(built: Path, package: tuple[str, str]) -> None:
    files = wheel_files(built)
    (licence,) = [content for name, content in files.items() if name.endswith(".dist-info/licenses/LICENSE")]
    assert licence == (ROOT / "LICENSE").read_bytes()
    told = metadata_of(files)
    assert told["Description-Content-Type"] == "text/markdown"
    assert told["License-Expression"] == "Apache-2.0"
    assert set(told.get_all("Provides-Extra", [])) == ({"rehearsal", "policy"} if package == LIBRARY else set())
    assert str(told.get_payload()).strip() == readme(package).strip()


def readme(package: tuple[str, str]) -> str:
    return (ROOT / package[0] / "README.md").read_text(encoding="utf-8")


def test_the_readme_of_the_library_is_that_of_the_project() -> None:
    assert readme(LIBRARY) == (ROOT / "README.md").read_text(encoding="utf-8")


def test_an_sdist_brings_its_licence_and_its_readme(built: Path, package: tuple[str, str]) -> None:
    files = sdist_files(built)
    assert files["LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert files["README.md"].decode() == readme(package)


def test_a_wheel_has_every_file_of_the_package_and_no_other(built: Path, package: tuple[str, str]) -> None:
    folder, name = package
    wanted = {
        f"{name}/{path.relative_to(ROOT / folder / name).as_posix()}"
        for path in (ROOT / folder / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    brought = {each for each in wheel_files(built) if ".dist-info/" not in each}
    assert brought == wanted


def test_the_library_stands_on_no_moto_and_the_rehearsal_on_the_library(built: Path, package: tuple[str, str]) -> None:
    required = metadata_of(wheel_files(built)).get_all("Requires-Dist", [])
    always = {re.split(r"[^A-Za-z0-9-]", each)[0] for each in required if "extra ==" not in each}
    assert ("moto" in always, "pulumi-strata" in always) == ((False, False) if package == LIBRARY else (True, True))
