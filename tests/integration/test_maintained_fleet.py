"""A rehearsal of a fleet that is changed in place tells what became of its playbook, and fails where it failed."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.integration.support.warm_start import WarmStart

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "maintained_fleet"


def test_a_playbook_that_fails_fails_the_rehearsal_that_applies_it(tmp_path: Path, warm: WarmStart) -> None:
    project = tmp_path / "fleet"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns(".strata", "__pycache__"))
    strata = [*warm.command(), "rehearse", "dev", "-C", str(project)]

    def rehearsed(*options: str) -> tuple[int, Any]:
        command = [*strata, "--json", "--speed", "600", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    try:
        code, report = rehearsed("--fault", "legacy=playbook-fails")
        assert (code, report["outcome"], report["changes"]["deleted"]) == (1, "failed", 0)
        (run,) = report["playbooks"]
        assert (run["fleet"], run["status"], run["applied"]) == ("legacy", "Failed", True)
        # the first failure ends it, and three of the four servers stay as they were
        assert run["by_status"] == {"Failed": 1, "Skipped": 3}

        code, report = rehearsed()
        assert (code, report["outcome"]) == (0, "succeeded"), "an unchanged playbook is not applied again"
        (run,) = report["playbooks"]
        assert (run["status"], run["applied"]) == ("Failed", False)
    finally:
        subprocess.run([*strata, "--stop"], capture_output=True, check=True)
