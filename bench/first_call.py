"""How soon a rollback straight through AWS asks AWS: a fresh process in an empty folder, by the wall clock."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

from bench.row import Measured, Plan, Row, Topic

__all__ = ["TOPIC"]

FIRST_CALL = Row("first-call", "rollout rollback --now: from start to the first AWS call", "s", goal=5)
COMMAND = ("rollout", "rollback", "acme/shop/prod", "web", "--now")


class Refusing(BaseHTTPRequestHandler):
    """Refuses every call, and notes when it came."""

    asked: list[float]

    def do_POST(self) -> None:
        """Refuse."""
        self.asked.append(time.monotonic())
        body = b'{"__type": "AccessDeniedException", "message": "no"}'
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server names it so
        """Nothing on the console."""


def measure(plan: Plan) -> Mapping[str, Measured]:
    found = [_once(plan) for _ in range(plan.rounds)]
    return {FIRST_CALL.key: Measured(median(found), f"median of {len(found)}, {min(found):.2f} to {max(found):.2f} s")}


def _once(plan: Plan) -> float:
    asked: list[float] = []
    handler = type("Handler", (Refusing,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        }
        command = [sys.executable, "-c", "from strata.cli import main; main()", *COMMAND, "-C", str(plan.folder)]
        began = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        server.shutdown()
    if not asked:
        raise RuntimeError(f"AWS was never asked: {done.stderr}")
    return asked[0] - began


TOPIC = Topic((FIRST_CALL,), measure)
