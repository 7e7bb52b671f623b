"""No flag of Pulumi's loses data or takes prod down: commands, flags and changes of the program, a printed matrix."""

import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from strata.engine.engine_run import EngineResult
from strata.engine.pulumi_cli import cli_version
from strata.guard.plan_preview import OPTIONS, plan_of
from strata.guard.terms import PlanTerms
from strata.guard.verdict import judge
from strata.settings.dates import today
from strata.spectrum import Verdict
from strata.stage import Stage
from tests.all_pages import all_pages
from tests.integration.support import Trial, routed

SMALL = {"strata:network": {"zones": 2, "nat": "one"}}
IGNORE_PROTECT_SINCE = (3, 256, 0)

GONE = {
    *("DeleteParameter", "DeletePolicy", "DeleteScheduledAction", "DeleteLifecycleHook", "DeleteAlarms"),
    *("DeleteSubscription", "DeleteRolePolicy", "DetachRolePolicy"),
}
"""What cannot be held, as docs/protection.md says: nothing that serves stands on it before the next `up`."""


@dataclass(frozen=True)
class Cell:
    """One run.

    Args:
        command: `up` or `destroy`.
        shape: what has become of the program.
        flags: those of the command; `group`, `balancer` and `database` stand for URNs.
        unprotected: whether `pulumi state unprotect --all` came before.
    """

    command: str
    shape: str = "as it is"
    flags: Sequence[str] = ()
    unprotected: bool = False

    def __str__(self) -> str:
        unprotected = "state unprotect --all, " if self.unprotected else ""
        return f"{unprotected}{' '.join([self.command, *self.flags])}, program {self.shape}"


IGNORE = ("--ignore-protect",)
SHAPES = {
    "as it is": "as it is",
    "removed": "empty",
    "renamed": "renamed without an alias",
    "moved": "moved without an alias",
}
TARGETS = ("group", "balancer", "database")
CELLS = [
    *(Cell("destroy", flags=flags) for flags in ((), IGNORE, ("--exclude-protected",))),
    Cell("destroy", unprotected=True),
    *(Cell("destroy", flags=(*IGNORE, "--target", each, "--target-dependents")) for each in TARGETS),
    *(Cell("up", shape, flags) for shape in SHAPES for flags in ((), IGNORE)),
    *(Cell("up", shape, unprotected=True) for shape in SHAPES),
    *(Cell("up", "removed", (*IGNORE, "--target", each, "--target-dependents")) for each in TARGETS),
    *(Cell("up", flags=(*IGNORE, "--replace", each)) for each in TARGETS),
]


OTHER_BALANCER = Cell("up", flags=(*IGNORE, "--replace", "balancer"))
"""The one run that takes something away from who still asks the old load balancer: its rules go to the new one."""


@dataclass
class Outcome:
    """What a run did.

    Args:
        ended: how the engine ended.
        deleted: calls that deleted something, and were not refused.
        refused: deletes that AWS refused.
        missing: what serves or holds data and is no longer there.
    """

    ended: str
    deleted: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    missing: set[str] = field(default_factory=set[str])

    def lost(self, cell: Cell) -> set[str]:
        """What must not go, but for what docs/protection.md says of this run."""
        rules = {each for each in self.missing if ":listener-rule/" in each} if cell == OTHER_BALANCER else set[str]()
        return (self.missing - rules) | (self.deleted - GONE - ({"DeleteRule"} if rules else set()))


def is_delete(action: str) -> bool:
    words = ("Delete", "DELETE ", "Terminate", "Disassociate", "Detach", "Release", "Schedule", "Revoke", "Deregister")
    return action.startswith(words)


def outcome(trial: Trial, result: EngineResult, before: set[str]) -> Outcome:
    calls = [event for event in trial.history.events if event["kind"] == "api" and is_delete(event["action"])]
    return Outcome(
        ended="done" if result.ok else result.reason.splitlines()[0][:90],
        deleted={each["action"] for each in calls if "error" not in each},
        refused={each["action"] for each in calls if "error" in each},
        missing=before - there(trial),
    )


