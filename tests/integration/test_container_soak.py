"""Random rollouts of containers by the real engine, each of them killed, watched from outside: `--seeds N` of them.

A stack has a service of each strategy, so that one kill ends a gate of each. The network between the gates and AWS
loses requests and answers meanwhile, and half of the images are bad.

The names of the tests are the rounds, and `--seed S` is the stack that holds round S.
"""

import logging
from collections.abc import AsyncGenerator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from strata.engine.engine_run import EngineResult
from strata.naming import record_name
from strata_rehearsal.cloud.faults import Fault
from tests.integration.soak.container_scenario import (
    NEVER_PROVEN,
    ROUNDS,
    STRATEGIES,
    ContainerFlock,
    Round,
    container_flocks,
)
from tests.integration.soak.trouble import Companion
from tests.integration.soak.verdict import by_the_log, by_the_observer, by_the_reason, by_the_record
from tests.integration.soak.weather import Weather
from tests.integration.support import Site, Trial, open_site
from tests.integration.support.faulty_proxy import FaultyProxy, faulty_proxy, to_endpoint
from tests.integration.support.left_over import left_over
from tests.integration.support.rolled_tasks import digest
from tests.integration.support.task_ledger import TaskLedger
from tests.integration.support.task_observer import TaskObserver
from tests.integration.support.trial import PROJECT
from tests.integration.support.warm_start import WarmStart

SPEED = 200.0
"""A deployment waits half an hour for its gate before requests move: nine seconds, also of a machine that is busy."""
GOOD, LAST = "1.0.0", "3.0.0"

