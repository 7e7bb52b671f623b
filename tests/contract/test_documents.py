"""The JSON of all commands joins: one name for one thing, one type for one name, numbers as numbers, the same URNs."""

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from strata import testing
from strata.audit.audit_period import AuditPeriod
from strata.audit.change_events import events_of
from strata.audit.stack_audit import StackAudit
from strata.break_glass.closing import ClosedGlass
from strata.break_glass.opening import OpenedGlass
from strata.cli.image_prune import prune_document
from strata.cli.run import run
from strata.clock import ScaledClock
from strata.drift.drift_finding import DriftFinding, ServiceDrift, StackDrift, UnreadPart
from strata.drift.drift_kinds import DriftKind
from strata.engine.events import Changes
from strata.healing.fleet_look import FleetLook
from strata.healing.healing_outcome import HealedService, HealingOutcome, StackHealing
from strata.healing.healing_plan import plan_healing
from strata.healing.healing_rounds import HealingProgress
from strata.healing.replacement_batches import ReplacementTerms
from strata.images.baking.execution import Execution
from strata.images.baking.pipelines import ExecutionRow, OpenPipeline
from strata.images.baking.version_bake import BakeReport
from strata.images.image_contents import ContentChange, ContentDifference
from strata.images.pin_file import PinFile, PinKind
from strata.images.pipeline_record import PipelineRecord
from strata.images.verdicts import ImageVerdict
from strata.policy import Severity, Terms, judge
from strata.promotion.holders import Holder
from strata.promotion.image_list import ImageRow, PinRows
from strata.promotion.pin_change import PinChange
from strata.promotion.revoking import DisabledImages, Revocation
from strata.promotion.unrevoking import LiftedRevocation
from strata.pruning.keep_reasons import KeepReason, KeepWhy
from strata.pruning.prune_plan import PrunePlan, PruneRow, PruneTerms
from strata.pruning.removal import Removal
from strata.pruning.stored_images import StoredImage, StoredKind
from strata.resources.resource import Resource
from strata.restore_drill.databases import CopyCheck, Snapshot
from strata.restore_drill.drill import DrillReport
from strata.rollback.failed_rollouts import FailedRollout
from strata.rollback.fresh_roll import FreshPlan
from strata.rollback.past_fleets import UnfinishedRollout
from strata.rollback.past_releases import PastRelease, RecordHistory
from strata.rollback.rollback_pin import StackPin
from strata.rollback.rollback_plan import RollbackPlan
from strata.rollback.rollback_steps import RollbackReport
from strata.rollback.rollback_target import RollbackTarget
from strata.rollback.service_history import ServiceHistory
from strata.rollback.service_place import ServicePlace
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef, ServerRelease, TaskRelease
from strata.rollout.servers.live_servers import LiveServers
from strata.rollout.servers.preferences import Preferences
from strata.rollout.servers.rollout_plan import plan_rollout
from strata.rollout.servers.service_status import ServiceStatus
from strata.rollout.servers.views import FleetView, GroupView, RefreshView
from strata.rollout.service_plan import ServicePlan
from strata.rollout.tasks.deployment import DeploymentConfiguration, DeploymentStrategy
from strata.rollout.tasks.deployment_plan import plan_deployment
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.task_status import TaskStatus
from strata.rollout.tasks.task_views import ContainerServiceView, DeploymentView
from strata.stage import Stage
from strata_rehearsal.run.made_up_images import MadeUpImage
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome, RehearsalReport, RehearsedRollout, ServiceState
from strata_rehearsal.run.rollout_timeline import FleetSample, RolloutTimeline
from tests.unit.guard.plans import of_stack, printed, step
from tests.unit.rollback.test_rollback_plan import Group

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 28, 18, 52, tzinfo=UTC)

PIPELINE = PipelineRecord(
    name="web-image",
    app="web",
    pipeline="arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/web",
    recipe="1.2.3",
    base="ami-1",
    architecture="x86_64",
    region="eu-west-1",
    copies=(),
    accounts=(),
    encrypted_by={},
    log_group="/strata/shop/staging/images/web-image",
)

