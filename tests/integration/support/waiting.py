"""Waits for what a run of the engine says."""

import asyncio

from strata.engine.engine_run import EngineResult
from tests.integration.support.trial import Said

__all__ = ["until"]


async def until(ended: asyncio.Future[EngineResult], said: Said, text: str) -> None:
    """Wait until a run has said something, which it must do before it ends."""
    while not said.has(text):
        assert not ended.done(), f"the engine ended before it said {text!r}: {ended.result().reason}"
        await asyncio.wait([ended], timeout=0.02)
