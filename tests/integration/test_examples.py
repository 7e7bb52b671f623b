"""Every example runs: its own tests, and a rehearsal of its stack."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.support.warm_start import WarmStart

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FOLDERS = sorted(each.parent.name for each in EXAMPLES.glob("*/Pulumi.yaml"))


@pytest.mark.parametrize("name", FOLDERS)
def test_the_tests_of_an_example_pass(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=EXAMPLES / name,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", FOLDERS)
def test_an_example_can_be_rehearsed(name: str, tmp_path: Path, warm: WarmStart) -> None:
    project = tmp_path / "a folder with blanks" / name
    shutil.copytree(EXAMPLES / name, project, ignore=shutil.ignore_patterns(".strata", "__pycache__"))
    stacks = sorted(each.suffixes[0].removeprefix(".") for each in project.glob("Pulumi.*.yaml"))
    assert stacks
    strata = [*warm.command(), "rehearse"]
    try:
        # In the order of their names: one that stands on another comes after it.
        for stack in stacks:
            command = [*strata, stack, "-C", str(project), "--json", "--speed", "600"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            report = json.loads(done.stdout)
            assert (report["outcome"], report["unnamed"]) == ("succeeded", {})
    finally:
        subprocess.run([*strata, stacks[0], "-C", str(project), "--stop"], capture_output=True, check=True)


def test_every_example_is_in_the_list() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [name for name in FOLDERS if f"`{name}`" not in listed] == []
