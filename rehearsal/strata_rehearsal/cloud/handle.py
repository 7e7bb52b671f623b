"""Starting, finding and stopping the local AWS: one process a folder."""

import fcntl
import json
import signal
import time
import uuid
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

from strata.clock import ScaledClock
from strata_rehearsal.cloud.faults import Fault
from strata_rehearsal.cloud.images import Image
from strata_rehearsal.cloud.process import OUTPUT_FILE, alive, command_line, send, spawn
from strata_rehearsal.cloud.running import CloudHandle, Unanswered, ask, failure

__all__ = ["DEFAULT_SPEED", "PROCESS_FILE", "SETUP_FILE", "CloudHandle", "find", "start", "stop"]

DEFAULT_SPEED = 120.0
"""Simulated seconds per real second: two minutes a second."""

IDLE_SECONDS = 6 * 3600.0
"""Real seconds without a request after which the process leaves by itself."""

START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.01

PROCESS_FILE = "process.json"
SETUP_FILE = "setup.json"


def start(
    folder: Path,
    *,
    speed: float = DEFAULT_SPEED,
    images: Iterable[Image] = (),
    faults: Iterable[Fault] = (),
    boot_seconds: Mapping[str, float] | None = None,
    idle_seconds: float = IDLE_SECONDS,
    port: int = 0,
) -> CloudHandle:
    """Start an empty local AWS; one that runs in the folder is stopped first.

    Args:
        folder: where its files go; made if missing.
        speed: simulated seconds per real second, above 0. Default: 120.
        images: machine images that exist. Default: none.
        faults: faults in force from the start. Default: none.
        boot_seconds: simulated seconds to boot, by service. Default: 60 for each.
        idle_seconds: real seconds without a request after which it leaves. Default: six hours.
        port: loopback port; 0 takes a free one.

    Returns:
        The handle, once it answers.

    Raises:
        RehearsalError: it did not start.
        ValueError: the speed is not above 0.
    """
    ScaledClock(speed, 0.0)
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder):
        _stop(folder)
        setup = {
            "speed": speed,
            "images": [image.document() for image in images],
            "faults": [fault.document() for fault in faults],
            "boot_seconds": dict(boot_seconds or {}),
            "idle_seconds": idle_seconds,
            "port": port,
        }
        (folder / SETUP_FILE).write_text(json.dumps(setup), encoding="utf-8")
        token = uuid.uuid4().hex
        return _await(folder, spawn(folder, token), token)


def find(folder: Path) -> CloudHandle | None:
    """The local AWS that runs in the folder; None when there is none or it does not answer."""
    handle = _announced(folder.absolute())
    return handle if handle is not None and alive(handle.pid) and _answers(handle) else None


def stop(folder: Path) -> bool:
    """Stop the local AWS of the folder and wait until it has gone.

    Returns:
        Whether there was one.

    Raises:
        RehearsalError: it does not leave.
    """
    folder = folder.absolute()
    if not folder.is_dir():
        return False
    with _only_one(folder):
        return _stop(folder)


def _stop(folder: Path) -> bool:
    handle = _announced(folder)
    if handle is None:
        return False
    running = alive(handle.pid) and _is_ours(handle)
    if running:
        send(handle.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while alive(handle.pid):
            if time.monotonic() > deadline:
                send(handle.pid, signal.SIGKILL)
                deadline += STOP_SECONDS
            time.sleep(POLL_SECONDS)
    (folder / PROCESS_FILE).unlink(missing_ok=True)
    return running


def _await(folder: Path, pid: int, token: str) -> CloudHandle:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        handle = _announced(folder)
        if handle is not None and handle.token == token:
            handle.admin("clock")
            return handle
        if not alive(pid):
            raise failure(f"the local AWS ended as it started:\n{_tail(folder)}")
        time.sleep(POLL_SECONDS)
    send(pid, signal.SIGKILL)
    raise failure(f"the local AWS did not answer within {START_SECONDS:g} s:\n{_tail(folder)}")


def _announced(folder: Path) -> CloudHandle | None:
    try:
        said = json.loads((folder / PROCESS_FILE).read_text(encoding="utf-8"))
        return CloudHandle(folder, said["port"], said["pid"], said["token"], said["speed"], said["anchor"])
    except (FileNotFoundError, KeyError, ValueError):
        return None


def _is_ours(handle: CloudHandle) -> bool:
    """Whether the process file's pid is still the local AWS, not a stranger that was given its number."""
    shown = command_line(handle.pid)
    return handle.token in shown if shown is not None else _answers(handle)


def _answers(handle: CloudHandle) -> bool:
    try:
        return ask(handle.endpoint, "clock").get("token") == handle.token
    except Unanswered:
        return False


def _tail(folder: Path) -> str:
    try:
        return "\n".join((folder / OUTPUT_FILE).read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    except FileNotFoundError:
        return ""


@contextmanager
def _only_one(folder: Path) -> Generator[None]:
    """Two commands that start or stop in one folder take turns."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