def there(trial: Trial) -> set[str]:
    """What serves and what holds data, as AWS has it."""
    client = trial.site.client
    found = {each["LoadBalancerArn"] for each in all_pages(client("elbv2"), "describe_load_balancers")}
    for balancer in set(found):
        listeners = client("elbv2").describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        found |= {each["ListenerArn"] for each in listeners}
        for each in listeners:
            found |= {
                rule["RuleArn"] for rule in client("elbv2").describe_rules(ListenerArn=each["ListenerArn"])["Rules"]
            }
    groups = all_pages(client("autoscaling"), "describe_auto_scaling_groups")
    found |= {each["AutoScalingGroupName"] for each in groups}
    found |= {server["InstanceId"] for each in groups for server in each["Instances"]}
    ec2 = client("ec2")
    found |= {each["NatGatewayId"] for each in all_pages(ec2, "describe_nat_gateways") if each["State"] == "available"}
    for table in all_pages(ec2, "describe_route_tables"):
        found |= {f"{table['RouteTableId']} {each.get('DestinationCidrBlock')}" for each in table["Routes"]}
    for wall in all_pages(ec2, "describe_security_groups"):
        found |= {f"{wall['GroupId']} {each['FromPort']}" for each in wall["IpPermissions"] if "FromPort" in each}
    found |= {each["DBInstanceIdentifier"] for each in all_pages(client("rds"), "describe_db_instances")}
    found |= {each["Name"] for each in all_pages(client("s3"), "list_buckets")}
    keys = [each["KeyId"] for each in all_pages(client("kms"), "list_keys")]
    return found | {key for key in keys if client("kms").describe_key(KeyId=key)["KeyMetadata"]["Enabled"]}


def urns(trial: Trial) -> Mapping[str, str]:
    types = {
        "group": "aws:autoscaling/group:Group",
        "balancer": "aws:lb/loadBalancer:LoadBalancer",
        "database": "aws:rds/instance:Instance",
    }
    return {
        name: each["urn"]
        for name, kind in types.items()
        for each in trial.engine().state.resources()
        if each["type"] == kind
    }


@contextmanager
def restored(trial: Trial) -> Generator[None]:
    """What a run does to the state is undone."""
    file = trial.engine().state.file
    state = file.read_bytes()
    try:
        yield
    finally:
        trial.extra["trial:shape"] = SHAPES["as it is"]
        file.write_bytes(state)


async def run(trial: Trial, cell: Cell) -> Outcome:
    known = urns(trial)
    with restored(trial):
        if cell.unprotected:
            await trial.engine()._expect(["state", "unprotect", "--all", "--yes", "--stack", trial.stack])
        trial.extra["trial:shape"] = SHAPES[cell.shape]
        before = there(trial)
        trial.mark()
        flags = [known.get(each, each) for each in cell.flags]
        result = await (await trial.engine().start(cell.command, flags)).result()
        assert "unknown flag" not in result.stderr, result.stderr
        return outcome(trial, result, before)


def row(cell: Cell, found: Outcome) -> str:
    """What a run did, as a line of the printed matrix."""
    kept = f"AWS refused {', '.join(sorted(found.refused))}" if found.refused else "nothing was tried"
    gone = f"gone: {', '.join(sorted(found.deleted))}" if found.deleted else kept
    missing = f" {sorted(found.missing)}" if found.missing else ""
    return f"{'LOST' if found.lost(cell) else 'kept':<5} {cell}: {found.ended}; {gone}{missing}\n"


