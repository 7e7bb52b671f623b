"""What the engine starts in the place of a language host or a plugin: asks `warm_start` for a copy, and is one with it.

Run as `python -I -S warm_client.py <socket> <module or file> <arguments>`; imports as little as it can.
"""

import json
import os
import select
import signal
import socket
import sys

LOOK_SECONDS = 0.2
"""How often it looks whether the engine is still there."""


def main() -> int:
    parent = os.getppid()
    address, what, *arguments = sys.argv[1:]
    request = {
        "what": what,
        "arguments": arguments,
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib takes time to import
        "environment": dict(os.environ),
        "alone": os.getpgrp() == os.getpid(),
    }
    server = socket.socket(socket.AF_UNIX)
    server.connect(address)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: server.send(bytes([got])))
    socket.send_fds(server, [json.dumps(request).encode() + b"\n"], [0, 1, 2])
    # The copy has them now, and the end of each pipe must be the end of the copy's.
    for stream in range(3):
        os.close(stream)
    while not select.select([server], [], [], LOOK_SECONDS)[0]:
        if os.getppid() != parent:
            return 1
    ended = server.recv(1)
    return ended[0] if ended else 1


if __name__ == "__main__":
    os._exit(main())
