"""Options of the whole test suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("strata")
    group.addoption("--seeds", type=int, default=10, metavar="N", help="random rollouts of the soak (default: 10)")
    group.addoption("--seed", type=int, default=None, metavar="S", help="only the flock that holds random rollout S")
