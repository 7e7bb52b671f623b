"""Where in a program each resource is made, found without reading the program's text.

The engine is given the call stack of every resource. The SDK takes it from `traceback`, which also looks each file up
on disk, and writes the same few dozen positions as URIs again and again: a twentieth of a program of a thousand
resources. Here a position is written once; the engine receives the same.
"""

import sys
from functools import cache
from pathlib import Path
from types import FrameType

from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

__all__ = ["write_positions_once"]

_sdk_stack_trace = resource._get_stack_trace  # noqa: SLF001

_CONSTRUCTORS = 3
"""The SDK's rule: the innermost are those of Resource, of CustomResource or ComponentResource, and of the class."""


def write_positions_once() -> None:
    """Let the programs of this process write each position in their text once; a program may call it for itself."""
    resource._get_stack_trace = _stack_trace  # noqa: SLF001


def _stack_trace() -> source_pb2.StackTrace:
    """The calls that led to the constructor of a resource, the innermost first; none where it is none."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - as `inspect` and `traceback` do
    seen = 0
    while frame is not None and seen < _CONSTRUCTORS:
        seen += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    frames: list[source_pb2.StackFrame] = []
    while frame is not None:
        frames.append(_position(frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return source_pb2.StackTrace(frames=frames)


@cache
def _position(file: str, line: int | None) -> source_pb2.StackFrame:
    path = Path(file)
    if line is None or not path.is_absolute():
        return source_pb2.StackFrame()
    return source_pb2.StackFrame(pc=source_pb2.SourcePosition(uri=path.as_uri(), line=line))
