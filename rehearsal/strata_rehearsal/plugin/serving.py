"""Serving the engine that started a plugin, until it goes away."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from strata_rehearsal.plugin.servicer import Servicer

__all__ = ["run_plugin"]

MESSAGE_BYTES = 400 << 20
"""The engine's own limit for one message."""

LOOK_SECONDS = 0.5
"""How often, in real seconds, the plugin looks whether the engine that started it is still there."""


async def _serve(make: Callable[[], Servicer]) -> None:
    """Serves on a free port of the loopback interface, printed as the first line; returns when the parent is gone."""
    parent = os.getppid()
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.aio.server(options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(make(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)  # noqa: T201 - how a plugin tells the engine where it is
    # A killed engine cannot say goodbye; being handed to another parent is the sign that it is gone.
    while os.getppid() == parent:  # noqa: ASYNC110 - the system has no event for it
        await asyncio.sleep(LOOK_SECONDS)


def run_plugin(name: str, make: Callable[[], Servicer]) -> None:
    """Runs a plugin; does not return.

    The engine starts plugins in a process group of their own, so a terminal's Ctrl-C does not reach them; an
    interrupt then is the engine closing down, and it waits five seconds for whoever ignores it. In a shared group
    Ctrl-C is the engine's to handle.

    Args:
        name: what it is called in a message.
        make: makes what answers the engine, inside of the loop it will be asked in.
    """
    alone = os.getpgrp() == os.getpid()
    signal.signal(signal.SIGINT, _leave if alone else signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    status = 1
    try:
        asyncio.run(_serve(make))
        status = 0
    except Exception as error:  # noqa: BLE001 - the engine shows what is on stderr, and a traceback helps nobody
        text = f"the rehearsal's {name} plugin cannot serve: {error or type(error).__name__}"
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - the engine shows it
    # Threads may still wait for an answer of a local AWS that is gone too, so no orderly shutdown.
    os._exit(status)


def _leave(_number: int, _frame: FrameType | None) -> None:
    # no orderly shutdown: threads may still wait for an answer
    os._exit(0)
