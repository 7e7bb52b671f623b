"""The reference stack on the local AWS as a person rehearses it: the whole command, from an empty cloud."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench.memory import cpu_seconds, resident_mb
from bench.rounds import Spent, children_cpu
from bench.row import Measured, Plan, Row, Topic
from bench.site import copy_reference
from strata.engine.bootstrap.set_up import ready_cli
from strata_rehearsal.cloud.cloud_process import find, stop

__all__ = ["TOPIC"]

STACK = "staging"
COMMAND = "from strata.cli import main; main()"
NEXT_IMAGE = "web=1.5.0"

UP = Row("up", "`strata rehearse staging` from nothing, toolchain set up", "s", goal=30)
IMAGE = Row("image", "a new image of one service after it, at the default speed", "s", goal=20)
MEMORY = Row(
    "memory", "memory of the local AWS with the staging stack", "MB", no_goal="none was set; it is shown to see it grow"
)


def measure(plan: Plan) -> Mapping[str, Measured]:
    ready_cli()
    project = copy_reference(plan.folder / "project")
    cloud = project / ".strata" / "cloud"
    ups: list[Spent] = []
    images: list[Spent] = []
    memory: list[float] = []
    resources = rollouts = ""
    try:
        for _ in range(plan.rounds):
            spent, report = _rehearse(project)
            ups.append(spent)
            resources = f"{report['changes']['created']} resources"
            memory.append(_memory(cloud))
            if IMAGE.key in plan.wanted:
                spent, report = _rehearse(project, "--image", NEXT_IMAGE)
                images.append(spent)
                rollouts = f"{report['rollouts'][0]['simulated_seconds']:.0f} simulated seconds"
            stop(cloud)
    finally:
        stop(cloud)
    found = {
        UP.key: _measured(ups, resources),
        MEMORY.key: Measured(median(memory), _range(memory)),
    }
    if images:
        found[IMAGE.key] = _measured(images, f"a rollout of {rollouts}")
    return found


def _measured(rounds: list[Spent], what: str) -> Measured:
    seconds = [each.seconds for each in rounds]
    busy = median(each.cpu for each in rounds)
    return Measured(
        median(seconds), f"{what}, {_range(seconds)}; {busy:.1f} s of processor time, the local AWS included"
    )


def _rehearse(project: Path, *arguments: str) -> tuple[Spent, dict[str, Any]]:
    """What one command took, and its report.

    Raises:
        RuntimeError: it did not end well.
    """
    cloud = project / ".strata" / "cloud"
    before, began = _cpu(cloud), time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-P", "-c", COMMAND, "rehearse", STACK, "-C", str(project), "--json", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if ran.returncode:
        raise RuntimeError(f"the rehearsal ended with exit code {ran.returncode}: {ran.stdout or ran.stderr}")
    return Spent(seconds, _cpu(cloud) - before), json.loads(ran.stdout)


def _cpu(folder: Path) -> float:
    """Processor seconds of all commands so far, and of the local AWS as long as it runs."""
    cloud = find(folder)
    return children_cpu() + (cpu_seconds(cloud.pid) if cloud else 0.0)


def _memory(folder: Path) -> float:
    cloud = find(folder)
    if cloud is None:
        raise RuntimeError("the local AWS has gone")
    return resident_mb(cloud.pid)


def _range(values: list[float]) -> str:
    return f"from {min(values):.1f} to {max(values):.1f} in {len(values)}"


TOPIC = Topic((UP, IMAGE, MEMORY), measure)
