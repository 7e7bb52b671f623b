"""Of the providers that a run has started, only those that nobody asks anything any more are ended."""

import os
import select
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance.leftovers import MARK, end_leftovers

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")

BRIDGE = '"$1" <"$2" & echo $!; read _'
"""Starts a provider, prints its id, and ends with its input."""
ENDS_SECONDS = 30


class Bridge:
    """A bridge and its provider, which repeats what it is sent.

    Args:
        folder: an empty one.
        environment: what it has beside that of the tests.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        provider, pipe = folder / "terraform-provider-aws", folder / "pipe"
        provider.symlink_to(str(shutil.which("cat")))
        os.mkfifo(pipe)
        self._input = os.open(pipe, os.O_RDWR)
        self._process = subprocess.Popen(
            ["sh", "-c", BRIDGE, "sh", str(provider), str(pipe)],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._provider = os.pidfd_open(int(self._line()))
        assert self.answers()

    def is_there(self) -> bool:
        """Whether the provider has not ended."""
        return not select.select([self._provider], [], [], 0)[0]

    def answers(self) -> bool:
        """Whether the provider repeats what it is sent; a bridge that has ended hears nothing of that."""
        os.write(self._input, b"asked\n")
        assert self._process.stdout is not None
        answer = self._process.stdout.fileno()
        heard, _, _ = select.select([answer, self._provider], [], [], ENDS_SECONDS)
        return answer in heard and self._line() == "asked\n"

    def end(self) -> None:
        """The bridge ends, and takes nobody along."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def has_ended(self) -> bool:
        """Whether the provider ends, which is waited for."""
        return bool(select.select([self._provider], [], [], ENDS_SECONDS)[0])

    def clear(self) -> None:
        """Leave nothing behind."""
        if self.is_there():
            signal.pidfd_send_signal(self._provider, signal.SIGKILL)
        self._process.kill()
        with self._process:
            pass
        os.close(self._provider)
        os.close(self._input)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@pytest.fixture
def new_bridge(tmp_path: Path) -> Iterator[Callable[..., Bridge]]:
    """Starts a bridge, marked as one of these tests or not."""
    started: list[Bridge] = []

    def start(*, marked: bool = True) -> Bridge:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(Bridge(folder, dict([MARK.split("=", 1)]) if marked else {}))
        return started[-1]

    yield start
    for each in started:
        each.clear()


def test_a_provider_whose_bridge_has_ended_is_ended_and_no_other(new_bridge: Callable[..., Bridge]):
    left, asked, foreign = new_bridge(), new_bridge(), new_bridge(marked=False)
    left.end()
    foreign.end()
    end_leftovers()
    assert left.has_ended()
    assert asked.answers()
    asked.end()
    end_leftovers()
    assert asked.has_ended()
    assert foreign.is_there()
