"""A small web service: answers, says that it is healthy, and ends in good order when it is told to."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PORT = int(os.environ.get("STRATA_PORT", "8080"))
ANSWERS = {"/": {"version": os.environ.get("VERSION", "unknown")}, "/healthz": {"status": "ok"}}


class Handler(BaseHTTPRequestHandler):
    """Answers a GET."""

    def do_GET(self):
        answer = ANSWERS.get(self.path)
        body = json.dumps(answer or {"error": "not found"}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # noqa: A002 - named by http.server
        if self.path != "/healthz":
            say(event="request", path=self.path, line=format % args)


def say(**fields):
    """One line of JSON, which is how logs are searched."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main():
    server = ThreadingHTTPServer(("", PORT), Handler)

    def leave(_number, _frame):
        # from another thread: `shutdown` waits for the loop that this signal has interrupted
        Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    say(event="started", port=server.server_port)
    server.serve_forever()
    server.server_close()
    say(event="stopped")


if __name__ == "__main__":
    main()
