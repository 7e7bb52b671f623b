"""Lines that the engine shows among its own, and keeps in its event log."""

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

__all__ = ["EngineLog"]

ANSWER_SECONDS = 10.0


class EngineLog:
    """Says something to the engine that started a plugin.

    Args:
        address: where it listens, as it says when it starts a plugin.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def info(self, text: str) -> None:
        """One line for people.

        Raises:
            RpcError: the engine is gone.
        """
        with grpc.insecure_channel(self._address) as channel:
            request = engine_pb2.LogRequest(severity=engine_pb2.INFO, message=text)
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=ANSWER_SECONDS)
