"""Two commands on one rehearsal: one wins, the other ends with 6."""

import multiprocessing
import os
import subprocess
import sys
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import pytest

from strata.errors import BusyError, ExitCode
from strata_rehearsal.run.stack_lock import claim, claim_all

HOLD = """
import sys
from pathlib import Path
from strata_rehearsal.run.stack_lock import claim
with claim(Path(sys.argv[1]), "dev"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path):
    """Another process that holds the rehearsal of `dev`."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_command_ends_with_6_and_names_the_first(tmp_path, holder):
    with (
        pytest.raises(BusyError, match=f"stack dev is in use by process {holder.pid}, since ") as error,
        claim(tmp_path, "dev"),
    ):
        pytest.fail("both hold it")
    assert error.value.exit_code is ExitCode.BUSY


def test_another_stack_is_free(tmp_path, holder):
    with claim(tmp_path, "prod"):
        pass


def test_what_stacks_share_is_not_taken_away_under_a_command_at_work(tmp_path, holder):
    with pytest.raises(BusyError, match="stack dev is in use"), claim_all(tmp_path):
        pytest.fail("the local AWS would go under its feet")


def test_a_killed_command_holds_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()
    with claim(tmp_path, "dev"), pytest.raises(BusyError, match=f"process {os.getpid()}"), claim(tmp_path, "dev"):
        pytest.fail("both hold it")


def test_a_claim_whose_holder_was_not_written_down_yet_is_one_all_the_same(tmp_path, holder):
    (tmp_path / "claims" / "dev.lock").write_text('{"pid"')
    with pytest.raises(BusyError, match="in use by another command"), claim(tmp_path, "dev"):
        pytest.fail("both hold it")


def contend(folder: Path, together: Barrier, over: Event, won: "multiprocessing.SimpleQueue[int]") -> None:
    together.wait()
    try:
        with claim(folder, "dev"):
            won.put(1)
            over.wait()
    except BusyError:
        won.put(0)


def test_of_many_that_start_in_the_same_moment_exactly_one_wins(tmp_path):
    context = multiprocessing.get_context("spawn")
    together, over, won = context.Barrier(6), context.Event(), context.SimpleQueue()
    processes = [context.Process(target=contend, args=(tmp_path, together, over, won)) for _ in range(6)]
    for process in processes:
        process.start()
    try:
        assert sorted(won.get() for _ in processes) == [0] * 5 + [1]
    finally:
        over.set()
        for process in processes:
            process.join()
