"""From which version to which a rollout went, as its report says it."""

import pytest

from strata.rollout.tasks.deployment import DeploymentConfiguration
from strata_rehearsal.run.rehearsal_report import RehearsedRollout
from strata_rehearsal.run.rehearsed_rollouts import rehearsed_rollout
from strata_rehearsal.run.rehearsed_settings import RehearsedService
from strata_rehearsal.run.rollout_timeline import Unit
from strata_rehearsal.run.stack_fleets import StackFleet
from tests.unit.rehearsal.run.test_replay_of_tasks import DIGESTS, KEY, Log, replayed

FIRST, NEXT, BACK = "d-1", "d-2", "d-3"


def deployed(log: Log, at: float, name: str, revision: str, release: str, state: str = "IN_PROGRESS") -> None:
    of = {"container_service": "web-1", "revision": revision, "digest": DIGESTS[release]}
    log.state(at, "deployment", name, state, **of)


def made(desired: int) -> Log:
    log = Log()
    log.service(0, desired=desired)
    deployed(log, 0, FIRST, "1", "1")
    return log


def reported(log: Log, name: str) -> RehearsedRollout:
    replay = replayed(log)
    rules = DeploymentConfiguration(min_healthy_percent=100)
    return rehearsed_rollout(
        replay,
        replay.rolled[name],
        StackFleet(KEY, "web", dict.fromkeys(replay.rolled, rules)),
        wanted=RehearsedService(Unit.TASKS, "web", ""),
        gave_up="",
    )


def test_the_first_deployment_of_a_service_is_called_so_and_keeps_no_task():
    log = made(1)
    log.serves(0, "t-1", "10.0.0.1")
    deployed(log, 40, FIRST, "1", "1", "SUCCESSFUL")
    found = reported(log, FIRST).timeline
    assert (found.change, found.floor) == ("first deployment of 1.4.2", 0)


def test_the_way_back_from_a_release_whose_tasks_have_all_died_is_not_called_the_first_deployment():
    log = made(1)
    log.serves(0, "t-1", "10.0.0.1")
    deployed(log, 40, FIRST, "1", "1", "SUCCESSFUL")
    deployed(log, 100, NEXT, "2", "2")
    log.serves(100, "t-2", "10.0.0.2", "2")
    log.leaves(131, "t-1", "10.0.0.1")
    deployed(log, 140, NEXT, "2", "2", "SUCCESSFUL")
    log.leaves(200, "t-2", "10.0.0.2", "2")
    deployed(log, 240, BACK, "3", "1")
    found = reported(log, BACK).timeline
    assert (found.change, found.floor, found.lowest_healthy) == ("1.5.0 to 1.4.2", 1, 0)


@pytest.mark.parametrize("state", ["SUCCESSFUL", "STOPPED"])
def test_an_update_of_a_service_that_wants_no_task_is_not_called_its_first_deployment(state: str):
    log = made(0)
    deployed(log, 5, FIRST, "1", "1", state)
    deployed(log, 100, NEXT, "2", "2")
    assert reported(log, NEXT).timeline.change == "1.4.2 to 1.5.0"