ANYTHING = {"value", "got", "expected", "found", "outputs"}
"""Keys of values as somebody else wrote them."""
TEXTS_OF_DIGITS = {"version", "from", "to", "commit", "account"}
"""Keys of names that may look like numbers."""
MOMENTS = {"at", "since", "started", "ended", "taken_at"}
SYNONYMS = {
    "class": "mutability",
    "same": "unchanged",
    "release": "version",
    "image": "image_id or image_name",
    "ami": "image_id",
    "account_id": "account",
    "errors_found": "errors",
}
"""Names that were used for what has another name elsewhere."""


def rehearsal() -> dict[str, Any]:
    timeline = RolloutTimeline(
        "web", "1.4.2", "1.5.0", (FleetSample(0, 2, 2, 0, 2), FleetSample(380, 2, 0, 2, 2)), 2, 3
    )
    return RehearsalReport(
        stack="staging",
        outcome=RehearsalOutcome.SUCCEEDED,
        seconds=12.34,
        endpoint="http://127.0.0.1:4711",
        region="eu-west-1",
        changes=Changes(updated=2, same=95),
        rollouts=(RehearsedRollout(timeline, "Successful", "", 2, id="r-1"),),
        services=(ServiceState("web", "web", "1.5.0", 2, 2),),
        outputs={},
        errors=(),
        made_up=(MadeUpImage("ami-0f3c51d29a7e84b61", "web", "1.5.0", "eu-west-1", "shop/staging"),),
        chart=Path("/shop/.strata/rollouts/staging/latest.svg"),
        findings=tuple(judge([template()], Terms(Stage.PROD, now=0.0, teardown=False))),
    ).document()


def template() -> Resource:
    kind = "aws:ec2/launchTemplate:LaunchTemplate"
    urn = f"urn:pulumi:staging::shop::{kind}::open"
    return Resource(type=kind, name="open", urn=urn)


def status() -> dict[str, Any]:
    image = ImageRef("web", "1.4.2", "ami-0f3c51d29a7e84b61")
    release = ServerRelease(group="web-1", template="lt-1", template_version=1, image=image, digest="0" * 12)
    group = GroupView.from_api(
        {
            "AutoScalingGroupName": "web-1",
            "AutoScalingGroupARN": "arn",
            "MinSize": 2,
            "MaxSize": 4,
            "DesiredCapacity": 2,
            "Instances": [],
        }
    )
    refresh = RefreshView.from_api(
        {
            "InstanceRefreshId": "r-1",
            "AutoScalingGroupName": "web-1",
            "Status": "InProgress",
            "StatusReason": "waiting",
            "PercentageComplete": 50,
            "InstancesToUpdate": 1,
            "StartTime": AT,
            "EndTime": AT,
        }
    )
    note = Note(image, release.digest, "r-1", AT.isoformat(), Phase.ROLLING, gives_up_after=1350)
    status = ServiceStatus(release, FleetView(group, frozenset({"i-1"})), note=note)
    found = LiveServers("web", status, refresh, "1.5.0", "no capacity", {"web-5xx": "OK"})
    return {"stack": "staging", "services": [found.document()], "break_glass": [GLASS.document(AT.timestamp())]}


def status_of_containers() -> dict[str, Any]:
    image = ImageRef("api", "2.7.0", "registry.example.com/api@sha256:" + "0" * 64)
    arn = "arn:aws:ecs:eu-west-1:123456789012:service/shop/api"
    release = TaskRelease(service=arn, task_definition="td:1", image=image, digest="0" * 12)
    service = ContainerServiceView.from_api(
        {
            "serviceArn": arn,
            "serviceName": "api",
            "clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop",
            "status": "ACTIVE",
            "desiredCount": 2,
            "runningCount": 2,
            "pendingCount": 0,
            "taskDefinition": "td:1",
        }
    )
    deployment = DeploymentView.from_api(
        {
            "serviceDeploymentArn": "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/api/1a2b",
            "status": "IN_PROGRESS",
            "statusReason": "waiting",
            "lifecycleStage": "PRODUCTION_TRAFFIC_SHIFT",
            "deploymentConfiguration": {"strategy": "CANARY"},
            "targetServiceRevision": {
                "runningTaskCount": 2,
                "requestedTaskCount": 2,
                "requestedProductionTrafficWeight": 10.0,
            },
            "createdAt": AT,
            "finishedAt": AT,
        }
    )
    note = Note(image, release.digest, deployment.arn, AT.isoformat(), Phase.ROLLING, gives_up_after=1350)
    status = TaskStatus(release, service, note=note)
    found = LiveTasks("api", status, deployment, "2.8.0", trouble="no capacity", alarms={"api-5xx": "OK"})
    return {"stack": "staging", "services": [found.document()]}


