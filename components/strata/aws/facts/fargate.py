"""Which sizes a task on Fargate may have."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["EPHEMERAL_GIB", "MEMORY_MIB", "cpu_units", "is_task_size", "memory_mib"]

UNITS: Final = 1024
"""CPU units of a vCPU, and MiB of a GiB."""

EPHEMERAL_GIB: Final = range(21, 201)
"""GiB of ephemeral storage that may be asked for; a task has 20 without asking."""

MEMORY_MIB: Final[Mapping[int, tuple[int, ...]]] = MappingProxyType(
    {
        256: (512, 1024, 2048),
        512: tuple(range(1024, 4096 + 1, 1024)),
        1024: tuple(range(2048, 8192 + 1, 1024)),
        2048: tuple(range(4096, 16384 + 1, 1024)),
        4096: tuple(range(8192, 30720 + 1, 1024)),
        8192: tuple(range(16384, 61440 + 1, 4096)),
        16384: tuple(range(32768, 122880 + 1, 8192)),
    }
)
"""The memory in MiB that goes with each number of CPU units.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
"""

_CPU: Final = re.compile(r"\s*(\d*\.?\d+)\s*vcpu\s*", re.IGNORECASE)
_MEMORY: Final = re.compile(r"\s*(\d*\.?\d+)\s*gb\s*", re.IGNORECASE)


def is_task_size(cpu: int, memory: int) -> bool:
    """Whether Fargate has tasks of that size.

    Args:
        cpu: CPU units.
        memory: MiB.
    """
    return memory in MEMORY_MIB.get(cpu, ())


def cpu_units(text: str) -> int | None:
    """The CPU units that a task definition asks for, as a number or as `.5 vCPU`; None for what ECS cannot read."""
    return _in_units(text, _CPU)


def memory_mib(text: str) -> int | None:
    """The MiB that a task definition asks for, as a number or as `2 GB`; None for what ECS cannot read."""
    return _in_units(text, _MEMORY)


def _in_units(text: str, named: re.Pattern[str]) -> int | None:
    if text.strip().isdecimal():
        return int(text)
    found = named.fullmatch(text)
    return round(float(found.group(1)) * UNITS) if found else None
