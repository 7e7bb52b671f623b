"""What a rollout that fails leaves of its servers, on the local AWS: one at most, out of service, and none for ever."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.errors import RolloutError
from strata.naming import break_glass_name
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase, read_break_glass
from strata.rollout.record import DIGEST_TAG, ImageRef, ServerRelease
from strata.rollout.roll import Roll
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.keeping_calls import KEEPING_HOOK
from strata.rollout.servers.server_deployer import ServerDeployer
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.settings.models import HealthSettings, RolloutSettings
from tests.unit.rehearsal.cloud.conftest import NEW, OLD, Aws, aws, bare, clients
from tests.unit.rollout.stand_in import Memory

__all__ = ["aws", "bare", "clients"]

RECORD = "/strata/shop/prod/web/release"
RETAINS = {"RetentionTriggers": {"TerminateHookAbandon": "retain"}}
POLL = 15.0


class Service:
    """The service `web` of four servers, and gates that roll it."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.console = Memory()
        tags = [{"ResourceType": "instance", "Tags": [{"Key": DIGEST_TAG, "Value": value}]} for value in ("old", "new")]
        self.old = int(aws.version(OLD, TagSpecifications=[tags[0]]))
        self.new = int(aws.version(NEW, TagSpecifications=[tags[1]]))
        aws.group("web", version=str(self.old), InstanceLifecyclePolicy=RETAINS)
        aws.wait(200)

    @property
    def deployer(self) -> ServerDeployer:
        """That of a gate of its own, as each `up` has one."""
        calls = AsyncDriver(Driver(lambda service: getattr(self.aws, service)), lambda: None)
        return ServerDeployer(calls, self.aws.clock, self.console, POLL)

    def release(self, number: int, version: str, image: str, digest: str) -> ServerRelease:
        return ServerRelease(
            group="web",
            template=self.aws.template,
            template_version=number,
            image=ImageRef("web", version, image),
            digest=digest,
        )

    def rollout(self, **settings: Any) -> ServerRollout:
        terms = {"keep_failed": "2h", "bake_seconds": 0, "progress_deadline_seconds": 300, **settings}
        spec = ServerSpec(
            service="web",
            settings=RolloutSettings.model_validate({key: value for key, value in terms.items() if value is not None}),
            health=HealthSettings(),
            boot_seconds=60,
            drain_seconds=60,
            record=RECORD,
        )
        return ServerRollout(spec, self.release(self.new, "1.1.0", NEW, "new"), alarms=("web-5xx",))

    async def failed(self, deployer: ServerDeployer | None = None, **settings: Any) -> str:
        """Roll to the new release, which fails; gives the error."""
        roll = Roll(deployer or self.deployer, self.aws.clock, self.console, POLL)
        with pytest.raises(RolloutError) as error:
            await roll.next(self.rollout(**settings), self.release(self.old, "1.0.0", OLD, "old"))
        return error.value.message

    @property
    def kept(self) -> list[str]:
        """Ids of the servers that the group keeps."""
        found = self.aws.instances()
        return [each["InstanceId"] for each in found if each["LifecycleState"] == "Terminating:Retained"]

    @property
    def hooks(self) -> list[Any]:
        return self.aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="web")["LifecycleHooks"]

    def image_of(self, server: str) -> str:
        (found,) = [each for each in self.aws.instances() if each["InstanceId"] == server]
        return found["ImageId"]

    def noted(self, server: str) -> BreakGlass:
        value = self.aws.ssm.get_parameter(Name=break_glass_name(RECORD, server))["Parameter"]["Value"]
        found = read_break_glass(value)
        assert found is not None
        return found

    def write(self, note: BreakGlass) -> None:
        name = break_glass_name(RECORD, note.unit)
        self.aws.ssm.put_parameter(Name=name, Value=note.to_json(), Type="String", Overwrite=True)

    def targets(self) -> set[str]:
        found = self.aws.elbv2.describe_target_health(TargetGroupArn=self.aws.targets)["TargetHealthDescriptions"]
        return {each["Target"]["Id"] for each in found}