def drift() -> dict[str, Any]:
    finding = DriftFinding(
        DriftKind.IMAGE, "web", "i-1", "ami-1", "ami-2", "runs another image", "2026-11-28T18:52:00Z"
    )
    service = ServiceDrift("web", "1.4.2", 2, rolling=False, findings=(finding,), delegated=("one in standby",))
    unread = (UnreadPart("api", "its tasks", "they are not compared", "DescribeTasks"),)
    return StackDrift("staging", (service,), unread).document()


def healed() -> dict[str, Any]:
    different = DriftFinding(DriftKind.IMAGE, "web", "i-1", "ami-1", "ami-2", "runs another image")
    hand = DriftFinding(DriftKind.GROUP_SETTINGS, "web", "web", 4, 9, "has MaxSize 9, and the stack file wants 4")
    before = ServiceDrift("web", "1.4.2", 2, rolling=False, findings=(different, hand))
    terms = ReplacementTerms(desired=2, floor=2, ahead=1)
    look = FleetLook(members=frozenset({"i-1", "i-2"}), healthy=frozenset({"i-1", "i-2"}), terms=terms)
    plan = plan_healing(before, look, whole=False)
    progress = HealingProgress(["i-1"], [("i-1",)], 2, 5)
    after = ServiceDrift("web", "1.4.2", 2, rolling=False, findings=(hand,))
    done = HealedService(plan, HealingOutcome.REPLACED, progress, after=after)
    sound = ServiceDrift("api", "2.7.0", 2, rolling=False, findings=())
    idle = HealedService(plan_healing(sound, None, whole=False), HealingOutcome.NOTHING, HealingProgress())
    return StackHealing([done, idle], StackDrift("staging", (after, sound)), dry_run=False).document()


def plans() -> dict[str, Any]:
    plan = plan_rollout(2, Preferences(), boot_seconds=60)
    rolls = ServicePlan("web", "web: rolls", ("line",), rolls=True, before="1.4.2", after="1.5.0", plan=plan)
    first = ServicePlan("api", "api: first", (), rolls=True, after="2.7.0")
    return {"stack": "staging", "plans": [rolls.document(), first.document()]}


def plan_of_containers() -> dict[str, Any]:
    configuration = DeploymentConfiguration(DeploymentStrategy.CANARY, bake_minutes=5, canary_bake_minutes=5)
    plan = plan_deployment(2, configuration, boot_seconds=60)
    rolls = ServicePlan("api", "api: rolls", ("line",), rolls=True, before="2.7.0", after="2.8.0", plan=plan)
    return {"stack": "staging", "plans": [rolls.document()]}


def drill() -> dict[str, Any]:
    snapshot = Snapshot("rds:orders", "automated", AT)
    report = DrillReport("orders", "orders-1a2b3c4", snapshot, 5400, 600, (CopyCheck("version", "16.3", "16.3"),))
    return {"stack": "staging", **report.document()}


def image_list() -> dict[str, Any]:
    row = ImageRow(
        version="1.5.0",
        image_id="ami-0f3c51d29a7e84b61",
        made=AT.isoformat(),
        age_seconds=5400,
        exists=True,
        catalogued=True,
        pinned=True,
        recorded_for=("web",),
        deprecated=None,
        revoked="leaks (ann)",
        vetoes={"web": "slow"},
        labels=("1.5.0", "1.5.0-rc"),
        state="available",
    )
    rows = PinRows("web", PinKind.MACHINE, (row,), "nothing is known of its repository")
    return {"stack": "staging", "images": [rows.document()]}


def promotion() -> dict[str, Any]:
    proof = {
        "stack": "shop/qa",
        "release": "1.5.0",
        "digest": "7d0c2f1e5b9a4836",
        "image": "ami-0f3c51d29a7e84b61",
        "soaked": 5400,
        "by": "arn:aws:iam::123456789012:user/ann",
        "at": AT.isoformat(),
    }
    stack: Any = SimpleNamespace(stack="staging")
    file = PinFile(Path("Pulumi.staging.yaml"), b"")
    change = PinChange(
        stack, "web", PinKind.MACHINE, file, "1.5.0", "ami-0f3c51d29a7e84b61", {}, {"version": "1.4.2"}, proof
    )
    return change.document(written=True, dry_run=False)


