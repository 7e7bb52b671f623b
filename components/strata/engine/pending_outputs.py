"""The wait for a program's outputs, each waited for once.

After a program has run, the SDK waits until all its outputs are there. Whenever one is, it begins to wait for all the
others again, which is quadratic: a program of 50 services waits for 10,000 outputs. Here an output gets one callback.
Everything else is as the SDK has it: calls to the engine come first, an output that fails ends the wait at once with
its error, and what is made meanwhile, output or call, is waited for too.
"""

import asyncio
from typing import Any

from pulumi.runtime import stack
from pulumi.runtime.settings import SETTINGS

__all__ = ["wait_once"]

_sdk_wait = stack.wait_for_rpcs

# what the SDK keeps for the program that runs in this context, by descriptors that a type checker cannot follow
_state: Any = SETTINGS


def wait_once() -> None:
    """Let the programs of this process wait for each of their outputs once; a program may call it for itself."""
    stack.wait_for_rpcs = _wait


async def _wait(await_all_outstanding_tasks: bool = True) -> None:  # noqa: FBT001, FBT002 - the SDK's signature
    while True:
        await _sdk_wait(await_all_outstanding_tasks=False)
        if await_all_outstanding_tasks:
            await _wait_for_outputs()
        if not _state.rpc_manager.rpcs:
            return


async def _wait_for_outputs() -> None:
    """Wait until every output that the SDK keeps track of is there, those made meanwhile included."""
    ended: asyncio.Queue[asyncio.Future[object]] = asyncio.Queue()
    lock, tracked = _state.lock, _state.outputs
    waited_for = 0
    while True:
        with lock:
            new: list[asyncio.Future[object]] = list(tracked)
            tracked.clear()
        for output in new:
            output.add_done_callback(ended.put_nowait)
        waited_for += len(new)
        if not waited_for:
            return
        # raises what the output failed with
        await (await ended.get())
        waited_for -= 1