@pytest.fixture
def service(aws: Aws) -> Service:
    aws.alarm()
    return Service(aws)


def never_healthy(service: Service) -> None:
    service.aws.admin("fault", kind="unhealthy", image=NEW)


def alarmed(service: Service) -> None:
    service.aws.admin("fault", kind="alarm", image=NEW)


def crashing(service: Service) -> None:
    service.aws.admin("fault", kind="crash", image=NEW)


def no_capacity(service: Service) -> None:
    service.aws.admin("fault", kind="no-capacity", image=NEW)


FAILURES: Mapping[str, Any] = {
    "behind at least 100 %": (never_healthy, {"min_healthy_percent": 100, "max_healthy_percent": 150}, True),
    "all at once": (never_healthy, {"min_healthy_percent": 50, "max_healthy_percent": 150}, True),
    "without a surge": (never_healthy, {"min_healthy_percent": 50, "max_healthy_percent": 100}, True),
    "by an alarm": (alarmed, {"bake_seconds": 600}, True),
    "without going back": (never_healthy, {"auto_rollback": False}, True),
    "with nothing launched": (no_capacity, {}, False),
    "with nothing to be kept": (never_healthy, {"keep_failed": None}, False),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_rollout_that_fails_leaves_one_of_its_servers_at_most(service: Service, failure: str):
    fails, settings, leaves = FAILURES[failure]
    fails(service)
    said = await service.failed(**settings)
    assert len(service.kept) == leaves, said
    assert service.hooks == [], "nothing waits any more"
    service.aws.wait(1500)
    assert len(service.kept) == leaves, said
    if not leaves:
        assert ("no server of it is kept: AWS has launched none" in said) == (failure == "with nothing launched")
        return
    (kept,) = service.kept
    assert service.image_of(kept) == NEW, "no good one is kept"
    assert kept not in service.targets()
    note = service.noted(kept)
    assert (note.mode, note.phase, note.version) == (GlassMode.KEPT_FAILED, GlassPhase.OPEN, "1.1.0")
    assert f"its server {kept} is kept until {note.until}, out of service" in said
    assert f"ssm start-session --target {kept}" in said
    assert f"strata break-glass close prod {kept}" in said
    in_place = [each for each in service.aws.instances() if each["LifecycleState"] == "InService"]
    assert len(in_place) == 4, "it is beside those that are wanted"


async def test_of_servers_that_die_by_themselves_none_is_claimed_to_be_kept(service: Service):
    crashing(service)
    said = await service.failed(bake_seconds=300)
    assert len(service.kept) <= 1
    assert ("is kept until" in said) == bool(service.kept)
    assert ("no server of it is kept: all had ended before one could be" in said) != bool(service.kept)


async def test_of_a_rollout_that_succeeds_nothing_is_kept_and_no_server_waits(service: Service):
    roll = Roll(service.deployer, service.aws.clock, service.console, POLL)
    await roll.next(service.rollout(), service.release(service.old, "1.0.0", OLD, "old"))
    assert service.kept == []
    assert [each for each in service.aws.events("hook") if each["name"] == KEEPING_HOOK] == []


async def test_the_console_is_still_what_the_error_ends_with(service: Service):
    never_healthy(service)
    lines = (await service.failed()).splitlines()
    assert "which never got healthy" in next(each for each in lines if "last lines on the console" in each)
    assert lines[-1].startswith("    ")
    assert next(i for i, each in enumerate(lines) if "is kept until" in each) < len(lines) - 3


async def test_the_next_failure_ends_what_was_kept_before(service: Service):
    never_healthy(service)
    await service.failed()
    (first,) = service.kept
    await service.failed()
    service.aws.wait(300)
    (second,) = service.kept
    assert second != first
    closed = service.noted(first)
    assert (closed.phase, closed.closed_by) == (GlassPhase.CLOSED, "the rollout to 1.1.0")


async def test_what_somebody_was_let_into_is_theirs_and_is_not_ended_for_the_next(service: Service):
    never_healthy(service)
    await service.failed()
    (first,) = service.kept
    service.write(replace(service.noted(first), mode=GlassMode.STANDBY, by="ann"))
    await service.failed()
    service.aws.wait(300)
    assert first in service.kept
    assert len(service.kept) == 2


async def test_the_next_up_ends_it_when_its_time_is_over_and_not_before(service: Service):
    never_healthy(service)
    await service.failed()
    (kept,) = service.kept
    spec = service.rollout().spec
    await service.deployer.tidy(spec, "web")
    assert service.kept == [kept]
    service.aws.wait(7300)
    await service.deployer.tidy(spec, "web")
    service.aws.wait(300)
    assert service.kept == []
    assert service.noted(kept).closed_by == "the next `pulumi up`"
    assert len(service.aws.instances()) == 4, "nothing takes its place: it had none"


async def test_what_nobody_has_noted_is_said_with_how_to_end_it(service: Service):
    never_healthy(service)
    await service.failed()
    (kept,) = service.kept
    service.aws.ssm.delete_parameter(Name=break_glass_name(RECORD, kept))
    await service.deployer.tidy(service.rollout().spec, "web")
    assert any(
        f"group web keeps {kept}, and nothing says until when" in each
        and f"terminate-instance-in-auto-scaling-group --instance-id {kept}" in each
        for each in service.console.warned
    )


async def test_a_gate_that_dies_while_servers_wait_keeps_nothing(service: Service):
    never_healthy(service)
    gate = service.deployer
    rollout = service.rollout()
    facts = await gate.preflight(rollout)
    rolled = await gate.start(rollout, facts)
    service.aws.wait(100)
    await gate.stop(rollout, rolled)
    assert [each["LifecycleHookName"] for each in service.hooks] == [KEEPING_HOOK]
    service.aws.wait(3000)
    assert service.kept == []
    assert {each["ImageId"] for each in service.aws.instances()} == {OLD}
    await service.deployer.tidy(rollout.spec, "web")
    assert service.hooks == [], "the next `up` takes it away"


async def test_a_group_whose_policy_was_changed_keeps_nothing_and_the_error_says_so(service: Service):
    service.aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="web",
        InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
    )
    never_healthy(service)
    said = await service.failed()
    assert "no server of it is kept: group web does not keep servers: its lifecycle policy was changed by hand" in said
    assert service.kept == []
    assert service.hooks == []


