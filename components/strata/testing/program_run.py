"""Running a Pulumi program in a unit test, without an engine and without AWS."""

import asyncio
import contextvars
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pulumi
from pulumi.runtime import Mocks
from pulumi.runtime.config import set_all_config
from pulumi.runtime.mocks import MockEngine, MockSettings
from pulumi.runtime.settings import configure, get_root_resource, reset_options
from pulumi.runtime.stack import run_in_stack

from strata.aws.facts.architecture import Architecture, architecture_of
from strata.engine.pending_outputs import wait_once
from strata.engine.source_positions import write_positions_once
from strata.resources.recorder import LogRecorder, Recorder
from strata.resources.resource import Graph
from strata.testing.mocks import CloudMocks, MockImage

__all__ = ["images_pinned_by", "run"]


def run(
    program: Callable[[], object],
    *,
    config: Mapping[str, Any] | None = None,
    mocks: Mocks | None = None,
    project: str = "project",
    stack: str = "test",
    preview: bool = False,
) -> Graph:
    """Run a program and return what it registered.

    Every run has an event loop and Pulumi settings of its own, so tests do not see each other, in any order.

    Args:
        program: what `__main__.py` would do.
        config: the stack's configuration by full key, such as `{"strata:stage": "dev"}`; values may be plain Python.
        mocks: AWS's answers. Default: `CloudMocks` in which the images exist that `strata:images` pins.
        project: name of the project.
        stack: name of the stack.
        preview: whether the program believes it runs in a preview.

    Raises:
        Exception: whatever the program, or an output of it, raises.
    """
    given = dict(config or {})
    mocks = mocks or CloudMocks(images=images_pinned_by(given))
    work = partial(_run, program, given, mocks, project=project, stack=stack, preview=preview)
    return contextvars.copy_context().run(work)


def images_pinned_by(config: Mapping[str, Any]) -> list[MockImage]:
    """Images that satisfy the pins under `strata:images` of a configuration; two pins may share one.

    They are built for the processor of the instance types under `strata:services` that run them.
    """
    types = {
        service.get("image") or name: service["instance_type"]
        for name, service in _config_object(config, "strata:services").items()
        if "instance_type" in service
    }
    found = (
        MockImage(
            app=pin.get("app") or name,
            version=str(pin["version"]),
            id=pin.get("id") or f"ami-{index:017x}",
            architecture=architecture_of(types[name]) if name in types else Architecture.X86_64,
        )
        for index, (name, pin) in enumerate(_config_object(config, "strata:images").items(), start=1)
        if "version" in pin
    )
    return list(dict.fromkeys(found))


def _run(
    program: Callable[[], object],
    config: dict[str, Any],
    mocks: Mocks,
    *,
    project: str,
    stack: str,
    preview: bool,
) -> Graph:
    # as our language host does: half of the time of a run
    wait_once()
    write_positions_once()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # The monitor is called from the executor and wants a loop in that thread. One thread keeps the order the same.
    monitor_loop = asyncio.new_event_loop()
    loop.set_default_executor(
        ThreadPoolExecutor(1, "monitor", initializer=asyncio.set_event_loop, initargs=(monitor_loop,))
    )
    try:
        recorder = Recorder(mocks)
        log = LogRecorder()
        reset_options(project=project, stack=stack, preview=preview)
        configure(MockSettings(monitor=recorder, engine=MockEngine(log), project=project, stack=stack, dry_run=preview))
        set_all_config({key: _config_text(value) for key, value in config.items()}, secret_keys=[])
        exports = _exports(loop, program)
        return Graph(tuple(recorder.registered), dict(recorder.registered_outputs), exports, tuple(log.lines))
    finally:
        _close(loop)
        monitor_loop.close()


def _exports(loop: asyncio.AbstractEventLoop, program: Callable[[], object]) -> Mapping[str, Any]:
    """Run the program to its end.

    Outputs that depend on a failed one hold its exception too, and nobody asks them. Asyncio would report each of them
    with a traceback when it is collected, in the middle of a later test: what is raised here is not reported again.
    """
    raised: list[BaseException] = []

    def report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not any(context.get("exception") is each for each in raised):
            loop.default_exception_handler(context)

    loop.set_exception_handler(report)
    try:
        return loop.run_until_complete(_resolve(program))
    except BaseException as exception:
        raised.append(exception)
        raise


async def _resolve(program: Callable[[], object]) -> Mapping[str, Any]:
    def body() -> None:
        program()

    await run_in_stack(body)
    root = get_root_resource()
    exports: dict[str, Any] = getattr(root, "outputs", {})
    return await pulumi.Output.from_input(dict(exports)).future() or {}


def _config_object(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = config.get(key) or {}
    return json.loads(value) if isinstance(value, str) else value


def _config_text(value: object) -> str:
    """A value as Pulumi hands it to a program."""
    return value if isinstance(value, str) else json.dumps(value)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """End what a failed program left running, so that nothing outlives its test."""
    pending: Sequence[asyncio.Task[Any]] = list(asyncio.all_tasks(loop))
    for task in pending:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
    asyncio.set_event_loop(None)
    loop.close()
