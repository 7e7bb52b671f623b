"""`strata image bake` on a terminal: Ctrl-C leaves the watching, and never the build."""

import asyncio

import pytest

from strata.cli.image_bake import Leaving


def test_ctrl_c_leaves_the_watching_and_says_that_the_build_goes_on():
    said: list[str] = []
    leaving = Leaving(said.append)

    async def watch() -> None:
        leaving.of(asyncio.ensure_future(asyncio.Event().wait()))
        assert leaving._task
        leaving.ask()
        leaving.insist()
        with pytest.raises(asyncio.CancelledError):
            await leaving._task

    leaving.ask()
    asyncio.run(watch())
    assert set(said) == {"stopped watching; the build goes on in AWS, and the same command continues it"}