def revocation() -> dict[str, Any]:
    verdict = ImageVerdict("leaks", "arn:aws:iam::123456789012:user/ann", AT.isoformat())
    holder = Holder("record", "/strata/shop/staging/web/release", "names ami-0f3c51d29a7e84b61")
    ids = ("ami-0f3c51d29a7e84b61",)
    found = Revocation("web", "1.5.0", "123456789012", "eu-west-1", ids, (), (holder,), verdict)
    return {"stack": "staging", **found.document(dry_run=False, disabled=DisabledImages())}


def lifted() -> dict[str, Any]:
    by = "arn:aws:iam::123456789012:user/ann"
    verdict = ImageVerdict("leaks", by, AT.isoformat(), ("ami-0f3c51d29a7e84b61",))
    noted = ImageVerdict("it was 1.4.0", by, AT.isoformat())
    states = {"ami-0f3c51d29a7e84b61": "available"}
    found = LiftedRevocation("web", "1.5.0", "123456789012", "eu-west-1", verdict, states, tuple(states), noted)
    return {"stack": "staging", **found.document(dry_run=False)}


GLASS = BreakGlass(
    service="web",
    unit="i-0f3c51d29a7e84b61",
    mode=GlassMode.STANDBY,
    phase=GlassPhase.CLOSED,
    reason="the queue hangs",
    by="arn:aws:iam::123456789012:user/ann",
    at="2026-11-28T18:52:00Z",
    until="2026-11-28T20:52:00Z",
    image_name="web",
    version="1.5.0",
    image_id="ami-0f3c51d29a7e84b61",
    place="web-1",
    closed_by="arn:aws:iam::123456789012:user/ann",
    closed_at="2026-11-28T19:52:00Z",
    fixed_in="1.5.1",
)


def let_in() -> dict[str, Any]:
    opened = OpenedGlass(GLASS, "aws ssm start-session --target i-0f3c51d29a7e84b61", prolonged=False, dry_run=False)
    return {"stack": "staging", **opened.document(AT.timestamp())}


def let_out() -> dict[str, Any]:
    closed = (ClosedGlass(GLASS, ended=True), ClosedGlass(GLASS, trouble="too few", fix="Wait.", exit_code=3))
    return {"stack": "staging", "dry_run": False, "closed": [each.document(AT.timestamp()) for each in closed]}


def pruned() -> dict[str, Any]:
    machine = StoredImage(
        kind=StoredKind.MACHINE,
        name="web",
        identity="ami-0f3c51d29a7e84b61",
        versions=("1.4.0",),
        made=AT.isoformat(),
        snapshots=("snap-0f3c51d29a7e84b61",),
    )
    kept = (KeepReason(KeepWhy.PINNED, "shop/staging pins it"),)
    free = PruneRow(machine, 5400, ("1.4.0",), "leaks (ann)")
    rows = (PruneRow(replace(machine, versions=()), None, kept=kept), free)
    stack: Any = SimpleNamespace(stack="staging")
    plan = PrunePlan(stack, "123456789012", "eu-west-1", PruneTerms(2_592_000.0, 5), rows, ("search: not known.",))
    removal = Removal(free, left=("snap-0f3c51d29a7e84b61",), trouble="DeleteSnapshot: InvalidSnapshot.InUse")
    return prune_document(plan, [removal], applies=True)


def place() -> ServicePlace:
    no_aws: Any = None
    return ServicePlace(
        "shop", "staging", no_aws, ScaledClock(1, 0.0), unread="there is no project here", service="web"
    )


def released(version: str, digest: str) -> PastRelease:
    image = ImageRef("web", version, "ami-0f3c51d29a7e84b61")
    release = ServerRelease(group="web-1", template="lt-1", template_version=1, image=image, digest=digest)
    return PastRelease(release, 7, AT, "arn:aws:iam::123456789012:user/ann", veto=ImageVerdict("slow"))


def past() -> ServiceHistory:
    record = RecordHistory(
        (released("1.5.0", "7d0c2f1e5b9a4836"), released("1.4.2", "0f3c51d29a7e84b6")), complete=True
    )
    failed = FailedRollout("r-1", "1.6.0", "RollbackSuccessful", "alarm web-5xx", AT, AT)
    return ServiceHistory(place(), record, None, None, (failed,))


