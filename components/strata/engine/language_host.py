"""Pulumi's language host for Python, for an engine that comes without one.

Run as `python -P -m strata.engine.language_host <engine address>`: prints the port it serves on, then
runs programs and policy packs for the engine until the engine is gone. Programs run in this interpreter, so they see
the packages of the environment Strata is installed in.
"""

import asyncio
import gc
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from concurrent import futures
from importlib import metadata
from pathlib import Path
from typing import Any

import grpc
from pulumi import RunError, log
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc
from typing_extensions import override

from strata.engine.pending_outputs import wait_once
from strata.engine.plugin_process import PluginProcess
from strata.engine.processes import leave_at_once, leave_with_engine
from strata.engine.source_positions import write_positions_once

__all__ = ["Host", "main", "serve"]

MAX_MESSAGE_BYTES = 400 << 20
"""What the engine allows for one message."""

ALLOCATIONS_BEFORE_COLLECTION = 50_000
"""A program makes hundreds of thousands of objects, most of which stay. With Python's own 700, the search for garbage
among them is a quarter of its processor time."""

WORKERS = 64
"""One program and every policy pack hold a worker for as long as they run."""


class Host(LanguageServer):
    """Answers the engine; the SDK's server for inline programs does the running of one."""

    def __init__(self, engine: str) -> None:
        super().__init__(_no_program)
        self.engine = engine

    @override
    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.LanguageHandshakeResponse()

    @override
    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Nothing to install: programs run in the environment of this interpreter."""
        return iter(())

    @override
    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Every distribution this interpreter can import, for `pulumi about`."""
        found = sorted({(each.name, each.version) for each in metadata.distributions()})
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=name, version=version) for name, version in found]
        )

    @override
    def Run(self, request: Any, context: Any) -> Any:
        root = request.info.program_directory or request.pwd
        entry = str(Path(root, request.info.entry_point or "."))
        arguments = list(request.args)
        self.program = lambda: run_program(root, entry, arguments)
        # The SDK waits for the engine at each of its debug messages, several a resource, and a rehearsal shows none.
        log.debug = _unheard
        # The SDK's server looks for the engine in the first argument; the program has its own from here on.
        request.args[:] = [self.engine]
        try:
            response = super().Run(request, context)
        except asyncio.InvalidStateError:
            # After a program has failed and the engine was notified, the SDK's server cancels what is under way, and
            # fails over registrations that end all the same. Nothing that the program itself raises comes out here.
            return language_pb2.RunResponse(bail=True)
        # The SDK's server has reported the error to the engine already; `bail` keeps it from being reported twice.
        return language_pb2.RunResponse(bail=True) if response.error else response

    @override
    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Run a policy pack or a provider written in Python, and stream what it prints."""
        process = PluginProcess(
            request.info.program_directory,
            request.info.entry_point or ".",
            arguments=list(request.args),
            folder=request.pwd,
            environment=dict(pair.split("=", 1) for pair in request.env if "=" in pair),
        )
        # The engine ends a plugin by giving up its call.
        if not context.add_callback(process.end):
            process.end()
        for stream, content in process.output():
            if stream == "stdout":
                yield language_pb2.RunPluginResponse(stdout=content)
            else:
                yield language_pb2.RunPluginResponse(stderr=content)
        yield language_pb2.RunPluginResponse(exitcode=process.exit_code())


def run_program(root: str, entry: str, arguments: Sequence[str]) -> None:
    """Run a Pulumi program as `python` would: its folder first on the path, its exit code honoured.

    Raises:
        RunError: the program ended itself with an exit code, or failed; the text is what the user should read.
    """
    os.chdir(root)
    sys.path.insert(0, root)
    sys.argv = [entry, *arguments]
    try:
        runpy.run_path(entry, run_name="__main__")
    except RunError:
        raise
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            raise RunError(f"the program ended itself with exit code {leaving.code}") from leaving
    except Exception as error:
        raise RunError(f"Program failed with an unhandled exception:\n{users_traceback(error)}") from error


def users_traceback(error: Exception) -> str:
    """The traceback from the program's first own frame on: what ran the program is not the user's concern."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(("<frozen", __file__, runpy.__file__)):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames or error.__traceback__))


def _unheard(*_: Any, **__: Any) -> None:
    """Accepts a message that nobody reads."""


def _no_program() -> None:
    raise RunError("no program was given to the language host")


def serve(engine: str) -> tuple[grpc.Server, int]:
    """Start serving on a free loopback port.

    Args:
        engine: the engine's address, `host:port`.

    Returns:
        The running server and its port.
    """
    limits = [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=limits)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def main(arguments: Sequence[str]) -> None:
    """Serve until the engine is gone or asks for it by a signal."""
    leave_with_engine()
    wait_once()
    write_positions_once()
    gc.set_threshold(ALLOCATIONS_BEFORE_COLLECTION)
    for request_to_leave in (signal.SIGINT, signal.SIGTERM):
        signal.signal(request_to_leave, lambda *_: leave_at_once())
    server, port = serve(arguments[-1])
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main(sys.argv[1:])
