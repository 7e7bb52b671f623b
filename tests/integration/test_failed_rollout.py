"""One rollout to a bad image, a service for every way an image can be bad, and a neighbour that gets a good one."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from strata.engine.engine_run import EngineResult
from strata_rehearsal.cloud.faults import FaultKind
from tests.integration.support import History, Said, Trial, routed, worker

QUICK = {"progress_deadline_seconds": 400}

SERVICES = {
    "naked": routed(10, boot_seconds=1, rollout=QUICK),
    "graced": routed(20, boot_seconds=600, rollout={"progress_deadline_seconds": 900}),
    "slow": routed(30, boot_seconds=300, rollout=QUICK),
    "crash": routed(40, rollout={**QUICK, "bake_seconds": 300}),
    "short": routed(50, rollout=QUICK),
    "alarm": routed(60, rollout={**QUICK, "bake_seconds": 300}),
    "worker": worker(rollout=QUICK),
    "idle": routed(80),
}
FAULTS = {
    "naked": FaultKind.UNHEALTHY,
    "graced": FaultKind.UNHEALTHY,
    "slow": FaultKind.SLOW,
    "crash": FaultKind.CRASH,
    "short": FaultKind.NO_CAPACITY,
    "alarm": FaultKind.ALARM,
    "worker": FaultKind.UNHEALTHY,
}
REASONS = {
    "naked": "ELB health check failure",
    "graced": "ELB health check failure",
    "slow": "no further server of the new release became healthy within 1030 s",
    "crash": "",
    "short": "InsufficientInstanceCapacity",
    "alarm": "is in ALARM",
    "worker": "EC2 health check failure",
}


@dataclass
class Ruin:
    """What the failed `up` left, read before the good one was applied."""

    trial: Trial
    failed: EngineResult
    failure: History
    before: dict[str, dict[str, str]] = field(default_factory=dict)
    recorded: dict[str, str | None] = field(default_factory=dict)
    saved: dict[str, str] = field(default_factory=dict)
    running: dict[str, dict[str, str]] = field(default_factory=dict)
    ends: dict[str, list[str]] = field(default_factory=dict)
    reverted: list[EngineResult] = field(default_factory=list)
    started_by_reverting: list[Mapping[str, Any]] = field(default_factory=list)
    """Read at once: the event log is shared with the tests that come in between."""
    repeated: Said = field(default_factory=Said)


@pytest.fixture(scope="module")
def ruin(new_trial) -> Ruin:
    return asyncio.run(_ruin(new_trial(SERVICES, boot_seconds={"slow": 300})))


async def _ruin(trial: Trial) -> Ruin:
    first = await trial.up()
    assert first.ok, first.reason
    before = {service: trial.running(service) for service in SERVICES}
    for service, kind in FAULTS.items():
        trial.break_image(service, "2.0.0", kind)
    trial.mark()
    trial.pin(FAULTS, "2.0.0")
    failed = await trial.up()
    ruin = Ruin(trial, failed, trial.history, before)
    for service in SERVICES:
        ruin.recorded[service] = trial.recorded(service)
        ruin.saved[service] = trial.saved_image(service)
        ruin.running[service] = trial.running(service)
        ruin.ends[service] = [each.status.value for each in trial.refreshes(service)]
    await trial.preview(said=ruin.repeated)
    trial.mark()
    trial.pin(FAULTS, "1.0.0")
    ruin.reverted.append(await trial.up())
    ruin.reverted.append(await trial.unchanged())
    ruin.started_by_reverting = trial.history.calls("StartInstanceRefresh")
    return ruin


def test_row_25_the_up_fails_and_names_every_rollout_that_was_rolled_back(ruin):
    assert ruin.failed.exit_code != 0
    for service in FAULTS:
        assert f"{service}: the rollout to {service} 2.0.0" in ruin.failed.reason
    assert "idle: the rollout" not in ruin.failed.reason


@pytest.mark.parametrize("service", FAULTS)
def test_row_03_a_bad_image_is_rolled_back_to_the_old_release_for_real(ruin, service):
    trial = ruin.trial
    assert ruin.ends[service] == ["RollbackSuccessful"]
    assert ruin.recorded[service] == "1.0.0"
    assert ruin.saved[service] == trial.image(service, "1.0.0"), "the group never named the bad version"
    running = ruin.running[service]
    assert set(running.values()) == {trial.image(service, "1.0.0")}
    assert len(running) == 2


@pytest.mark.parametrize("service,reason", REASONS.items())
def test_the_error_of_a_failed_rollout_says_what_went_wrong(ruin, service, reason):
    told = [line for line in ruin.failed.errors if f"{service}: the rollout" in line]
    assert len(told) == 1
    assert reason in told[0]
    assert "still names the release before" in told[0]


def test_a_service_that_does_not_roll_sees_nothing_of_it(ruin):
    group = ruin.trial.group("idle")
    assert ruin.running["idle"] == ruin.before["idle"]
    touched = [event for event in ruin.failure.about([group.name]) if event["subject"] != "group"]
    assert touched == []


def test_row_04_the_next_preview_says_first_that_it_is_a_retry(ruin):
    for service in FAULTS:
        assert ruin.repeated.has(f"{service}: retry of 2.0.0, which ended RollbackSuccessful")


def test_the_revert_replaces_no_server_and_leaves_nothing_to_change(ruin):
    reverted, unchanged = ruin.reverted
    assert reverted.ok, reverted.reason
    assert unchanged.ok, unchanged.reason
    assert ruin.started_by_reverting == []
    for service in SERVICES:
        ruin.trial.is_live(service, "1.0.0")