def audit() -> StackAudit:
    period = AuditPeriod(AT - timedelta(days=1), AT + timedelta(days=1))
    events, gaps = events_of("web", past().record, past().failed, {}, {}, {})
    return StackAudit("shop", "staging", period, ("web",), ("api",), tuple(events), tuple(gaps))


def rolled_back() -> dict[str, Any]:
    newest, before = past().record.releases
    pin = StackPin(PinKind.MACHINE, "web", {"version": "1.4.2"}, PinFile(Path("Pulumi.staging.yaml"), b""))
    target = RollbackTarget(before, ((newest, "it is vetoed for this service: slow"),))
    away = UnfinishedRollout("r-2", None, "", forward=True)
    plan = RollbackPlan(past(), newest.release, newest.release, target, away, pin)
    veto = ImageVerdict("slow", "arn:aws:iam::123456789012:user/ann", AT.isoformat())
    return RollbackReport(plan, now=True, dry_run=False, recorded=before.release, veto=veto, pin_trouble="x").document()


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The document of every command, by its name; printed by the command itself where that needs no AWS."""
    project = tmp_path_factory.mktemp("shop")
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml", "__main__.py"):
        shutil.copy(ROOT / name, project / name)
    plan = project / "plan.json"
    plan.write_text(of_stack("staging", printed(step("replace", "database", "orders", reasons=("dbName",)))))
    broken = project / "Pulumi.broken.yaml"
    broken.write_text("config:\n  strata:stage: prd\n")

    def told(*arguments: str) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            printed_lines: list[str] = []
            patch.setattr("click.echo", lambda text="", **_: printed_lines.append(str(text)))
            run([*arguments, "-C", str(project), "--json"])
        return json.loads("\n".join(printed_lines))

    return {
        "explain": told("explain", "staging"),
        "spectrum": told("spectrum", "staging"),
        "guard": told("guard", "staging", "--plan", str(plan)),
        "doctor": told("doctor", "staging"),
        "rehearse --stop": told("rehearse", "staging", "--stop"),
        "an error": told("explain", "broken"),
        "rehearse": json.loads(json.dumps(rehearsal())),
        "rollout status": json.loads(json.dumps(status())),
        "rollout plan": json.loads(json.dumps(plans())),
        "drift": json.loads(json.dumps(drift())),
        "drift --heal": json.loads(json.dumps(healed())),
        "rollout status of containers": json.loads(json.dumps(status_of_containers())),
        "rollout plan of containers": json.loads(json.dumps(plan_of_containers())),
        "audit": json.loads(json.dumps(audit().document())),
        "rollout history": json.loads(json.dumps(past().document())),
        "rollout rollback": json.loads(json.dumps(rolled_back())),
        "rollout refresh": json.loads(
            json.dumps(
                FreshPlan(place(), released("1.5.0", "7d0c2f1e5b9a4836").release, None, Group()).document(
                    idle="the group wants no server", dry_run=False
                )
            )
        ),
        "image list": json.loads(json.dumps(image_list())),
        "image bake": json.loads(json.dumps(baked())),
        "image diff": {"stack": "staging", **json.loads(json.dumps(difference()))},
        "image status": json.loads(json.dumps(executions())),
        "image promote": json.loads(json.dumps(promotion())),
        "image revoke": json.loads(json.dumps(revocation())),
        "image prune": json.loads(json.dumps(pruned())),
        "image unrevoke": json.loads(json.dumps(lifted())),
        "break-glass open": json.loads(json.dumps(let_in())),
        "break-glass close": json.loads(json.dumps(let_out())),
        "break-glass list": {"stack": "staging", "notes": [json.loads(json.dumps(GLASS.document(AT.timestamp())))]},
        "backup drill": json.loads(json.dumps(drill())),
    }


def baked() -> dict[str, Any]:
    report = BakeReport(
        PIPELINE, "1.5.0", started=True, status="BAKED", execution="arn:1", images={"eu-west-1": "ami-1"}
    )
    return {"stack": "staging", **report.document(), "dry_run": False, "next": ["strata image pin staging web 1.5.0"]}


def difference() -> dict[str, Any]:
    change = (ContentChange("bash.x86_64", "5.2", None),)
    return {"pipeline": "web-image", "from": "1.4.0", "to": "1.5.0", **ContentDifference(change, change, ()).document()}


def executions() -> dict[str, Any]:
    execution = Execution("arn:1", "FAILED", "1.5.0", "0f1e", created=AT.isoformat(), failure="phase validate")
    opened: Any = SimpleNamespace(stack="staging", record=PIPELINE)
    return OpenPipeline.document(opened, [ExecutionRow(execution, noted=False, log=("refused",))])


def pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, however deep, but for what somebody else wrote."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            if key not in ANYTHING:
                yield from pairs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pairs(inner)


def kind(value: Any) -> str:
    for name, types in (("truth", bool), ("number", (int, float)), ("text", str), ("list", list), ("mapping", dict)):
        if isinstance(value, types):
            return name
    return "nothing"


def test_a_name_has_one_type_wherever_it_is(documents):
    seen: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for command, document in documents.items():
        for key, value in pairs(document):
            seen[key][kind(value)].add(command)
    mixed = {
        key: {name: sorted(commands) for name, commands in kinds.items()}
        for key, kinds in seen.items()
        if key not in ANYTHING and len(set(kinds) - {"nothing"}) > 1
    }
    assert mixed == {}


def test_a_number_is_a_number(documents):
    texts = [
        (command, key, value)
        for command, document in documents.items()
        for key, value in pairs(document)
        if key not in TEXTS_OF_DIGITS | ANYTHING and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
    ]
    assert texts == []


def test_one_thing_has_one_name(documents):
    found = [
        (command, key, f"call it {SYNONYMS[key]}")
        for command, document in documents.items()
        for key, _ in pairs(document)
        if key in SYNONYMS
    ]
    assert found == []


def test_every_document_names_its_stack_in_the_same_way(documents):
    named = {name: document.get("stack") for name, document in documents.items() if name != "an error"}
    assert set(named.values()) == {"staging"}


def test_what_is_said_of_a_service_can_be_joined_by_its_name(documents):
    lists = {
        "rehearse": ["services", "rollouts"],
        "rollout status": ["services"],
        "drift": ["services", "unread"],
        "drift --heal": ["services"],
        "rollout plan": ["plans"],
        "rollout status of containers": ["services"],
        "rollout plan of containers": ["plans"],
    }
    for command, keys in lists.items():
        for key in keys:
            assert all(isinstance(each["service"], str) for each in documents[command][key]), (command, key)
    (status_of_web,) = documents["rollout status"]["services"]
    (live,) = documents["rehearse"]["services"]
    assert {"service", "version", "image_name", "healthy", "desired"} <= set(status_of_web) & set(live)


def test_a_plan_and_the_rehearsal_that_measures_it_have_the_same_names(documents):
    (measured,) = documents["rehearse"]["rollouts"]
    planned, first = documents["rollout plan"]["plans"]
    same = {"from", "to", "floor", "ceiling", "lowest_healthy", "highest_total", "batches"}
    assert same <= set(measured) & set(planned)
    assert [kind(planned[key]) for key in ("floor", "ceiling", "batches", "estimated_seconds")] == ["number"] * 4
    assert set(planned) == set(first), "a document has the same keys whatever it says"


def test_a_rollout_of_a_rehearsal_is_found_again_in_the_status(documents):
    (rolled,) = documents["rehearse"]["rollouts"]
    (service,) = documents["rollout status"]["services"]
    assert rolled["id"] == service["refresh"]["id"]
    assert {"id", "status", "reason"} <= set(rolled) & set(service["refresh"])


def test_containers_are_described_as_servers_are_except_for_what_runs_them(documents):
    (servers,) = documents["rollout status"]["services"]
    (tasks,) = documents["rollout status of containers"]["services"]
    assert set(servers) - set(tasks) == {"group", "refresh"}
    assert set(tasks) - set(servers) == {"cluster", "service_arn", "deployment"}
    assert set(servers["refresh"]) - set(tasks["deployment"]) == {"to_replace"}
    assert (servers["unit"], tasks["unit"]) == ("servers", "tasks")
    planned, first = documents["rollout plan"]["plans"]
    (planned_tasks,) = documents["rollout plan of containers"]["plans"]
    assert set(planned) == set(first) == set(planned_tasks)


def test_drift_has_the_words_of_the_status_and_the_same_keys_whatever_it_says(documents):
    (service,), (status_of_web,) = documents["drift"]["services"], documents["rollout status"]["services"]
    assert {"service", "version", "unit", "rolling"} <= set(service) & set(status_of_web)
    (finding,), (unread,) = service["findings"], documents["drift"]["unread"]
    assert {key: kind(value) for key, value in finding.items()} == {
        **dict.fromkeys(("kind", "service", "subject", "expected", "found", "said", "since", "fix"), "text"),
        "healed_by_replacement": "truth",
    }
    assert set(unread) == {"service", "what", "why", "call"}
    assert set(service) == {"service", "version", "unit", "compared", "rolling", "findings", "delegated"}


def test_what_healing_came_to_has_the_keys_of_drift_and_the_same_ones_whatever_it_did(documents):
    healed, idle = documents["drift --heal"]["services"]
    (drifted,) = documents["drift"]["services"]
    assert set(healed) == set(idle)
    assert set(healed) - set(drifted) == {
        *("outcome", "why", "fix", "desired", "floor", "worn", "worn_batches", "by_rollout", "left_alone"),
        *("replaced_ids", "lowest_healthy", "looks"),
    }
    assert [each["id"] for each in healed["worn"]] == ["i-1"]
    assert (healed["worn_batches"], healed["replaced_ids"], healed["lowest_healthy"]) == ([["i-1"]], ["i-1"], 2)
    assert [each["kind"] for each in healed["left_alone"]] == ["group-settings"]


def test_what_is_said_of_a_resource_can_be_joined_by_its_urn(documents):
    resources = [each for tier in documents["spectrum"]["tiers"] for each in tier["resources"]]
    findings, policies = documents["guard"]["findings"], documents["rehearse"]["policies"]
    assert resources
    assert findings
    assert policies
    for each in (*resources, *findings, *policies):
        assert each["urn"].startswith("urn:pulumi:")
        assert each["urn"].endswith(f"{each['type']}::{each['name']}")
    assert {"mutability", "known_by"} <= set(resources[0]) & set(findings[0])
    assert {each["severity"] for each in policies} <= {severity.value for severity in Severity}


def test_moments_have_a_date_and_a_zone(documents):
    moments = [
        (command, key, value)
        for command, document in documents.items()
        for key, value in pairs(document)
        if key in MOMENTS and value is not None
    ]
    assert {key for _, key, _ in moments} == MOMENTS
    assert [each for each in moments if datetime.fromisoformat(each[2]).tzinfo is None] == []


def test_a_recorded_program_has_the_urns_of_the_engine():
    class Outer(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("shop:index:Outer", "a")
            Inner(pulumi.ResourceOptions(parent=self))

    class Inner(pulumi.ComponentResource):
        def __init__(self, opts: pulumi.ResourceOptions) -> None:
            super().__init__("shop:index:Inner", "b", None, opts)
            pulumi.CustomResource("shop:index:Leaf", "c", {}, pulumi.ResourceOptions(parent=self))

    graph = testing.run(Outer, project="shop", stack="prod")
    assert [each.urn for each in graph] == [
        "urn:pulumi:prod::shop::shop:index:Outer::a",
        "urn:pulumi:prod::shop::shop:index:Outer$shop:index:Inner::b",
        "urn:pulumi:prod::shop::shop:index:Outer$shop:index:Inner$shop:index:Leaf::c",
    ]


def test_the_report_of_a_prune_has_the_same_keys_whatever_it_says(documents):
    found = documents["image prune"]
    assert {key: kind(value) for key, value in found.items()} == {
        "stack": "text",
        "account": "text",
        "region": "text",
        "min_age_seconds": "number",
        "ways_back": "number",
        "stored": "list",
        "notes": "list",
        "dry_run": "truth",
    }
    stays, goes = found["stored"]
    assert set(stays) == set(goes)
    assert {key: kind(value) for key, value in goes.items()} == {
        "image_name": "text",
        "kind": "text",
        "version": "text",
        "image_id": "text",
        "made": "text",
        "age_seconds": "number",
        "snapshots": "list",
        "catalogued": "truth",
        "revoked": "text",
        "unneeded": "truth",
        "kept": "list",
        "removal": "mapping",
    }
    assert (stays["version"], stays["age_seconds"], stays["removal"]) == (None, None, None)
    assert stays["kept"] == [{"reason": "pinned", "text": "shop/staging pins it"}]
    assert {key: kind(value) for key, value in goes["removal"].items()} == {
        "gone": "truth",
        "left": "list",
        "trouble": "text",
    }
