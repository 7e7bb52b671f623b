"""Starting, finding and stopping the local AWS: one process a folder, which outlives its starter."""

import fcntl
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

import strata
from strata.clock import ScaledClock
from strata_rehearsal.cloud.cloud_handle import CloudHandle, Unanswered, ask, failure
from strata_rehearsal.cloud.faults import Fault
from strata_rehearsal.cloud.machine_images import Image

__all__ = [
    "DEFAULT_SPEED",
    "OUTPUT_FILE",
    "PROCESS_FILE",
    "SETUP_FILE",
    "CloudHandle",
    "alive",
    "command_line",
    "find",
    "send",
    "spawn",
    "start",
    "stop",
]

DEFAULT_SPEED = 120.0
"""Simulated seconds per real second: two minutes a second."""

IDLE_SECONDS = 6 * 3600.0
"""Real seconds without a request after which the process ends by itself."""

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
        port: loopback port; 0 for a free one.

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
        announced = json.loads((folder / PROCESS_FILE).read_text(encoding="utf-8"))
        return CloudHandle(folder, *(announced[name] for name in ("port", "pid", "token", "speed", "anchor")))
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


OUTPUT_FILE = "output.log"
STANDARD_ERROR = 2


def spawn(folder: Path, token: str) -> int:
    """Start the local AWS in a session of its own, so that a Ctrl-C meant for the caller does not reach it.

    It inherits no open file: a lock that the caller was started under, as by `flock`, would be held until it leaves.

    Returns:
        Its process id.
    """
    # -P keeps modules of the folder the caller is in from taking the place of installed ones
    arguments = [sys.executable, "-P", "-m", "strata_rehearsal.cloud"]
    arguments += ["--folder", str(folder), "--token", token, "--starter", str(os.getpid())]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    home = str(Path(strata.__file__).parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join([home, *filter(None, [environment.get("PYTHONPATH")])])
    output = os.open(folder / OUTPUT_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        return os.posix_spawn(
            sys.executable,
            arguments,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, output, 2),
                *((os.POSIX_SPAWN_CLOSE, number) for number in _inheritable()),
            ],
            setsid=True,
        )
    finally:
        os.close(output)


def _inheritable() -> list[int]:
    """Files that a child would have open besides the standard three."""
    found: list[int] = []
    for number in [int(each.name) for each in Path("/dev/fd").iterdir()]:
        try:
            if number > STANDARD_ERROR and os.get_inheritable(number):
                found.append(number)
        except OSError:
            # that of the listing itself, which is closed by now
            continue
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; a child of ours that has ended is collected and does not."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended and waits for its parent, which may be somebody else."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def command_line(pid: int) -> str | None:
    """The command line of a process; None where the system does not show it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return None


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may have ended by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
