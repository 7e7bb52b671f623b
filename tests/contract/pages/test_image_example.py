"""The image of docs/image_contract.md: its scripts are run, its units and its Packer file are read."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from strata.components.machine_image import APP_TAG, VERSION_TAG
from strata.components.service.template import environment_file
from strata.settings.models import DiskSettings, ServiceSettings
from tests.contract.pages.blocks import ROOT

IMAGE = ROOT / "examples" / "image"

STUBS = {
    "sleep": "",
    "systemctl": "",
    "curl": """
case "$*" in
  *api/token*) echo token ;;
  *target-lifecycle-state*)
    echo asked >> "$LOG.state"
    if [ "$(wc -l < "$LOG.state")" -lt 3 ]; then echo InService; else echo Terminated; fi ;;
  *instance-id*) echo i-0a1b2c3d4e5f60718 ;;
  *placement/region*) echo eu-west-1 ;;
  *) exit 22 ;;
esac
""",
    "aws": """
case "$*" in
  *describe-auto-scaling-instances*) echo jobs-group-1a2b3c ;;
  *describe-lifecycle-hooks*) echo jobs-drain-4d5e6f ;;
esac
""",
    "amazon-cloudwatch-agent-ctl": 'cat "${*##*file:}"',
}


@pytest.fixture
def server(tmp_path: Path) -> dict[str, str]:
    """The environment of a server whose commands note that they were called."""
    for name, body in STUBS.items():
        stub = tmp_path / name
        stub.write_text(f'#!/bin/sh\necho "{name} $*" >> "$LOG"\n{body}\n')
        stub.chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}", "LOG": str(tmp_path / "log"), "TMPDIR": str(tmp_path)}


def run(script: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["sh", "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_worker_that_has_finished_ends_its_drain_early(server: dict[str, str]) -> None:
    run((IMAGE / "files" / "drain").read_text(), server)
    called = [line for line in Path(server["LOG"]).read_text().splitlines() if not line.startswith(("curl", "sleep"))]
    assert [line.split()[:3] for line in called] == [
        ["systemctl", "stop", "app.service"],
        ["aws", "autoscaling", "describe-auto-scaling-instances"],
        ["aws", "autoscaling", "describe-lifecycle-hooks"],
        ["aws", "autoscaling", "complete-lifecycle-action"],
    ], "the application has to end before the wait does"
    assert "--auto-scaling-group-name jobs-group-1a2b3c --lifecycle-hook-name jobs-drain-4d5e6f" in called[-1]
    assert "--instance-id i-0a1b2c3d4e5f60718 --lifecycle-action-result CONTINUE" in called[-1]


def test_the_logs_of_a_server_go_to_the_group_that_its_environment_file_names(
    server: dict[str, str], tmp_path: Path
) -> None:
    told = tmp_path / "strata"
    told.mkdir()
    (told / "web.env").write_text(environment_file({"STRATA_LOG_GROUP": "/strata/shop/prod/web", "PRICE": "5 $ `x`"}))
    script = (IMAGE / "files" / "ship-logs").read_text()
    script = script.replace("/opt/aws/amazon-cloudwatch-agent/bin/", "")
    printed = run(script, {**server, "STRATA_DIRECTORY": str(told)})
    assert '"log_group_name": "/strata/shop/prod/web"' in printed


@pytest.mark.parametrize("unit", sorted((IMAGE / "files").glob("*.service")), ids=lambda unit: unit.name)
def test_a_unit_starts_what_the_image_brings(unit: Path) -> None:
    text, packer = unit.read_text(), (IMAGE / "web.pkr.hcl").read_text()
    assert unit.name in packer
    (started,) = re.findall(r"^ExecStart=(\S+)$", text, re.MULTILINE)
    folder, name = os.path.split(started)
    assert folder == "/opt/app" or (IMAGE / "files" / name).stat().st_mode & 0o111, f"nobody brings {started}"


def test_a_unit_that_reads_the_environment_file_waits_for_cloud_init() -> None:
    for unit in ("app.service", "ship-logs.service"):
        assert (
            "cloud-init.service" in re.findall(r"^After=(.*)$", (IMAGE / "files" / unit).read_text(), re.MULTILINE)[0]
        )


def test_the_packer_file_sets_the_tags_by_which_an_image_is_found_and_fits_the_default_disk() -> None:
    text = (IMAGE / "web.pkr.hcl").read_text()
    (tags,) = re.findall(r"^  tags = \{\n(.*?)^  \}", text, re.DOTALL | re.MULTILINE)
    assert {line.split()[0] for line in tags.splitlines()} == {APP_TAG, VERSION_TAG}
    (size,) = re.findall(r"volume_size += (\d+)", text)
    assert int(size) <= DiskSettings().size_gib
    (stop,) = re.findall(r"^TimeoutStopSec=(\d+)$", (IMAGE / "files" / "app.service").read_text(), re.MULTILINE)
    assert int(stop) <= ServiceSettings().drain_seconds
