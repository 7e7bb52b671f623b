"""What `strata init` makes works as it is: its own tests pass, and each of its stacks can be rehearsed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from strata.new_project.create import create
from strata.new_project.project_files import NewProject, ServiceKind, project_files
from tests.integration.support.warm_start import WarmStart


@pytest.fixture(scope="module", params=list(ServiceKind))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("a new folder") / "shop"
    create(made, project_files(NewProject("shop", "web", request.param, "eu-west-1")))
    return made


def test_the_tests_of_a_new_project_pass(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def test_the_stacks_of_a_new_project_can_be_rehearsed(folder: Path, warm: WarmStart) -> None:
    strata = [*warm.command(), "rehearse"]
    try:
        for words in (["staging"], ["prod", "--image", "web=1.1.0"], ["dev"]):
            command = [*strata, *words, "-C", str(folder), "--json", "--speed", "600"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            assert json.loads(done.stdout)["outcome"] == "succeeded"
    finally:
        subprocess.run([*strata, "staging", "-C", str(folder), "--stop"], capture_output=True, check=True)
