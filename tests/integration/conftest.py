"""One local AWS and one toolchain for all tests of a process, and stacks with names of their own on them."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.support import Site, Trial, open_site
from tests.integration.support.warm_start import WarmStart, warm_start

SPEED = 600.0
"""Ten simulated minutes a second: a gate's poll, a few calls, then takes about half a simulated minute."""

_numbers = itertools.count(1)

NewTrial = Callable[..., Trial]


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmStart]:
    """Starts language hosts and plugins, for homes whose tests are not about that."""
    with warm_start() as started:
        yield started


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, warm: WarmStart) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("site"), speed=SPEED, warm=warm) as opened:
        yield opened


@pytest.fixture(scope="session")
def new_trial(site: Site) -> NewTrial:
    """Describe a stack that no other test knows; nothing is applied yet."""

    def make(services: dict[str, dict[str, Any]], **more: Any) -> Trial:
        return Trial(site, f"t{next(_numbers)}", services, **more)

    return make
