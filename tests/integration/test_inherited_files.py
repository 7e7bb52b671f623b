"""What the local AWS takes along from who starts it."""

import fcntl
import os
from pathlib import Path

from strata_rehearsal.cloud.cloud_process import start, stop


def test_a_lock_that_a_rehearsal_was_started_under_is_free_when_its_command_has_ended(tmp_path: Path):
    """As of `flock lock strata rehearse staging`, while the local AWS goes on."""
    lock = tmp_path / "lock"
    held = os.open(lock, os.O_RDWR | os.O_CREAT)
    os.set_inheritable(held, True)  # noqa: FBT003  it takes no names
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        start(tmp_path / "cloud")
    finally:
        os.close(held)
    try:
        with lock.open("w") as again:
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        stop(tmp_path / "cloud")
