"""The oldest, the pinned and the newest Pulumi, each in a rehearsal that is repeated.

A pair that is not on this machine is skipped: `make toolchain-matrix` gets it, and runs the toolchain's own tests too.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from strata.engine.pulumi_cli import EXECUTABLE, LANGUAGE_HOST
from tests.toolchain_pairs import PAIRS, Pair

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "one_service"
WHOLE = "STRATA_MATRIX"
"""Environment variable; 1 runs the toolchain's own tests on each pair as well."""


@pytest.fixture(params=PAIRS, ids=str)
def pair(request: pytest.FixtureRequest) -> Pair:
    found: Pair = request.param
    missing = found.missing()
    if missing:
        pytest.skip(f"{missing} is not on this machine; `make toolchain-matrix` gets it")
    return found


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The smallest example, in a folder with a blank in its path."""
    folder = tmp_path / "a shop"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".strata", "__pycache__"))
    yield folder
    strata(["rehearse", "dev", "--stop"], folder, dict(os.environ))


def strata(arguments: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from strata.cli import main; main()", *arguments, "-C", str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_rehearsal_can_be_repeated_and_rolls_out(pair: Pair, project: Path, tmp_path: Path):
    environment = pair.environment(tmp_path / "bin")
    first = strata(["rehearse", "dev", "--json"], project, environment)
    assert first.returncode == 0, first.stdout + first.stderr
    second = strata(["rehearse", "dev", "--json", "--image", "shop=9.0.0"], project, environment)
    assert second.returncode == 0, second.stdout + second.stderr
    (rollout,) = json.loads(second.stdout)["rollouts"]
    assert (rollout["to"], rollout["status"]) == ("9.0.0", "Successful")
    third = strata(["rehearse", "dev", "--json", "--image", "shop=9.0.0"], project, environment)
    assert third.returncode == 0, third.stdout + third.stderr
    assert json.loads(third.stdout)["rollouts"] == []
    plugins = {each.name for each in (project / ".strata" / "pulumi" / "home" / "plugins").iterdir()}
    assert f"language-python-v{pair.cli}" in plugins


@pytest.mark.skipif(os.environ.get(WHOLE) != "1", reason="minutes a pair: `make toolchain-matrix` runs it")
def test_the_tests_of_the_toolchain_pass(pair: Pair, tmp_path: Path):
    tests = ["tests/integration/test_toolchain.py", "tests/integration/test_cut_off_files.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:randomly", *tests],
        cwd=ROOT,
        env=pair.environment(tmp_path / "bin"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_language_host_beside_the_cli_is_the_one_that_runs_the_program(project: Path, tmp_path: Path):
    """As in the official distribution; here it is a script that says so and does what Strata's own host does."""
    pair = PAIRS[-1]
    if pair.missing():
        pytest.skip(f"{pair.missing()} is not on this machine; `make toolchain-matrix` gets it")
    official, used = tmp_path / "official", tmp_path / "used"
    official.mkdir()
    # A copy, because the engine follows links before it looks beside itself.
    shutil.copy(pair.executable, official / EXECUTABLE)
    host = official / LANGUAGE_HOST
    module = "strata.engine.language_host"
    host.write_text(f'#!/bin/sh\ntouch "{used}"\nexec "{sys.executable}" -P -m {module} "$@"\n')
    host.chmod(0o755)
    environment = {**os.environ, "PATH": f"{official}{os.pathsep}{os.environ['PATH']}"}
    done = strata(["rehearse", "dev", "--json"], project, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert used.exists()
    plugins = [each.name for each in (project / ".strata" / "pulumi" / "home" / "plugins").iterdir()]
    assert not [name for name in plugins if name.startswith("language-python")]
