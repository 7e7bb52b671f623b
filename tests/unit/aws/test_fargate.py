"""The sizes of tasks on Fargate."""

import pytest

from strata.aws.facts import fargate


def test_fargate_has_74_sizes():
    """As RegisterTaskDefinition took them in August 2026."""
    assert sum(len(each) for each in fargate.MEMORY_MIB.values()) == 74


@pytest.mark.parametrize("cpu,memory", [(1024, 9216), (2048, 17408), (4096, 31744), (8192, 18432), (16384, 33792)])
def test_between_the_steps_and_beyond_the_bounds_there_are_none(cpu: int, memory: int):
    assert not fargate.is_task_size(cpu, memory)


@pytest.mark.parametrize(
    "text,units", [("256", 256), (".5 vCPU", 512), ("1vcpu", 1024), ("4 VCPU", 4096), ("much", None), ("1 GB", None)]
)
def test_cpu_is_read_in_units_and_in_words(text: str, units: int | None):
    assert fargate.cpu_units(text) == units


@pytest.mark.parametrize("text,mib", [("512", 512), ("0.5GB", 512), ("30 gb", 30720), ("1 TB", None)])
def test_memory_is_read_in_mib_and_in_words(text: str, mib: int | None):
    assert fargate.memory_mib(text) == mib
