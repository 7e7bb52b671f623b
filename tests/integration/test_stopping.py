"""`strata rehearse` as a person ends it: by Ctrl-C, by a signal, by a kill, or by starting it twice."""

import itertools
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from strata.exit_code import ExitCode
from strata.project.location import local_aws_folder, state_folder
from strata_rehearsal.cloud.cloud_process import find
from tests.integration.support.file_trial import is_gone
from tests.integration.support.warm_start import WarmStart

EXAMPLE = Path(__file__).parents[2] / "examples" / "one_service"
PATIENCE_SECONDS = 120.0


class Command:
    """A `strata` command at work, with all it prints in one file."""

    def __init__(self, shop: "Shop", *arguments: str) -> None:
        project = shop.project
        self._output = project / "output"
        with self._output.open("a") as file:
            self._began = file.tell()
            self.process = subprocess.Popen(
                [*shop.strata, "rehearse", "dev", *arguments, "-C", str(project)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self._output.read_text()[self._began :]

    def until(self, reached: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            assert self.process.poll() is None, f"it ended before {what}:\n{self.said}"
            assert time.monotonic() < deadline, f"waited in vain until {what}:\n{self.said}"
            time.sleep(0.01)

    def until_said(self, text: str) -> None:
        self.until(lambda: text in self.said, f"it said {text!r}")

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def code(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)


class Shop:
    """A copy of the smallest example, and what runs for it.

    Args:
        project: its folder.
        strata: what starts the command.
    """

    def __init__(self, project: Path, strata: list[str]) -> None:
        shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns(".strata", "__pycache__"))
        self.project = project
        self.strata = strata
        self._versions = itertools.count(2)
        self.version = ""
        """The one that is rolled out, or was last."""

    def begin(self, *arguments: str) -> Command:
        return Command(self, *arguments)

    def rolling(self) -> Command:
        """A command in the middle of a rollout to the next version."""
        self.version = f"{next(self._versions)}.0.0"
        command = self.begin("--image", f"shop={self.version}")
        command.until_said("shop: rolling to")
        return command

    def succeeds(self) -> str:
        """The next run goes on to the same version; what it says."""
        version = self.version or "2.0.0"
        again = self.begin("--image", f"shop={version}")
        assert again.code() == ExitCode.OK, again.said
        assert self.locks == []
        assert re.search(rf"shop\s+{re.escape(version)}\s+2 of 2 healthy", again.said)
        return again.said

    def stops(self) -> None:
        assert self.begin("--stop").code() == ExitCode.OK

    @property
    def locks(self) -> list[Path]:
        return list((state_folder(self.project) / "pulumi" / "state").rglob("locks/**/*.json"))

    @property
    def engines(self) -> set[int]:
        return {pid for pid, arguments in self._processes().items() if "rehearsal.cloud" not in arguments}

    @property
    def clouds(self) -> set[int]:
        return {pid for pid, arguments in self._processes().items() if "rehearsal.cloud" in arguments}

    def _processes(self) -> dict[int, str]:
        """The command lines of processes that name the project's folder, by process id."""
        found = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
        lines = (line.split(maxsplit=1) for line in found.splitlines() if str(self.project) in line)
        return {int(pid): arguments for pid, arguments in lines}


@pytest.fixture
def shop(tmp_path: Path, warm: WarmStart) -> Iterator[Shop]:
    """A shop that has never run."""
    made = Shop(tmp_path / "shop", warm.command())
    yield made
    made.stops()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, warm: WarmStart) -> Iterator[Shop]:
    """A shop that is live. Each test rolls the next version out, and leaves it live for the one after it."""
    made = Shop(tmp_path_factory.mktemp("live") / "shop", warm.command())
    first = made.begin()
    assert first.code() == ExitCode.OK, first.said
    yield made
    made.stops()


def until_gone(pids: set[int]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(is_gone(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still there: {pids}"
        time.sleep(0.05)


def test_after_one_ctrl_c_what_goes_on_is_said_at_once_and_the_engine_ends_by_itself(live):
    command = live.rolling()
    command.send(signal.SIGINT)
    command.until_said("still running: ")
    assert "press Ctrl-C again to stop watching" in command.said
    assert command.code() in (ExitCode.OK, ExitCode.INTERRUPTED)
    assert "Traceback" not in command.said
    assert live.locks == []
    live.succeeds()


def test_after_two_ctrl_c_there_is_no_lock_and_no_traceback_and_the_next_run_goes_on(live):
    command = live.rolling()
    command.send(signal.SIGINT)
    command.until_said("still running")
    mine = live.engines
    command.send(signal.SIGINT)
    command.until_said("stopping the engine")
    command.send(signal.SIGINT)
    assert command.code() == ExitCode.INTERRUPTED
    assert "Traceback" not in command.said
    assert live.locks == []
    until_gone(mine)
    live.succeeds()


def test_after_sigterm_there_is_no_lock_and_the_next_run_goes_on(live):
    command = live.rolling()
    mine = live.engines
    command.send(signal.SIGTERM)
    assert command.code() == ExitCode.INTERRUPTED
    assert "Traceback" not in command.said
    assert live.locks == []
    until_gone(mine)
    live.succeeds()


def test_after_a_kill_no_engine_lives_on_and_the_next_run_says_what_it_found(live):
    command = live.rolling()
    mine = live.engines
    command.send(signal.SIGKILL)
    command.code()
    # at once, while the engine may still be stopping
    told = live.succeeds()
    assert "an earlier run was killed" in told
    until_gone(mine)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_first_run_that_is_ended_as_it_starts_leaves_no_local_aws_behind(shop, number):
    command = shop.begin()
    command.until((local_aws_folder(shop.project) / "setup.json").exists, "the local AWS starts")
    command.send(number)
    assert command.code() in (ExitCode.INTERRUPTED, -number)
    assert "Traceback" not in command.said
    until_gone(shop.clouds)
    assert find(local_aws_folder(shop.project)) is None
    shop.succeeds()


def test_of_two_that_start_together_one_wins_and_the_other_ends_with_6(shop):
    pair = [shop.begin(), shop.begin()]
    codes = sorted(each.code() for each in pair)
    assert codes == [ExitCode.OK, ExitCode.BUSY], pair[0].said


def test_one_that_starts_in_the_middle_of_another_ends_with_6_and_so_does_a_stop(live):
    command = live.rolling()
    # held in the middle: on a busy machine it could be done before another has begun
    command.send(signal.SIGSTOP)
    try:
        others = [live.begin(), live.begin("--stop")]
        codes = [each.code() for each in others]
    finally:
        command.send(signal.SIGCONT)
    assert codes == [ExitCode.BUSY, ExitCode.BUSY]
    for other in others:
        assert f"in use by process {command.process.pid}, since " in other.said
    assert command.code() == ExitCode.OK
