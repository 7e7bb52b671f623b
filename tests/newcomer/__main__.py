"""What a newcomer does: README top to bottom, in a clean clone, with an empty home, in a folder with a blank.

`make newcomer` runs it; `python -m tests.newcomer --cached` keeps the Pulumi CLI in this machine's cache, and saves the
minutes in which one is set up. Every block of commands of the README is run as it stands, in order, unless it asks the
real AWS.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.contract.pages.blocks import blocks

ROOT = Path(__file__).resolve().parents[2]

NEEDS_AN_ACCOUNT = re.compile(r"strata (guard|backup|rollout) prod|pulumi ")
"""Commands that ask the real AWS."""

EXPECTED: Mapping[str, int] = {"--fault web=unhealthy": 1}
"""Exit codes that are not 0, by what is in the command."""

AGAIN = (".venv/bin/strata rehearse staging", ".venv/bin/strata rollout status staging --local")
"""What is run besides: a second rehearsal in the same folder has met what the first one left."""


def commands(readme: Path, *, with_tests: bool) -> Iterator[str]:
    """The commands of the README, a line each."""
    for block in blocks(readme):
        for line in [] if block.language else block.text.splitlines():
            command = line.partition(" #")[0].strip()
            if command and not NEEDS_AN_ACCOUNT.search(command) and (with_tests or command != "make test"):
                yield command


def run(command: str, folder: Path, environment: Mapping[str, str]) -> bool:
    """Run a command as a person would; whether it ended as it should."""
    began = time.monotonic()
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    wanted = next((code for part, code in EXPECTED.items() if part in command), 0)
    good = done.returncode == wanted
    sys.stdout.write(f"{'ok  ' if good else 'FAIL'} {time.monotonic() - began:6.1f} s  {command}\n")
    if not good:
        sys.stdout.write(f"     ended with {done.returncode}, expected {wanted}\n{done.stdout}{done.stderr}\n")
    sys.stdout.flush()
    return good


def main() -> int:
    """Run everything; 1 if anything ended otherwise than the README says."""
    parser = argparse.ArgumentParser(description="Run README's commands as a newcomer would.")
    parser.add_argument("--cached", action="store_true", help="Keep the Pulumi CLI in this machine's cache.")
    parser.add_argument("--with-tests", action="store_true", help="Run `make test`, too.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="a newcomer ") as place:
        home, folder = Path(place) / "an empty home", Path(place) / "a clone" / "strata"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "strata"
        if given.cached and cache.is_dir():
            (home / ".cache").mkdir()
            (home / ".cache" / "strata").symlink_to(cache)
        left_out = ("PULUMI_", "STRATA_", "VIRTUAL_ENV", "XDG_", "AWS_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        # pip and strata are called by their names once they are installed
        path = f"{folder / '.venv' / 'bin'}{os.pathsep}{environment['PATH']}"
        environment |= {"HOME": str(home), "PATH": path}
        wanted = [*commands(folder / "README.md", with_tests=given.with_tests), *AGAIN]
        try:
            # not `all` over a generator: a failure should not hide those behind it
            ended = [run(each, folder, environment) for each in wanted]
        finally:
            for stop in (["make", "stop"], ["strata", "rehearse", "staging", "-C", "shop", "--stop"]):
                subprocess.run(stop, cwd=folder, env=environment, capture_output=True, check=False)
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(ended) else 1


if __name__ == "__main__":
    sys.exit(main())
