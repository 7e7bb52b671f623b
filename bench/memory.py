"""Memory and processor time of a running process."""

import os
from pathlib import Path

__all__ = ["cpu_seconds", "resident_mb"]


def resident_mb(pid: int) -> float:
    """Megabytes (2**20 bytes) a process has in memory.

    Raises:
        OSError: there is no such process, or the system has no /proc.
    """
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    """Processor seconds a process has used.

    Raises:
        OSError: as for `resident_mb`.
    """
    # the name of the program, in parentheses, may hold spaces
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
