"""What is run to see what is asked: a line for every command, and everything that `pulumi up` does by itself."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from strata.aws.facts.database_engines import ENGINES, DatabaseEngine
from strata.components.database.instance_changes import Calls, Takeover, Upgrade, raise_replicas, take_over
from strata.components.secret import ensure_value
from strata.errors import PreflightError
from strata.images.image_scan import ScanLimits
from strata.images.image_trust import ImageTerms
from strata.rollout.freeze_guard import FreezeGuard
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.tasks.task_deployer import TaskDeployer
from strata.settings.models import FreezeSettings
from strata.settings.models.secret import GeneratedSettings
from tests.contract.permissions.account import Account
from tests.contract.permissions.recorder import Recorder
from tests.integration.support.faulty_proxy import Answer, FaultyProxy
from tests.integration.support.gate_weather import POLL_SECONDS
from tests.integration.support.server_world import SERVER_CALLS, ServerWorld
from tests.integration.support.task_world import TASK_CALLS, TaskWorld
from tests.unit.rehearsal.cloud.conftest import Aws

__all__ = ["BY_COMMANDS", "RUNS", "WITHOUT_RUN", "Run", "runs_of_up"]


@dataclass(frozen=True)
class Run:
    """A command that is run.

    Args:
        command: its name in COMMANDS of docs/permission_roles.py.
        line: what is typed after `strata`; {first} and {second} are the ids of the two images.
        ends_with: its exit code.
        before: what happens before it.
    """

    command: str
    line: str
    ends_with: int = 0
    before: Callable[[Account], Any] = field(default=lambda _: None)


FRESH = Account.let_a_fresh_server_come

RUNS = (
    Run("doctor", "doctor servers --aws"),
    Run("explain", "explain servers"),
    Run("rollout status", "rollout status servers"),
    Run("rollout status", "rollout status tasks"),
    Run("rollout status", "rollout status later"),
    Run("rollout plan", "rollout plan servers"),
    Run("rollout plan", "rollout plan tasks"),
    Run("drift", "drift servers", 5),
    Run("drift", "drift tasks", 5),
    Run("drift --deep", "drift servers --deep", 5, Account.let_servers_have_tags),
    Run("drift --notify SNS_ARN", "drift servers --notify {topic}", 5),
    Run("drift --notify SNS_ARN", "drift tasks --notify {topic}", 5),
    Run("drift --record KEY", "drift servers web --record group-settings:web/MaxSize --reason agreed --expires 7d"),
    Run(
        "drift --record KEY",
        "drift tasks web --record service-settings:web/bakeTimeInMinutes --reason agreed --expires 7d",
    ),
    Run("drift", "drift tasks --ignore tags", 5),
    Run("break-glass open", "break-glass open servers {standing} --reason hangs"),
    Run("break-glass open", "break-glass open servers {serving} --reason hangs --in-service", 0, FRESH),
    Run("break-glass open", "break-glass open tasks {task} --reason hangs"),
    Run("rollout status", "rollout status tasks"),
    Run("break-glass list", "break-glass list servers"),
    Run("break-glass list", "break-glass list tasks"),
    Run("break-glass close", "break-glass close tasks {task} --no-change looked", 0, Account.want_two_tasks),
    Run("break-glass close", "break-glass close servers {standing} --no-change looked", 0, Account.want_one_task),
    Run("break-glass list", "break-glass list servers", 0, Account.end_a_server),
    Run("break-glass close", "break-glass close servers {serving} --no-change looked"),
    Run("rollout watch", "rollout watch servers", 0, FRESH),
    Run("rollout watch", "rollout watch tasks"),
    Run("audit", "audit servers"),
    Run("audit", "audit tasks"),
    Run("rollout history", "rollout history servers web"),
    Run("rollout history", "rollout history tasks web"),
    Run("image list", "image list servers"),
    Run("image list", "image list tasks"),
    Run("image list", "image list tasks", before=Account.keep_without_a_version),
    Run("image prune", "image prune servers --min-age 1s", before=lambda account: account.aws.wait(60)),
    Run("image prune", "image prune tasks --min-age 1s"),
    Run("image prune --apply", "image prune servers --min-age 1s --apply"),
    Run("image prune --apply", "image prune tasks --min-age 1s --apply"),
    Run("rollout plan", "rollout plan servers", 0, Account.freeze_servers),
    Run("image pin", "image pin servers web 3.1.0"),
    Run("image promote", "image promote next web --from servers", before=Account.let_images_be_deregistered),
    Run("image promote", "image promote other web --from servers"),
    Run("image promote", "image promote strange web --from servers", 3, Account.hide_images),
    Run("image promote", "image promote later web --from tasks"),
    Run("rollout refresh", "rollout refresh servers web"),
    Run("rollout refresh", "rollout refresh tasks web"),
    Run("drift --heal", "drift servers --heal", 5, Account.take_a_server_out),
    Run("drift --heal", "drift tasks --heal", 5, Account.take_a_task_out),
    Run("drift --heal", "drift tasks --heal", 1, Account.swap_a_task),
    Run("rollout rollback", "rollout rollback servers web --to 3.0.0"),
    Run("rollout rollback", "rollout rollback tasks web --to 1.9.0", before=Account.forget_the_last_gate),
    Run("rollout rollback --now", "rollout rollback servers web --now", before=Account.release_again),
    Run("rollout rollback --now", "rollout rollback tasks web --now", before=Account.forget_the_last_gate),
    Run("image unveto", "image unveto servers web 3.1.0", before=Account.veto_as_another_version),
    Run("image revoke", "image revoke web 1.9.0 --reason bad --stack tasks"),
    Run("image revoke", "image revoke web 3.1.0 --reason bad --stack servers"),
    Run("image revoke", "image revoke old 1.0.0 --reason bad --stack servers --disable"),
    Run("image unrevoke", "image unrevoke old 1.0.0 --reason good --stack servers"),
    Run("image bake", "image bake servers base 1.5.0 --watch"),
    Run("image bake", "image bake servers base 1.6.0 --watch", 1, Account.let_a_build_fail),
    Run("image bake", "image bake servers base 1.7.0 --watch", 1, Account.want_another_key),
    Run("image add", "image add servers base --manifest {manifest}", before=Account.bake_by_packer),
    Run("image add", "image add servers base --manifest {manifest}", 3, Account.be_late_with_a_version),
    Run("image status", "image status servers base"),
    Run("image status", "image status servers"),
    Run("image status", "image status servers base", before=Account.bake_from_an_image_of_aws),
    Run("image diff", "image diff servers base 1.0.0 1.1.0"),
    Run("backup drill", "backup drill servers orders"),
    Run("assess", "assess servers", 5),
    Run("assess", "assess servers --group legacy", 5, Account.make_a_legacy_group),
)
"""In this order, on one account. Each command that asks AWS has at least one, and together they use every row."""

WITHOUT_RUN = {
    "guard": "it asks nothing itself; what the preview asks that it runs is recorded as `pulumi preview`",
    "image packer": "it reads files",
    "init": "it writes files",
    "rehearse": "it asks the local AWS",
    "schema": "it prints what it knows",
    "spectrum": "it runs the program, under mocks",
}
"""Commands that are not run here, and why nothing is missed by that."""

BY_COMMANDS = {"CreateLaunchTemplateVersion", "RegisterTaskDefinition", "ListClusters", "ListServices"}
"""Operations in the table of the gate's calls that only commands make."""


