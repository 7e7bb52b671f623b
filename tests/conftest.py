"""Options of the whole test suite, and the order it runs in."""

import functools
import gc
import os
import sys

import hypothesis
import pytest
from botocore.loaders import JSONFileLoader

# Where Python is told to write no bytecode, as in many containers, every worker would rewrite the assertions of all
# tests, and each of the hundreds of processes that tests start would compile what was edited since `make setup`.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# No test is timed: how long one takes says how busy the machine is.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")

_read = JSONFileLoader.load_file


@functools.cache
def _service_description(path: str) -> object:
    return _read(JSONFileLoader(), path)


# Every session of boto3 would read the descriptions of its services again, EC2's for a tenth of a second: hundreds of
# tests make a client in a session of its own, and none of them changes a description.
JSONFileLoader.load_file = lambda self, file_path: _service_description(file_path)

OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Python's own 700 is a third of the time of a test that registers resources: a graph of Pulumi's is mostly cycles."""

FAST = ("unit", "contract", "property")
LONG = (
    "test_rollout_stories.py",
    "test_demo.py",
    "test_examples.py",
    "test_toolchain_matrix.py",
    "test_stopping.py",
    "test_soak.py",
    "test_container_soak.py",
    "test_no_flag_loses.py",
    "test_truth.py",
    "test_guard.py",
    "test_image_life.py",
    "test_baking.py",
    "test_rollback.py",
    "test_image_pipelines.py",
    "test_init.py",
    "test_reference_stack.py",
    "test_plugin.py",
    "test_cut_off_files.py",
    "test_rollout.py",
    "test_toolchain.py",
    "test_failed_rollout.py",
    "test_container_rehearsal.py",
    "test_gate.py",
    "test_configuration.py",
    "test_weather.py",
    "test_stores.py",
    "test_database.py",
    "test_exit_codes.py",
)
"""Files of over a quarter of a minute of computing, the longest first."""


def pytest_xdist_auto_num_workers() -> int | None:
    """One more than there are processors: in stories, engine, gate and local AWS take turns, and clocks are waited for.

    With as many as processors, a third of their time was idle.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (available or 1) + 1


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("strata")
    group.addoption("--seeds", type=int, default=10, metavar="N", help="random rollouts, interleavings (default: 10)")
    group.addoption("--seed", type=int, default=None, metavar="S", help="only the flock that holds random number S")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first; then the long files, since a long one at the end would leave the other workers idle."""
    items.sort(key=_turn)


def pytest_collection_finish() -> None:
    """From here on the garbage collector looks at what tests make, and not at modules and the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])


def _turn(item: pytest.Item) -> int:
    if set(FAST) & set(item.path.parts):
        return 0
    return 1 + LONG.index(item.path.name) if item.path.name in LONG else 1 + len(LONG)
