"""Random rollouts by the real engine, watched from outside: `--seeds N` of them, or the flock of `--seed S`.

Meanwhile `up` is killed, servers die, other operators cancel, roll back, restart and protect, and the network between
the gates and AWS loses requests and answers.

The names of the tests are the seeds. With `--log-cli-level=info` every server that died on its own is listed.
"""

import asyncio
import logging
from collections.abc import Iterator
from functools import partial

import pytest

from strata.engine.engine_run import EngineResult
from strata.naming import record_name
from tests.integration.soak.scenario import FLOCK, Flock, flock_of, flocks
from tests.integration.soak.trouble import Trouble
from tests.integration.soak.verdict import by_the_log, by_the_observer, by_the_reason, by_the_record
from tests.integration.soak.weather import Weather
from tests.integration.support import Site, Trial, open_site
from tests.integration.support.faulty_proxy import FaultyProxy, faulty_proxy, to_endpoint
from tests.integration.support.ledger import Ledger
from tests.integration.support.left_over import left_over
from tests.integration.support.observer import GroupObserver
from tests.integration.support.trial import PROJECT

SPEED = 600.0
AT_ONCE = 2
"""Flocks that share a local AWS and run side by side."""

log = logging.getLogger(__name__)

GOOD, NEXT, LAST = "1.0.0", "2.0.0", "3.0.0"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    seed: int | None = metafunc.config.getoption("seed")
    seeds = int(metafunc.config.getoption("seeds") or 0)
    chosen = list(flocks(seeds)) if seed is None else [flock_of(seed)]
    runs = [chosen[first : first + AT_ONCE] for first in range(0, len(chosen), AT_ONCE)]
    metafunc.parametrize("run", runs, ids=[_name(run) for run in runs])


def _name(run: list[Flock]) -> str:
    seeds = [scenario.seed for flock in run for scenario in flock.scenarios]
    return f"seeds-{seeds[0]}-to-{seeds[-1]}"


@pytest.fixture
def own_site(tmp_path) -> Iterator[Site]:
    """A local AWS of its own: what other tests left in theirs would only slow it down."""
    with open_site(tmp_path, speed=SPEED) as site:
        yield site


async def test_random_rollouts_stay_within_their_bounds_and_the_next_up_converges(own_site, run):
    found = await asyncio.gather(*(_soak(own_site, flock) for flock in run))
    wrong = [each for problems in found for each in problems]
    left = await left_over(own_site.folder, spared=own_site.cloud.pid)
    wrong += [f"a process is left: {each}" for each in left]
    again = f"pytest tests/integration/test_soak.py --seed {run[0].scenarios[0].seed // FLOCK * FLOCK}"
    assert not wrong, "\n".join([f"reproduce one flock with: {again}", *wrong])


async def _soak(site: Site, flock: Flock) -> list[str]:
    with faulty_proxy(to_endpoint(site.cloud.endpoint)) as proxy:
        # what is under test are the gates: the plugin stands for the provider, which has retries of its own
        proxy.spares = "strata-rehearsal-plugin"
        return await _watched(site, flock, proxy)


async def _watched(site: Site, flock: Flock, proxy: FaultyProxy) -> list[str]:
    scenarios = {each.service: each for each in flock.scenarios}
    seeds = f"seeds {flock.scenarios[0].seed} to {flock.scenarios[-1].seed}"
    trial = Trial(
        site,
        f"flock-{flock.scenarios[0].seed}",
        {service: scenario.settings() for service, scenario in scenarios.items()},
        boot_seconds={service: scenario.boot_seconds for service, scenario in scenarios.items()},
        endpoint=proxy.url,
        # botocore waits in real time: what it repeats ten times here, it would have to repeat for a simulated day
        environment={"AWS_MAX_ATTEMPTS": "2"},
    )
    observer = GroupObserver(site, trial.stack)
    with observer.watching():
        wrong = [f"{seeds}: {each}" async for each in _story(trial, flock, proxy)]
    met = sum(seen.kind is not None for seen in proxy.seen)
    log.info("%s: %d of %d requests met a fault on the way", seeds, met, len(proxy.seen))
    ledger = Ledger(trial.history.events, routed=[each.service for each in flock.scenarios if each.routed])
    for service, scenario in scenarios.items():
        fleet = ledger.of(service)
        sightings = [each for each in observer.sightings if each.service == service]
        assert len(sightings) > 3, f"{seeds}: nobody looked at {service}"
        wrong += by_the_log(scenario, fleet)
        wrong += by_the_observer(scenario, fleet, sightings)
        wrong += by_the_record(
            scenario,
            fleet,
            trial.history.events,
            name=record_name(PROJECT, trial.stack, service),
            image_of=partial(trial.image, service),
        )
        listed = ", ".join(f"{death.server} at {death.at:.1f} ({death.how})" for death in fleet.deaths)
        log.info("%s: servers of %s that died on their own: %s", seeds, service, listed or "none")
    return wrong


async def _story(trial: Trial, flock: Flock, proxy: FaultyProxy):
    """First up, a rollout with everything that happens to it, and the up that has to converge."""
    services = [each.service for each in flock.scenarios]
    first = await trial.up()
    if not first.ok:
        yield f"the first up failed: {first.reason}"
        return
    groups = {service: trial.group(service).name for service in services}
    for scenario in flock.scenarios:
        if scenario.fault is not None:
            trial.break_image(scenario.service, NEXT, scenario.fault, scenario.fault_after)
    trial.pin(services, NEXT)
    run = await trial.start_up()
    proxy.choose = Weather(flock.scenarios[0].seed, flock.faults_per_request)
    rolled = await Trouble(trial, flock, groups).accompany(run)
    log.info("%s: the rollout ended with %s after %.1f s", trial.stack, rolled.exit_code, rolled.seconds)
    for each in _half_told(trial, services, rolled):
        yield each
    if rolled.exit_code < 0 and flock.insists:
        again = await trial.up()
        for each in _half_told(trial, services, again):
            yield each
    proxy.choose = None
    async for each in _converging(trial, services):
        yield each


async def _converging(trial: Trial, services: list[str]):
    """The next `up`, with a good image and nothing in its way."""
    for service in services:
        trial.mend_image(service, NEXT)
    trial.pin(services, LAST)
    last = await trial.up()
    if not last.ok:
        yield f"the last up, with a good image, failed: {last.reason}"
        return
    for service in services:
        trial.is_live(service, LAST)
    for lock in trial.engine().state.locks():
        yield f"a lock is left: {lock}"


def _half_told(trial: Trial, services: list[str], done: EngineResult) -> Iterator[str]:
    """What a run that did not converge may leave in the records, and say of why: nothing but what it knows."""
    killed = done.exit_code < 0
    for service in services:
        version = trial.recorded(service)
        if version not in (GOOD, NEXT) or (done.ok and version != NEXT):
            yield f"after the rollout, which {'was killed' if killed else 'ended'}, {service} is recorded as {version}"
    if not (done.ok or killed):
        yield from by_the_reason(done.reason)
