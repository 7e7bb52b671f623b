"""A command whose output cannot be written says so in one sentence on stderr, also where it prints JSON."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
COMMAND = [sys.executable, "-c", "from strata.cli import main; main()"]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("stack,says", [("live", "no space left on device"), ("nope", "no stack file")])
@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
def test_a_full_disk_is_told_in_one_sentence(tmp_path: Path, stack: str, says: str, json: list[str]):
    """It was a "strata bug", and with --json a traceback of sixty lines."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.live.yaml").write_text("config:\n  aws:region: eu-west-1\n  strata:stage: dev\n")
    with FULL.open("w") as full:
        ended = subprocess.run(
            [*COMMAND, "explain", stack, *json],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert f"error: {'cannot write: ' if stack == 'live' else ''}{says}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "strata bug" not in ended.stderr
    assert ended.returncode != 0


def test_an_error_whose_reader_is_gone_is_no_traceback(tmp_path: Path):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        ended = subprocess.run(
            [*COMMAND, "explain", "nope", "--json"],
            cwd=tmp_path,
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert "Traceback" not in ended.stderr
    assert "error: no Pulumi.yaml" in ended.stderr
