"""The process of the local AWS: listens, announces itself in its folder, and ends when asked to or left unused."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from strata.clock import ScaledClock
from strata_rehearsal.cloud.assembly import assemble
from strata_rehearsal.cloud.cloud_handle import EVENTS_FILE
from strata_rehearsal.cloud.cloud_process import PROCESS_FILE, SETUP_FILE
from strata_rehearsal.cloud.faults import Fault
from strata_rehearsal.cloud.image_registry import ImageRegistry
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.cloud.world import WorldLog

__all__ = ["serve"]


class Leave(BaseException):
    """Ends the process in good order; no `except Exception` of the server underneath may stop it."""


def serve(folder: Path, token: str, starter: int) -> None:
    """Serve until a SIGTERM, until it has had no request for the idle limit, or until its folder is gone.

    Args:
        folder: holds the set-up, and gets the process file and the event log.
        token: names this process in the process file.
        starter: the process that waits for this one to be ready; if it is gone by then, so is the need.
    """
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    setup = json.loads((folder / SETUP_FILE).read_text(encoding="utf-8"))
    anchor = time.time()
    clock = ScaledClock(float(setup["speed"]), anchor)
    log = WorldLog(folder / EVENTS_FILE)
    process_file = folder / PROCESS_FILE
    registry = ImageRegistry(folder / "registry")
    try:
        server = _listen(clock, log, setup, token, process_file, registry)
        if os.getppid() != starter:
            return
        _announce(process_file, server.server_port, token, clock)
        try:
            server.serve_forever(poll_interval=0.5)
        finally:
            server.server_close()
    except Leave:
        return
    finally:
        registry.stop()
        log.close()
        if _announced(process_file).get("token") == token:
            process_file.unlink(missing_ok=True)


def _listen(
    clock: ScaledClock, log: WorldLog, setup: Mapping[str, Any], token: str, process_file: Path, registry: ImageRegistry
) -> Any:
    cloud = assemble(clock, log)
    cloud.token = token
    cloud.image_registry = registry
    for image in setup["images"]:
        cloud.images.add(Image.parse(image))
    for fault in setup["faults"]:
        cloud.faults.add(Fault.parse(fault))
    cloud.boot_seconds.update({name: float(seconds) for name, seconds in setup["boot_seconds"].items()})

    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import ThreadedWSGIServer

    from strata_rehearsal.cloud.application import Application
    from strata_rehearsal.cloud.balancer_requests import HOST

    application = Application(cloud)
    idle = float(setup["idle_seconds"])

    class Handler(MotoRequestHandler):
        """Answers as HTTP/1.1 and says nothing on the console: the event log has it all."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def make_environ(self) -> Any:
            return {**super().make_environ(), HOST: self.headers.get("Host", "")}

        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
            if type == "error":
                sys.stderr.write(f"{message % args}\n")

    class HttpServer(ThreadedWSGIServer):
        """Looks for its limits between requests."""

        daemon_threads = True

        def service_actions(self) -> None:
            # Nobody finds it any more where its folder was removed by hand.
            forgotten = _announced(process_file).get("token") != token
            if forgotten or time.monotonic() - application.last_request > idle:
                raise Leave

    return HttpServer("127.0.0.1", int(setup.get("port") or 0), application, handler=Handler)


def _announce(path: Path, port: int, token: str, clock: ScaledClock) -> None:
    announced = {"pid": os.getpid(), "port": port, "token": token, "speed": clock.speed, "anchor": clock.anchor}
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(announced), encoding="utf-8")
    partial.replace(path)


def _announced(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise Leave
