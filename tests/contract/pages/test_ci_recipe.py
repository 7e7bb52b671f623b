"""The recipe of docs/ci.md for a merge: its first job is run, with what `strata rollout plan` would answer."""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from strata.rollout.freeze_guard import frozen
from strata.rollout.preflight_findings import PreflightFinding, refuse
from strata.rollout.service_plan import ServicePlan, with_findings
from strata.settings.freeze_spans import look_at_freezes
from strata.settings.models import FreezeSettings
from tests.contract.pages.blocks import ROOT

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC).timestamp()
WINDOW = FreezeSettings(reason="holidays", start="2026-12-20", until="2027-01-02")
FROZEN = frozen(look_at_freezes((WINDOW,), NOW), "/strata/shop/staging/web/release")
VETOED = refuse("image web 1.2.0 is vetoed for this service: slow", "Pin another version.")
STRATA = """#!/bin/sh
echo "$*" >> called
case "$*" in *--json) cat answer.json ;; *) echo "the plan" ;; esac
exit "$(cat code)"
"""


def jobs() -> Any:
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    blocks = [YAML(typ="safe").load(each) for each in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    (found,) = [each["jobs"] for each in blocks if each.get("name") == "staging"]
    return found


class Runner:
    """Runs the scripts of a job as far as GitHub would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""
        self.steps: dict[str, dict[str, str]] = {}
        stub = folder / "strata"
        stub.write_text(STRATA)
        stub.chmod(0o755)

    def met(self, condition: str | None) -> bool:
        """Whether a condition is: of outcomes and outputs of steps, compared with one text."""
        if condition is None:
            return True
        found = re.fullmatch(r"steps\.(\w+)\.(outcome|outputs\.\w+) (==|!=) '(\w+)'", condition)
        assert found is not None, condition
        step, field, operator, wanted = found.groups()
        return (self.steps.get(step, {}).get(field, "") == wanted) is (operator == "==")

    def run(self, job: Any) -> bool:
        """Whether the job is green."""
        for step in job["steps"]:
            if "run" not in step or step["run"].startswith("pip ") or not self.met(step.get("if")):
                continue
            output = self.folder / "output"
            output.write_text("")
            path = f"{self.folder}:{os.environ['PATH']}"
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                cwd=self.folder,
                env={"PATH": path, "GITHUB_OUTPUT": str(output)},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            self.said += done.stdout
            outcome = "success" if done.returncode == 0 else "failure"
            outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
            named = {f"outputs.{key}": value for key, value in outputs.items()}
            self.steps[step.get("id", "")] = {"outcome": outcome, **named}
            if outcome == "failure" and not step.get("continue-on-error"):
                return False
        return True


def answered(folder: Path, findings: Sequence[PreflightFinding], code: int) -> None:
    """What the plan of two services answers."""
    plans = [
        with_findings(ServicePlan("web", "web: rolls", (), rolls=True), findings),
        ServicePlan("api", "api: nothing to do", (), rolls=False),
    ]
    (folder / "answer.json").write_text(
        json.dumps({"stack": "staging", "plans": [each.document() for each in plans]}) if code != 1 else ""
    )
    (folder / "code").write_text(str(code))


@pytest.mark.parametrize(
    "findings, code, green, deploys",
    [
        ([], 0, True, True),
        ([FROZEN], 3, True, False),
        ([VETOED], 3, False, False),
        ([FROZEN, VETOED], 3, False, False),
        # such as expired credentials, of which there is no document
        ([], 1, False, False),
        # a record that cannot be read
        ([], 2, False, False),
    ],
    ids=["nothing", "frozen", "vetoed", "frozen and vetoed", "not asked", "unreadable"],
)
def test_a_freeze_window_alone_holds_back_the_deployment_and_fails_nothing(
    tmp_path: Path, findings: Sequence[PreflightFinding], code: int, green: bool, deploys: bool
) -> None:
    answered(tmp_path, findings, code)
    runner, found = Runner(tmp_path), jobs()
    assert runner.run(found["plan"]) is green
    assert found["plan"]["outputs"] == {"frozen": "${{ steps.freeze.outputs.frozen }}"}
    assert (found["deploy"]["needs"], found["deploy"]["if"]) == ("plan", "needs.plan.outputs.frozen != 'true'")
    held = runner.steps.get("freeze", {}).get("outputs.frozen") == "true"
    assert (green and not held) is deploys
    assert ("::notice title=Not deployed::" in runner.said and "holidays" in runner.said) is (green and not deploys)
    if not green or deploys:
        assert "the plan" in runner.said, "as people read it, with the code that a pipeline sees"


def test_nothing_is_deployed_without_a_look_at_it() -> None:
    scripts = [step.get("run", "") for step in jobs()["deploy"]["steps"]]
    assert "pulumi up --stack staging --yes --non-interactive" in scripts
    assert scripts[-1] == "strata rollout status staging"