log = logging.getLogger(__name__)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    seed: int | None = metafunc.config.getoption("seed")
    kills = int(metafunc.config.getoption("seeds") or 0)
    rounds = -(-kills // len(STRATEGIES))
    chosen = container_flocks(0, rounds) if seed is None else container_flocks(seed - seed % ROUNDS, ROUNDS)
    flocks = list(chosen)
    metafunc.parametrize("flock", flocks, ids=[f"rounds-{each.seed}-to-{each.rounds[-1].seed}" for each in flocks])


@pytest.fixture
def own_site(tmp_path: Path, warm: WarmStart) -> Iterator[Site]:
    """A local AWS of its own: what other tests left in theirs would only slow it down."""
    with open_site(tmp_path, speed=SPEED, warm=warm) as site:
        yield site


async def test_killed_rollouts_of_containers_stay_within_their_bounds_and_the_next_up_converges(
    own_site: Site, flock: ContainerFlock
):
    with faulty_proxy(to_endpoint(own_site.cloud.endpoint)) as proxy:
        # what is under test are the gates: the plugin stands for the provider, which has retries of its own
        proxy.spares = "strata-rehearsal-plugin"
        wrong = await _watched(own_site, flock, proxy)
    left = await left_over(own_site.folder, spared=own_site.cloud.pid)
    wrong += [f"a process is left: {each}" for each in left]
    again = f"pytest tests/integration/test_container_soak.py --seed {flock.seed}"
    assert not wrong, "\n".join([f"reproduce it with: {again}", *wrong])


async def _watched(site: Site, flock: ContainerFlock, proxy: FaultyProxy) -> list[str]:
    trial = Trial(
        site,
        f"containers-{flock.seed}",
        {},
        program="containers",
        endpoint=proxy.url,
        # botocore waits in real time: what it repeats ten times here, it would have to repeat for a simulated day
        environment={"AWS_MAX_ATTEMPTS": "2"},
    )
    for each in flock.scenarios:
        site.cloud.set_boot_seconds(each.service, each.boot_seconds)
    observer = TaskObserver(site, trial.stack)
    with observer.watching():
        wrong = [each async for each in _story(trial, flock, proxy)]
    met = sum(seen.kind is not None for seen in proxy.seen)
    log.info("%s: %d of %d requests met a fault on the way", trial.stack, met, len(proxy.seen))
    events = trial.history.events
    sizes = {each.service: each.size for each in flock.scenarios}
    ledger = TaskLedger(events, sizes, routed=[each.service for each in flock.scenarios if each.routed])
    for scenario in flock.scenarios:
        tasks = ledger.of(scenario.service)
        sightings = [each for each in observer.sightings if each.service == scenario.service]
        assert len(sightings) > 3, f"nobody looked at {scenario.service}"
        wrong += by_the_log(scenario, tasks)
        wrong += by_the_observer(scenario, tasks, sightings)
        wrong += by_the_record(
            scenario,
            tasks,
            events,
            name=record_name(PROJECT, trial.stack, scenario.service),
            image_of=partial(digest, scenario.service),
        )
        died = ", ".join(f"{death.server} at {death.at:.1f} ({death.how})" for death in tasks.deaths)
        log.info("%s: tasks of %s that died on their own: %s", trial.stack, scenario.service, died or "none")
    return wrong


async def _story(trial: Trial, flock: ContainerFlock, proxy: FaultyProxy) -> AsyncGenerator[str]:
    """First up, one killed rollout after the other, and the up that has to converge."""
    _ask_for(trial, flock, GOOD)
    first = await trial.up()
    if not first.ok:
        yield f"the first up failed: {first.reason}"
        return
    for each in flock.rounds:
        async for wrong in _killed(trial, flock, each, proxy):
            yield f"round {each.seed}: {wrong}"
    async for wrong in _converging(trial, flock):
        yield wrong


async def _killed(trial: Trial, flock: ContainerFlock, killed: Round, proxy: FaultyProxy) -> AsyncGenerator[str]:
    before = {each.service: _recorded(trial, each.service) for each in flock.scenarios}
    for service, (kind, after) in killed.faults.items():
        trial.site.cloud.add_fault(Fault(kind, service, digest(service, killed.version), after))
    _ask_for(trial, flock, killed.version)
    run = await trial.start_up()
    proxy.choose = Weather(killed.seed, killed.weather)
    companion = Companion(trial.site.cloud, killed.killed_at)
    rolled = await companion.accompany(run)
    ended = f"ended with {rolled.exit_code} at call {companion.calls} after {rolled.seconds:.1f} s"
    log.info("%s, round %d: %s: %s", trial.stack, killed.seed, ended, killed)
    for each in _half_done(trial, killed, rolled, before):
        yield each
    if rolled.exit_code < 0 and killed.insists:
        again = await trial.up()
        log.info("round %d again: ended with %s after %.1f s", killed.seed, again.exit_code, again.seconds)
        for each in _half_done(trial, killed, again, before):
            yield each
    proxy.choose = None


async def _converging(trial: Trial, flock: ContainerFlock) -> AsyncGenerator[str]:
    """The next `up`, with good images and nothing in its way."""
    _ask_for(trial, flock, LAST)
    last = await trial.up()
    if not last.ok:
        yield f"the last up, with good images, failed: {last.reason}"
        return
    for each in flock.scenarios:
        if (version := _recorded(trial, each.service)) != LAST:
            yield f"after the last up {each.service} is recorded as {version}"
        if (runs := trial.task_digests(each.service)) != {digest(each.service, LAST)}:
            yield f"after the last up {each.service} runs {runs}"
    clean = await trial.unchanged()
    if not clean.ok:
        yield f"the preview after the last up is not empty: {clean.reason}"
    for lock in trial.engine().state.locks():
        yield f"a lock is left: {lock}"


def _half_done(trial: Trial, killed: Round, done: EngineResult, before: dict[str, str | None]) -> Iterator[str]:
    """What a run that did not converge may leave in the records, and say of why: nothing but what it knows."""
    how = "was killed" if done.exit_code < 0 else "ended"
    for service, known in before.items():
        version, fault = _recorded(trial, service), killed.faults.get(service)
        if version not in (known, killed.version) or (done.ok and version != killed.version):
            yield f"after the rollout, which {how}, {service} is recorded as {version}"
        if version == killed.version and fault is not None and fault[0] in NEVER_PROVEN:
            yield f"after the rollout, which {how}, {service} is recorded as {version}, whose image has {fault}"
    if not (done.ok or done.exit_code < 0):
        yield from by_the_reason(done.reason)


def _ask_for(trial: Trial, flock: ContainerFlock, version: str) -> None:
    """Let the program ask for a version of every service's image from now on."""
    settings: dict[str, Any] = {each.service: each.settings() for each in flock.scenarios}
    images = {name: f"registry.example.com/{name}:{version}@{digest(name, version)}" for name in settings}
    trial.extra = {"strata:container_services": settings, "trial:images": images}


def _recorded(trial: Trial, service: str) -> str | None:
    found = trial.task_record(service)
    return found.image.version if found else None
