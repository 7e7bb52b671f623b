"""What proves a release, and what does not: nothing is true of an empty fleet."""

from dataclasses import replace

import pytest

from strata.errors import BusyError, PreflightError, RolloutError
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.server_spec import STATUS_CHECK_SECONDS
from strata.rollout.servers.views import Launches
from tests.unit.rollout.stand_in import IMAGE, RELEASE, Aws, Stage, rollout, running, servers, succeed

OLD = replace(RELEASE, template_version=1, digest="d1")
SAME = replace(RELEASE, template_version=1)


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_a_group_that_wants_no_server_proves_nothing(stage):
    stage.aws.become(desired=0, servers=())
    with pytest.raises(RolloutError, match="is not proven: the group wants no server; the record still names web"):
        await stage.roll.next(rollout(), OLD)
    assert stage.aws.calls == []


async def test_nor_does_one_of_a_service_that_has_no_record_yet(stage):
    stage.aws.become(desired=0, servers=(), saved_version="2")
    with pytest.raises(RolloutError, match="is not proven: the group wants no server; the record still names no rel"):
        await stage.roll.first(rollout())


async def test_a_revert_to_what_is_proven_needs_no_server(stage):
    stage.aws.become(desired=0, servers=())
    await stage.roll.next(rollout(), SAME)
    assert stage.aws.calls == [("save", 2)]


async def test_servers_that_run_a_release_prove_it_only_once_they_are_healthy(stage):
    stage.aws.become(servers=servers(4, "2", healthy=False), saved_version="2")
    with pytest.raises(RolloutError, match="0 of 4 servers became healthy"):
        await stage.roll.next(rollout(progress_deadline_seconds=60), OLD)
    assert stage.aws.calls == []


async def test_a_fleet_scaled_to_zero_while_it_is_waited_for_proves_nothing(stage):
    stage.aws.become(servers=servers(4, "2", healthy=False), saved_version="2")
    known, polls = stage.aws.group, iter(range(4))

    def group(name):
        if next(polls, None) is None:
            stage.aws.become(desired=0, servers=())
        return known(name)

    stage.aws.group = group
    with pytest.raises(RolloutError, match="is not proven: the group wants no server"):
        await stage.roll.next(rollout(), OLD)


async def test_a_rollout_whose_servers_all_left_before_one_was_healthy_proves_nothing(stage):
    def end(aws: Aws) -> None:
        aws.become(desired=0, servers=(), saved_version="2")
        aws.turn(Status.SUCCESSFUL, percentage=100)

    stage.aws.polls = [end]
    with pytest.raises(RolloutError, match="is not proven: no healthy server runs it"):
        await stage.roll.next(rollout(), OLD)


async def test_a_rollout_whose_servers_were_warm_before_the_fleet_was_scaled_to_zero_is_proven(stage):
    def half(aws: Aws) -> None:
        aws.become(servers=(*servers(2, "1"), *servers(2, "2")))
        aws.turn(Status.IN_PROGRESS, percentage=50)

    def end(aws: Aws) -> None:
        aws.become(desired=0, servers=(), saved_version="2")
        aws.turn(Status.SUCCESSFUL, percentage=100)

    stage.aws.polls = [half, end]
    await stage.roll.next(rollout(), OLD)
    assert stage.console.said[-1].startswith("web: rolled to")


async def test_a_rollout_that_met_only_protected_servers_proves_nothing(stage):
    stage.aws.become(servers=(*servers(3, "1", protected=True), *servers(1, "1")))

    def end(aws: Aws) -> None:
        aws.become(servers=servers(4, "1", protected=True), saved_version="2")
        aws.turn(Status.SUCCESSFUL, percentage=100)

    stage.aws.polls = [end]
    with pytest.raises(RolloutError, match="is not proven: no healthy server runs it"):
        await stage.roll.next(rollout(scale_in_protected="ignore"), OLD)


async def test_a_worker_is_not_proven_before_ec2_could_have_found_it_ill(stage):
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    began = stage.clock.now()
    await stage.roll.first(rollout())
    assert stage.clock.now() - began == STATUS_CHECK_SECONDS


