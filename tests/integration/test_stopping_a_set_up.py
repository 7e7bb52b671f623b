"""A first `strata rehearse`, ended while it builds the Pulumi CLI: `go` is a stand-in that never comes to an end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from strata.engine.processes import is_running
from strata.exit_code import ExitCode

EXAMPLE = Path(__file__).parents[2] / "examples" / "one_service"
MAIN = "from strata.cli import main; main()"
PATIENCE_SECONDS = 60.0
AT_ONCE_SECONDS = 20.0
"""A busy machine included; the build itself would go on for an hour."""

GO = """\
#!/bin/sh
{manners}
case "$1" in
version) echo "go version go1.26.8 linux/amd64" ;;
get) ;;
build)
  while [ "$1" != -o ]; do shift; done
  mkdir -p "${{2%/*}}" "$GOTMPDIR/go-build1"
  echo half > "$2"
  sleep 3600 &
  echo "$!" > "{said}/compiler"
  echo "$$" > "{said}/go.part"
  mv "{said}/go.part" "{said}/go"
  wait
  sleep 3600
  ;;
esac
"""


class FirstRun:
    """A command on a machine that has a `go`, and no Pulumi.

    Args:
        folder: where everything is.
        manners: first line of the `go`.
        arguments: the command.
        pulumi: a script that is on PATH as `pulumi`. Default: there is none.
    """

    def __init__(self, folder: Path, manners: str, arguments: Sequence[str], pulumi: str | None = None) -> None:
        self.cache, self.temporary, self._said = (folder / name for name in ("cache", "temporary", "said"))
        tools = folder / "tools"
        for each in (self.cache, self.temporary, self._said, tools):
            each.mkdir()
        for name in ("sh", "mkdir", "sleep", "mv"):
            (tools / name).symlink_to(shutil.which(name) or name)
        scripts = {"go": GO.format(manners=manners, said=self._said)}
        if pulumi is not None:
            scripts["pulumi"] = pulumi.format(said=self._said)
        for name, text in scripts.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        project = folder / "shop"
        shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns(".strata", "__pycache__"))
        environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "PATH": str(tools),
            "XDG_CACHE_HOME": str(self.cache),
            "TMPDIR": str(self.temporary),
            # nothing answers there: the official installer is out of reach at once
            "https_proxy": "http://127.0.0.1:9",
        }
        self._output = folder / "output"
        with self._output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-c", MAIN, *arguments, "-C", str(project)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    def at_work(self) -> dict[str, int]:
        """The processes it waits for, once they are there."""
        self._until((self._said / "go").exists)
        return {name: int((self._said / which).read_text()) for name, which in (("sh", "go"), ("sleep", "compiler"))}

    def end(self) -> None:
        """End what a test that failed has left."""
        self.process.kill()
        for file in self._said.iterdir():
            with suppress(ProcessLookupError):
                os.kill(int(file.read_text()), signal.SIGKILL)

    def _until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.01)


Begin = Callable[..., FirstRun]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    begun: list[FirstRun] = []

    def first_run(*given: Any) -> FirstRun:
        begun.append(FirstRun(tmp_path, *given))
        return begun[-1]

    yield first_run
    for each in begun:
        each.end()


def assert_nothing_is_left(run: FirstRun, processes: dict[str, int]) -> None:
    assert run.process.wait(AT_ONCE_SECONDS) == ExitCode.INTERRUPTED, run.said
    assert "Traceback" not in run.said
    assert not running(processes)
    cached = [each for each in (run.cache / "strata").rglob("*") if each.is_file()]
    assert [each.name for each in cached if each.suffix not in (".lock", ".json")] == []
    assert [each.name for each in (run.cache / "strata").glob("pulumi/*/")] == []
    assert list(run.temporary.iterdir()) == []


def running(processes: dict[str, int]) -> list[str]:
    return [name for name, pid in processes.items() if any(is_running(pid, each) for each in (name, "go", "pulumi"))]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda each: each.name)
@pytest.mark.parametrize("manners", ["", "trap '' INT TERM"], ids=["polite go", "stubborn go"])
def test_a_set_up_that_is_told_to_leave_ends_its_build_and_leaves_nothing(
    begin: Begin, manners: str, number: signal.Signals
):
    run = begin(manners, ["rehearse", "dev"])
    build = run.at_work()
    assert running(build) == ["sh", "sleep"]
    run.process.send_signal(number)
    assert_nothing_is_left(run, build)


HANGS = """\
#!/bin/sh
sleep 3600 &
echo "$!" > "{said}/compiler"
echo "$$" > "{said}/go.part"
mv "{said}/go.part" "{said}/go"
wait
"""


@pytest.mark.parametrize("command", [["rehearse", "dev"], ["guard", "dev"]], ids=" ".join)
def test_a_pulumi_that_never_says_its_version_does_not_keep_a_command_that_is_told_to_leave(
    begin: Begin, command: list[str]
):
    run = begin("", command, HANGS)
    hanging = run.at_work()
    run.process.send_signal(signal.SIGTERM)
    assert_nothing_is_left(run, hanging)
