"""How fast the pure simulation of a rollout is, which previews make their plan with."""

import time
from collections.abc import Mapping
from statistics import median

from bench.row import Measured, Plan, Row, Topic
from strata.rollout.servers.preferences import Preferences
from strata.rollout.servers.simulation import simulate

__all__ = ["TOPIC"]

SERVERS = 10_000
BOOT_SECONDS = 60.0
DRAIN_SECONDS = 60.0
PREFERENCES = Preferences(min_healthy_percent=100, max_healthy_percent=110, instance_warmup_seconds=90)

SIMULATION = Row("simulation", f"simulated rollout of {SERVERS:,} servers", "s", goal=1)


def measure(plan: Plan) -> Mapping[str, Measured]:
    # it waits for nothing, so processor time is its length on an idle machine
    spent: list[float] = []
    steps = 0
    for _ in range(plan.rounds):
        began = time.process_time()
        timeline = simulate(SERVERS, PREFERENCES, boot_seconds=BOOT_SECONDS, drain_seconds=DRAIN_SECONDS)
        spent.append(time.process_time() - began)
        steps = len(timeline.samples)
    return {SIMULATION.key: Measured(median(spent), f"{steps} steps of the state machine")}


TOPIC = Topic((SIMULATION,), measure)