async def test_a_worker_that_falls_ill_while_it_is_checked_is_not_proven(stage):
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    known, polls = stage.aws.group, iter(range(6))

    def group(name):
        if next(polls, None) is None:
            stage.aws.become(servers=servers(4, "2", healthy=False))
        return known(name)

    stage.aws.group = group
    with pytest.raises(RolloutError, match="0 of 4 servers became healthy"):
        await stage.roll.first(rollout(progress_deadline_seconds=60))


async def test_the_same_number_of_another_template_is_not_the_release(stage):
    stage.aws.become(template="lt-theirs", saved_version="2", servers=servers(4, "2", template="lt-theirs"))
    stage.aws.polls = [succeed_on_ours]
    await stage.roll.first(rollout())
    assert stage.aws.did("start") == [(2,)]


def succeed_on_ours(aws: Aws) -> None:
    aws.become(template="lt-1")
    succeed(aws)


async def test_a_refresh_of_somebody_else_that_begins_after_ours_succeeded_leaves_the_record_alone(stage):
    def end(aws: Aws) -> None:
        succeed(aws)
        aws.history.append(aws.history.pop(0))
        aws.history.insert(0, running("r-9", "3"))

    known = stage.aws.refresh

    def refresh(group, identity):
        return known(group, identity)

    stage.aws.refresh = refresh
    stage.aws.polls = [end]
    with pytest.raises(BusyError, match="AWS reports success, but refresh r-9 to template version 3 has begun since"):
        await stage.roll.next(rollout(), OLD)


async def test_a_refresh_of_somebody_else_that_ended_after_ours_succeeded_leaves_the_record_alone(stage):
    def end(aws: Aws) -> None:
        succeed(aws)
        aws.become(servers=(*servers(1, "3"), *servers(3, "2")), saved_version="3")

    stage.aws.polls = [end]
    with pytest.raises(RolloutError, match="1 servers do not run"):
        await stage.roll.next(rollout(), OLD)


async def test_a_template_that_launches_another_image_is_not_recorded_under_the_pinned_one(stage):
    stage.aws.become(servers=servers(4, "2"), saved_version="2")
    stage.aws.template_data = lambda template, version: {"InstanceType": "t3.small", "ImageId": "ami-other"}
    with pytest.raises(RolloutError, match=r"launches image ami-other, but the record would name web 1\.5\.0"):
        await stage.roll.first(rollout())
    stage.aws.become(servers=servers(4, "1"), saved_version="1")
    with pytest.raises(PreflightError, match="launches image ami-other"):
        await stage.roll.next(rollout(), OLD)
    assert IMAGE.id != "ami-other"


@pytest.mark.parametrize("launches", [Launches.MIXED, Launches.BY_ATTRIBUTES, Launches.CONFIGURATION])
@pytest.mark.parametrize("first", [True, False])
async def test_a_group_the_gate_does_not_understand_is_refused_before_anything_is_touched(stage, launches, first):
    stage.aws.become(launches=launches, servers=servers(4, "2"))
    stage.aws.history = [running("r-7", None)]
    with pytest.raises(PreflightError, match=f"launches its servers from {launches}"):
        await (stage.roll.first(rollout()) if first else stage.roll.next(rollout(), OLD))
    assert stage.aws.calls == []
    assert stage.aws.kept == {}


async def test_a_rollout_over_servers_that_never_proved_their_release_is_not_rolled_back_to_it(stage):
    stage.aws.become(servers=servers(4, "3", healthy=False), saved_version="3")
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), OLD)
    assert not stage.aws.started[0].auto_rollback
    assert "which is not proven and runs on no healthy server" in stage.console.warned[0]


async def test_a_sick_fleet_of_the_proven_release_can_still_be_rolled_back_to(stage):
    stage.aws.become(servers=servers(4, "1", healthy=False))
    stage.aws.polls = [succeed]
    await stage.roll.next(rollout(), OLD)
    assert stage.aws.started[0].auto_rollback