@pytest.mark.parametrize("stage", ["prod"])
async def test_no_flag_loses_data_or_takes_prod_down(new_trial: Any, stage: str):
    trial: Trial = new_trial({"web": routed(10)}, program="tiers", stage=stage, extra=dict(SMALL))
    assert cli_version(trial.site.cli.path) >= IGNORE_PROTECT_SINCE, "an older CLI has no --ignore-protect to try"
    done = await trial.up()
    assert done.ok, done.reason
    outcomes: dict[Cell, Outcome] = {}
    for cell in CELLS:
        outcomes[cell] = found = await run(trial, cell)
        sys.stdout.write(row(cell, found))
    lost = {str(cell): found.lost(cell) for cell, found in outcomes.items()}
    assert {cell: what for cell, what in lost.items() if what} == {}
    assert any("DeleteAutoScalingGroup" in found.refused for found in outcomes.values()), "AWS itself holds the group"


WITHOUT: Mapping[Cell, bool] = {
    Cell("destroy", "without Strata, protected by Pulumi"): True,
    Cell("destroy", "without Strata, protected by Pulumi", ("--exclude-protected",)): True,
    Cell("destroy", "without Strata, protected by Pulumi", IGNORE): False,
}
"""Runs on a program that protects everything as Pulumi does it, in this order, and whether everything is kept."""

PLANS_WITHOUT: Final = (
    Cell("preview", "removed"),
    Cell("preview", "removed", ("--target", "database", "--target-dependents")),
    Cell("preview", "as it is", ("--replace", "database")),
    Cell("preview", "as it is", ("--replace", "balancer")),
    Cell("preview", "removed", unprotected=True),
)
"""What `--ignore-protect` or `state unprotect --all` would let through: the guard refuses each plan before."""

WHY: Final = """\
Without Strata one flag opens the only lock there is: a program has no protect, retainOnDelete or deletion protection
but what it sets itself, and Pulumi's protect, the one that is usually set, is what --ignore-protect and
`pulumi state unprotect --all` take away. What the engine then deletes is gone. Only the guard is in the way before.
"""


async def judged(trial: Trial, cell: Cell) -> set[Verdict]:
    """What the guard says of a plan for a program without Strata; nothing is done."""
    known = urns(trial)
    with restored(trial):
        if cell.unprotected:
            await trial.engine()._expect(["state", "unprotect", "--all", "--yes", "--stack", trial.stack])
        trial.extra["trial:edition"] = 0 if cell.shape == "removed" else 1
        flags = [known.get(each, each) for each in cell.flags]
        result = await (await trial.engine().start(cell.command, [*flags, *OPTIONS])).result()
        trial.extra["trial:edition"] = 1
    return {each.verdict for each in judge(plan_of(result), PlanTerms(Stage.PROD, today())).findings}


async def test_without_strata_one_flag_takes_everything_and_only_the_guard_says_so_before(new_trial: Any):
    trial: Trial = new_trial({}, program="plain", extra={"trial:edition": 1, "trial:protected": "true"})
    done = await trial.up()
    assert done.ok, done.reason
    data = {"DeleteDBInstance", "DeleteLoadBalancer", "ScheduleKeyDeletion"}
    previewed = await (await trial.engine().start("destroy", ["--preview-only", *IGNORE, *OPTIONS])).result()
    judgement = judge(plan_of(previewed, destroy=True), PlanTerms(Stage.PROD, today()))
    assert judgement.complete, judgement.errors
    assert {each.verdict for each in judgement.findings} == {Verdict.REFUSE}
    sys.stdout.write(WHY)
    for cell in PLANS_WITHOUT:
        verdicts = await judged(trial, cell)
        refused = "refused" if Verdict.REFUSE in verdicts else "passed"
        sys.stdout.write(f"{refused} {cell}: by the guard, before anything is done\n")
        assert Verdict.REFUSE in verdicts, cell
    for cell, kept in WITHOUT.items():
        before = there(trial)
        trial.mark()
        found = outcome(trial, await (await trial.engine().start(cell.command, list(cell.flags))).result(), before)
        sys.stdout.write(row(cell, found))
        assert (not found.lost(cell)) is kept, cell
        assert kept or data <= found.deleted
