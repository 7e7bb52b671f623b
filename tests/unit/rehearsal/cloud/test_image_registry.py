"""The registry beside the local AWS: starts when it is asked for, and goes with the local AWS, however that goes."""

import os
import shutil
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from strata_rehearsal.cloud.cloud_process import start, stop

pytestmark = pytest.mark.skipif(shutil.which("docker-registry") is None, reason="needs Debian's docker-registry")
SECONDS = 20.0


def answers(address: str) -> bool:
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with straight.open(f"http://{address}/v2/", timeout=SECONDS) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.parametrize("killed", [False, True])
def test_it_starts_once_and_ends_with_the_local_aws(tmp_path: Path, killed: bool):
    cloud = start(tmp_path)
    try:
        address = cloud.admin("registry", {})["address"]
        assert cloud.admin("registry", {})["address"] == address
        assert answers(address)
        if killed:
            os.kill(cloud.pid, signal.SIGKILL)
    finally:
        stop(tmp_path)
    deadline = time.monotonic() + SECONDS
    while answers(address):
        assert time.monotonic() < deadline, "it outlives the local AWS"
