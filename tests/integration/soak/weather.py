"""Random faults on the way from the gates to AWS, from a seed."""

import random

from strata_rehearsal.cloud.requests import ServiceCall
from tests.integration.support.faulty_proxy import Kind

__all__ = ["Weather"]

KINDS = tuple(kind for kind in Kind if kind is not Kind.DELAY)
"""An answer that is held back costs a minute of real time, which is how long botocore waits for it."""

BURST = 8
"""Requests of one operation that fail in a row now and then."""


class Weather:
    """Decides what becomes of each request.

    Args:
        seed: the same draws the same faults, as far as the requests come in the same order.
        share: of requests that meet a fault.
    """

    def __init__(self, seed: int, share: float) -> None:
        self._chance = random.Random(f"weather {seed}")  # noqa: S311  to be repeated, not to be secret
        self._share = share
        self._bursts: dict[str, int] = {}

    def __call__(self, call: ServiceCall) -> Kind | None:
        left = self._bursts.get(call.action, 0)
        if left:
            self._bursts[call.action] = left - 1
            return Kind.SERVER_ERROR
        if self._chance.random() >= self._share:
            return None
        if self._chance.random() < 0.05:
            self._bursts[call.action] = BURST
        return self._chance.choice(KINDS)