class _Servers(ServerWorld):
    recorder: Recorder

    def client(self, service: str) -> Any:
        return self.recorder.client(service)


class _Tasks(TaskWorld):
    recorder: Recorder

    def client(self, service: str) -> Any:
        return self.recorder.client(service)


def runs_of_up(aws: Aws, recorder: Recorder) -> Iterator[tuple[str, Callable[[], Awaitable[Any]]]]:
    """Who asks, and what makes it ask: previews, rollouts, every call of a gate, databases and secrets.

    Args:
        aws: the local AWS.
        recorder: makes the clients.
    """
    proxy = FaultyProxy("", lambda *_: Answer(500, {}, b""))
    _Servers.recorder = _Tasks.recorder = recorder
    aws.alarm()
    aws.ssm.put_parameter(Name="/strata/there", Type="String", Value="yes")
    servers, tasks = _Servers(aws, proxy), _Tasks(aws, proxy)
    yield from _previews(servers, tasks)
    yield from _frozen(servers)
    yield "pulumi up", servers.roll_good
    yield "pulumi up", tasks.roll_good
    for world, rows in ((servers, SERVER_CALLS), (tasks, TASK_CALLS)):
        for row in rows.rows:
            asked = {each.partition(":")[2] for each in recorder.by("pulumi up")}
            if row.action not in asked | BY_COMMANDS:
                any_world: Any = world
                yield "pulumi up", partial(row.ask, any_world)
    yield from _newest(servers, tasks)
    yield from _hooks(aws, recorder)