@pytest.mark.parametrize("call", ["put_lifecycle_hook", "complete_lifecycle_action", "delete_lifecycle_hook"])
async def test_what_aws_refuses_of_it_changes_nothing_else(
    service: Service, call: str, monkeypatch: pytest.MonkeyPatch
):

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, call)

    never_healthy(service)
    gate = service.deployer
    monkeypatch.setattr(service.aws.autoscaling, call, refuse)
    said = await service.failed(gate)
    assert "was rolled back" in said
    monkeypatch.undo()
    service.aws.wait(1500)
    kept = service.kept
    assert len(kept) == (call == "delete_lifecycle_hook")
    assert ("no server of it is kept: " in said and "AccessDenied" in said) != bool(kept)


@pytest.mark.parametrize("least", [100, 75, 50])
@pytest.mark.parametrize("fails", [never_healthy, alarmed])
async def test_the_floor_holds_while_one_is_kept(
    service: Service, fails: Callable[[Service], None], least: int, monkeypatch: pytest.MonkeyPatch
):
    seen: list[int] = []

    async def sleep(seconds: float) -> None:
        """Look every five seconds from outside, whenever the gate looks."""
        for _ in range(max(1, int(seconds // 5))):
            service.aws.wait(5)
            seen.append(service.aws.health().count("healthy"))

    monkeypatch.setattr(service.aws.clock, "sleep", sleep)
    fails(service)
    said = await service.failed(min_healthy_percent=least, max_healthy_percent=100 + least // 2, bake_seconds=300)
    assert len(service.kept) == 1, said
    assert len(seen) > 20
    assert min(seen) >= 4 * least // 100
