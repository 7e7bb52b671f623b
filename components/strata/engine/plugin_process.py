"""A plugin written in Python, such as a policy pack, as a process of the language host.

The module is also what that process runs: `python -P -m strata.engine.plugin_process FOLDER ENTRY ARG...`
runs the plugin's entry point and leaves when the language host does.
"""

import os
import queue
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

from strata.engine.processes import leave_with_engine

__all__ = ["PluginProcess"]

Stream = Literal["stdout", "stderr"]


class PluginProcess:
    """Starts the plugin at once, in a process group of its own so that all it starts can be ended with it.

    Args:
        program: the plugin's folder.
        entry: the entry point in it, `.` for its `__main__.py`.
        arguments: what the plugin gets as its arguments; the engine's address is the last.
        folder: the working folder.
        environment: the whole environment of the process.
    """

    def __init__(
        self, program: str, entry: str, *, arguments: Sequence[str], folder: str, environment: Mapping[str, str]
    ) -> None:
        # Holding the other end of its standard input is what lets the plugin see this process end.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, program, entry, *arguments],
            cwd=folder or program,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )

    def output(self) -> Iterator[tuple[Stream, bytes]]:
        """What the plugin prints, as it prints it, until it has closed both streams."""
        chunks: queue.SimpleQueue[tuple[Stream, bytes]] = queue.SimpleQueue()
        streams: dict[Stream, IO[bytes] | None] = {"stdout": self._process.stdout, "stderr": self._process.stderr}
        for name, source in streams.items():
            if source is not None:
                threading.Thread(target=_forward, args=(name, source, chunks), daemon=True).start()
        open_streams = len(streams)
        while open_streams:
            name, content = chunks.get()
            if content:
                yield name, content
            else:
                open_streams -= 1

    def exit_code(self) -> int:
        """Wait for the plugin to end; a signal's number is negative, as in `subprocess`."""
        code = self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        return code

    def end(self) -> None:
        """End the plugin and everything it started. Safe to call again, and after it has ended."""
        if self._process.poll() is not None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            # It ended between the two calls.
            return


def _forward(name: Stream, source: IO[bytes], chunks: "queue.SimpleQueue[tuple[Stream, bytes]]") -> None:
    with source:
        while content := os.read(source.fileno(), 65536):
            chunks.put((name, content))
    chunks.put((name, b""))


def main(arguments: Sequence[str]) -> None:
    """Run the plugin in this process, its folder first on the path as if `python` had been given it."""
    leave_with_engine()
    program, entry, *rest = arguments
    path = str(Path(program, entry))
    sys.path.insert(0, program)
    sys.argv = [path, *rest]
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
