"""A first `strata rehearse`, ended while it builds the Pulumi CLI: `go` is a stand-in that never comes to an end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from strata.exit_code import ExitCode
from strata.rehearsal.toolchain.processes import is_running

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
    """`strata rehearse` on a machine that has a `go`, and no Pulumi."""

    def __init__(self, folder: Path, manners: str) -> None:
        self.cache, self.temporary, self._said = (folder / name for name in ("cache", "temporary", "said"))
        tools = folder / "tools"
        for each in (self.cache, self.temporary, self._said, tools):
            each.mkdir()
        for name in ("sh", "mkdir", "sleep", "mv"):
            (tools / name).symlink_to(shutil.which(name) or name)
        (tools / "go").write_text(GO.format(manners=manners, said=self._said))
        (tools / "go").chmod(0o755)
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
                [sys.executable, "-c", MAIN, "rehearse", "dev", "-C", str(project)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    def builds(self) -> dict[str, int]:
        """The processes of the build, once it is at work."""
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


@pytest.fixture(params=["", "trap '' INT TERM"], ids=["polite go", "stubborn go"])
def first_run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FirstRun]:
    run = FirstRun(tmp_path, request.param)
    yield run
    run.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda each: each.name)
def test_a_set_up_that_is_told_to_leave_ends_its_build_and_leaves_nothing(first_run: FirstRun, number: signal.Signals):
    build = first_run.builds()
    assert all(is_running(pid, name) or is_running(pid, "go") for name, pid in build.items())
    first_run.process.send_signal(number)
    assert first_run.process.wait(AT_ONCE_SECONDS) == ExitCode.INTERRUPTED, first_run.said
    assert "Traceback" not in first_run.said
    assert not [pid for name, pid in build.items() if is_running(pid, name) or is_running(pid, "go")]
    cached = [each for each in (first_run.cache / "strata").rglob("*") if each.is_file()]
    assert [each.name for each in cached if each.suffix not in (".lock", ".json")] == []
    assert [each.name for each in (first_run.cache / "strata" / "pulumi").iterdir() if each.is_dir()] == []
    assert list(first_run.temporary.iterdir()) == []
