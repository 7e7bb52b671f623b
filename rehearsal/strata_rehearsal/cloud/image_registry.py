"""A registry for container images beside the local AWS: Debian's docker-registry, on a port of its own."""

import json
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

__all__ = ["ImageRegistry"]

PROGRAM = "docker-registry"
START_SECONDS = 20.0
POLL_SECONDS = 0.02


class ImageRegistry:
    """Starts when it is first asked for, and ends with the process that started it, however that ends.

    Args:
        folder: where it keeps its images.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._spawned = threading.Event()
        self.address = ""

    def start(self) -> str:
        """Its address.

        Raises:
            ValueError: it is not installed, or does not answer.
        """
        with self._starting:
            if not self.address:
                self.address = self._started()
            return self.address

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _started(self) -> str:
        if shutil.which(PROGRAM) is None:
            raise ValueError(f"{PROGRAM} is not installed")
        port = _free_port()
        # a local AWS begins empty
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "version": 0.1,
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self._folder / "images")}},
            "http": {"addr": f"127.0.0.1:{port}", "secret": "rehearsal"},
        }
        file = self._folder / "registry.yml"
        # JSON is YAML
        file.write_text(json.dumps(settings), encoding="utf-8")
        # Linux ends a child with the thread that started it, so that one must live as long as this process.
        threading.Thread(target=self._keep, args=(file,), name="registry", daemon=True).start()
        self._spawned.wait()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise ValueError(f"{PROGRAM} ended as it started, see {self._folder / 'output.log'}")
            if _listens(port):
                return f"127.0.0.1:{port}"
            time.sleep(POLL_SECONDS)
        raise ValueError(f"{PROGRAM} did not answer within {START_SECONDS:g} s")

    def _keep(self, file: Path) -> None:
        try:
            with (self._folder / "output.log").open("wb") as output:
                self._process = subprocess.Popen(
                    ["setpriv", "--pdeathsig", "KILL", PROGRAM, "serve", str(file)],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )
        finally:
            self._spawned.set()
        self._process.wait()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def _listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0
