"""A monitor that keeps what a program registers."""

import logging
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import Mocks, rpc
from pulumi.runtime.mocks import MockMonitor

from strata.resources.resource import LogLine, Options, Resource

__all__ = ["LogRecorder", "Recorder"]


STACK = "pulumi:pulumi:Stack"
"""Type of what every program's resources are under; no URN of theirs has it."""


class Recorder(MockMonitor):
    """Pulumi's mock monitor, which also keeps options, parents and registered outputs."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.registered: list[Resource] = []
        self.registered_outputs: dict[str, dict[str, Any]] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN the engine gives: with the types of all components above; Pulumi's mock has the nearest only."""
        above = parent.split("::")[2] if parent else ""
        nested = type_ if above in ("", STACK) else f"{above}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{nested}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (gRPC's name)
        answer = super().RegisterResource(request)
        if request.type != STACK:
            self.registered.append(
                Resource(
                    type=request.type,
                    name=request.name,
                    urn=answer.urn,
                    parent=request.parent,
                    inputs=rpc.deserialize_properties(request.object),
                    custom=request.custom,
                    options=_options(request),
                )
            )
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (gRPC's name)
        self.registered_outputs[request.urn] = rpc.deserialize_properties(request.outputs)
        return empty_pb2.Empty()


class LogRecorder(logging.Logger):
    """Keeps what a program logs, but for Pulumi's own debug lines, and prints nothing."""

    def __init__(self) -> None:
        super().__init__("strata.testing")
        self.lines: list[LogLine] = []

    def debug(self, msg: object, *_: object, **__: object) -> None:
        """Pulumi reports every step of every registration here."""

    def info(self, msg: object, *_: object, **__: object) -> None:
        self._keep("info", msg)

    def warning(self, msg: object, *_: object, **__: object) -> None:
        self._keep("warning", msg)

    def error(self, msg: object, *_: object, **__: object) -> None:
        self._keep("error", msg)

    def _keep(self, level: str, msg: object) -> None:
        self.lines.append(LogLine(level, str(msg)))


def _options(request: Any) -> Options:
    times = request.customTimeouts
    return Options(
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        depends_on=tuple(sorted(request.dependencies)),
        aliases=tuple(request.aliasURNs) + tuple(_alias(it) for it in request.aliases),
        provider=request.provider,
        timeouts={key: value for key in ("create", "update", "delete") if (value := getattr(times, key))},
    )


def _alias(alias: Any) -> str:
    """An alias by what it says: a URN, or else a name or a type of its own."""
    return alias.urn or alias.spec.name or alias.spec.type