def _frozen(servers: _Servers) -> Iterator[tuple[str, Callable[[], Awaitable[Any]]]]:
    """Of another release while a window is open: has it run before?"""
    window = FreezeSettings(reason="the sale", start="2001-01-01", until="2999-12-31")
    rolled = servers.rollout()
    recorded: Any = rolled.release
    guard = FreezeGuard(replace(rolled.spec, freezes=(window,)), servers.deployer, servers.aws.clock, servers.console)

    async def refused() -> None:
        try:
            await guard.heed(DesiredRelease("web", recorded.image, "another"), recorded)
        except PreflightError:
            return
        raise AssertionError("a window is open, and it was let through")

    for caller in ("pulumi preview", "pulumi up"):
        yield caller, refused


def _newest(servers: _Servers, tasks: _Tasks) -> Iterator[tuple[str, Callable[[], Awaitable[Any]]]]:
    """Of a release that something else is newer than: what the engine's state has after a rollback without it."""
    before: Any = servers.rollout().release
    servers.aws.ec2.create_launch_template_version(
        LaunchTemplateId=before.template, LaunchTemplateData={"ImageId": "ami-0123456789abcdef0"}
    )
    older, _ = tasks.some_rollout(), tasks.next_rollout()
    deployer = TaskDeployer(tasks.calls, tasks.aws.clock, tasks.console, POLL_SECONDS)
    any_release: Any = older.release
    yield "pulumi up", partial(servers.deployer.made_newest, "web", before)
    yield "pulumi up", partial(deployer.made_newest, "web", any_release)


def _previews(servers: _Servers, tasks: _Tasks) -> Iterator[tuple[str, Callable[[], Awaitable[Any]]]]:
    image: Any
    rolled = servers.rollout()
    image, release = rolled.release.image, rolled.release
    desired = DesiredRelease("web", image, release.digest, release.template, release.template_version)
    yield "pulumi preview", partial(servers.deployer.plan, rolled.spec, release, image=image, digest="another")
    yield "pulumi preview", partial(_kept, servers.deployer, rolled.spec, desired)
    wanted = tasks.some_rollout()
    deployer = TaskDeployer(tasks.calls, tasks.aws.clock, tasks.console, POLL_SECONDS)
    any_release: Any = wanted.release
    desired = replace(desired, fleet=tasks.service, task_definition=any_release.task_definition)
    yield (
        "pulumi preview",
        partial(deployer.plan, wanted.spec, any_release, image=wanted.release.image, digest="another"),
    )
    other: Any = replace(wanted.release.image, version="another", id=wanted.release.image.id[:-4] + "0000")
    yield "pulumi preview", partial(deployer.plan, wanted.spec, any_release, image=other, digest="another")
    yield "pulumi preview", partial(_kept, deployer, wanted.spec, desired)
    # of a service that is not there yet
    terms = ImageTerms(scan=ScanLimits(None, 30))
    for judge, spec, own in ((servers.deployer, rolled.spec, image), (deployer, wanted.spec, wanted.release.image)):
        any_spec: Any = replace(spec, terms=terms)
        yield "pulumi preview", partial(judge.judge, any_spec, own, {}, previews=True)


async def _kept(deployer: Any, spec: Any, desired: DesiredRelease) -> str | None:
    """As a gate asks for what the record keeps."""
    value, _number = await deployer.aws.recorded(spec.record)
    return await deployer.kept_value(spec, desired, value)


def _hooks(aws: Aws, recorder: Recorder) -> Iterator[tuple[str, Callable[[], Awaitable[Any]]]]:
    made = {"Engine": "postgres", "DBInstanceClass": "db.t4g.small", "AllocatedStorage": 20, "MasterUsername": "owner"}
    aws.rds.create_db_instance(
        DBInstanceIdentifier="orders",
        EngineVersion="16.3",
        ManageMasterUserPassword=True,
        BackupRetentionPeriod=1,
        **made,
    )
    empty, fresh = (aws.secretsmanager.create_secret(Name=name)["ARN"] for name in ("orders-password", "token"))
    calls = Calls(recorder.client, lambda: None, aws.clock)
    yield "pulumi up", partial(take_over, calls, Takeover("orders", empty, "orders"), print)
    # RDS refuses one before, for a primary whose password it keeps itself
    aws.rds.create_db_instance_read_replica(DBInstanceIdentifier="reader", SourceDBInstanceIdentifier="orders")
    upgrade = Upgrade("orders", ENGINES[DatabaseEngine.POSTGRES], "16.3", "16.4")
    yield "pulumi up", partial(raise_replicas, calls, upgrade, print)

    async def first_value() -> None:
        assert ensure_value(recorder.client("secretsmanager"), fresh, GeneratedSettings())

    yield "pulumi up", first_value
