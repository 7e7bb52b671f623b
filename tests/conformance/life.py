"""The life of a stack, from its first `up` to its end, through a given AWS plugin and the real engine.

The real provider waits for AWS at its own pace, in real seconds, so the story is told once and the tests look at what
was seen.
"""

import asyncio
import json
import logging
import re
import shutil
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest

from strata.engine.engine_run import EngineResult
from strata_rehearsal.cloud.cloud_process import CloudHandle, stop
from strata_rehearsal.run.conduct import rehearse
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome, RehearsalReport
from strata_rehearsal.run.rehearsal_setup import prepare
from strata_rehearsal.run.rehearsed_settings import read_settings
from strata_rehearsal.run.request import RehearsalRequest
from strata_rehearsal.workspace.stack_engine import StackEngine
from tests.all_pages import all_pages
from tests.conformance.leftovers import end_leftovers
from tests.conformance.lost_answers import heard

__all__ = [
    "REGION",
    "SPEED",
    "STACK",
    "BrokenOffError",
    "Chapter",
    "Life",
    "applied",
    "client",
    "live",
    "recorded",
    "taken_down",
    "told",
    "unheard",
    "whole_state",
]

T = TypeVar("T")

PROJECT = "conformance"
STACK = "live"
REGION = "eu-west-1"
SPEED = 600.0
"""Ten simulated minutes a second: what servers do is never what a step waits for."""
GONE = re.compile(r"NotFound(Exception)?: ")
"""How AWS says that there is nothing to delete."""


class BrokenOffError(Exception):
    """A story cannot go on: an `up` of it failed, for the reasons the rehearsal gave."""


@dataclass(frozen=True)
class Chapter:
    """One step of the story and what was there after it.

    Args:
        report: what the rehearsal says.
        servers: image by instance id, of the service `web`.
        saved: template version its group names.
        record: its release record.
        preview: of the same stack right after it, with a refresh, expecting no changes; not of every chapter, because
            each start of the real provider takes long.
    """

    report: RehearsalReport
    servers: Mapping[str, str]
    saved: int
    record: Mapping[str, Any]
    preview: EngineResult | None = None

    @property
    def told(self) -> str:
        """How it went, for the message of an assertion."""
        return _told(self.report)


@dataclass(frozen=True)
class Life:
    """The chapters in order, what the engine remembered before the end, how it ended, and which groups were left."""

    born: Chapter
    rolled: Chapter
    failed: Chapter
    reverted: Chapter
    tagged: Chapter
    state: Mapping[str, Any]
    destroyed: EngineResult
    left: Mapping[str, Any]


async def live(project: Path, provider: Path | None) -> Life:
    """Tell the whole story.

    Args:
        project: a copy of the program's folder; it is changed.
        provider: the Pulumi home whose aws plugin is used. None is the rehearsal's own.
    """
    story = _Story(project, provider)
    born = await story.chapter(then_preview=True)
    rolled = await story.chapter({"web": "1.1.0"})
    failed = await story.chapter({"web": "1.2.0"}, faults={"web": "unhealthy"})
    reverted = await story.chapter({"web": "1.1.0"})
    _add_tag(project / f"Pulumi.{STACK}.yaml")
    tagged = await story.chapter({"web": "1.1.0"}, then_preview=True)
    engine, cloud = await story.stage({"web": "1.1.0"})
    state = await whole_state(engine)
    _revoke_a_rule(cloud)
    destroyed = await taken_down(engine)
    return Life(born, rolled, failed, reverted, tagged, state, destroyed, cloud.state())


class _Story:
    def __init__(self, project: Path, provider: Path | None) -> None:
        self._project = project
        self._provider = provider

    async def chapter(
        self,
        images: Mapping[str, str] | None = None,
        *,
        faults: Mapping[str, str] | None = None,
        then_preview: bool = False,
    ) -> Chapter:
        report = await applied(self._request(images or {}, faults or {}))
        engine, cloud = await self.stage(images or {})
        preview = await engine.preview("--refresh", "--expect-no-changes", "--diff") if then_preview else None
        end_leftovers()
        group = _group(cloud)
        return Chapter(
            report=report,
            servers=_images(cloud, group),
            saved=int(group["LaunchTemplate"]["Version"]),
            record=recorded(cloud),
            preview=preview,
        )

    async def stage(self, images: Mapping[str, str]) -> tuple[StackEngine, CloudHandle]:
        request = self._request(images, {})
        return await prepare(request, read_settings(request), unheard)

    def _request(self, images: Mapping[str, str], faults: Mapping[str, str]) -> RehearsalRequest:
        return RehearsalRequest(
            self._project, STACK, images=images, faults=faults, speed=SPEED, plugins_of=self._provider
        )


@contextmanager
def told(program: Path, folder: Path, story: Callable[[Path], Coroutine[Any, Any, T]], *beside: Path) -> Generator[T]:
    """A story from its beginning to its end, in a copy of a project whose local AWS is stopped afterwards.

    Where it breaks off, every test about it says why in the rehearsal's own words. The traceback of the story would say
    where, a hundred times over. If it broke off because an answer was lost on its way, it is told once more, with
    another local AWS.

    Args:
        program: the project.
        folder: where the copies go.
        story: tells it in a copy, which it may change.
        beside: folders that every copy gets too.
    """
    with _copied(program, folder / "first", beside) as project:
        seen = _tell(story, project)
        if not isinstance(seen, _LostAnswer):
            yield seen
            return
    logging.getLogger(__name__).warning("told once more, since an answer was lost on its way: %s", seen.text)
    with _copied(program, folder / "second", beside) as project:
        seen = _tell(story, project)
        if isinstance(seen, _LostAnswer):
            pytest.fail(f"an answer was lost twice: {seen.text}", pytrace=False)
        yield seen


@dataclass(frozen=True)
class _LostAnswer:
    text: str


@contextmanager
def _copied(program: Path, folder: Path, beside: Iterable[Path]) -> Generator[Path]:
    project = shutil.copytree(program, folder / "project")
    for each in beside:
        shutil.copytree(each, project / each.name)
    try:
        yield project
    finally:
        stop(_cloud_of(project))


def _cloud_of(project: Path) -> Path:
    return project / ".strata" / "cloud"


def _tell(story: Callable[[Path], Coroutine[Any, Any, T]], project: Path) -> T | _LostAnswer:
    try:
        return asyncio.run(story(project))
    except BrokenOffError as why:
        end_leftovers()
        lost, printed = heard(_cloud_of(project))
        if lost:
            return _LostAnswer("; ".join([*lost, str(why)]))
        pytest.fail(f"{why}\n{printed}", pytrace=False)


async def applied(request: RehearsalRequest) -> RehearsalReport:
    """What a rehearsal says that something can come after.

    Raises:
        BrokenOffError: it failed otherwise than by rolling back, or was refused.
    """
    report = await rehearse(request, unheard, Unwatched())
    if report.outcome not in (RehearsalOutcome.SUCCEEDED, RehearsalOutcome.ROLLED_BACK):
        raise BrokenOffError(_told(report))
    return report


async def taken_down(engine: StackEngine) -> EngineResult:
    """How a stack ended, taken up once if all that went wrong is that something was gone already.

    The provider's SDK asks again when an answer is lost on the way, and is told that there is nothing to delete. For a
    listener the provider calls that a failure, at AWS itself too; the next run reads what is there first.
    """
    ended = await engine.destroy()
    if ended.ok or not all(GONE.search(error) for error in ended.errors):
        return ended
    end_leftovers()
    return await engine.destroy("--refresh")


def _told(report: RehearsalReport) -> str:
    outcome = f"{report.outcome.value} after {report.seconds:.0f} s: {report.changes}"
    return "\n".join((outcome, *report.errors))


class Unwatched:
    """Nobody looks at the rehearsal."""

    def say(self, severity: str, text: str) -> None:
        """The report repeats what matters."""

    def step(self, text: str) -> None:
        """The report says what was done."""

    def fleet(self, replay: Any) -> None:
        """The report has the lowest and the highest."""


def unheard(_text: str) -> None:
    """What takes long: nobody waits in front of a screen."""


async def whole_state(engine: StackEngine) -> Mapping[str, Any]:
    """What the engine remembers, its secrets shown: the provider keeps some of its own notes as secrets."""
    arguments = ["stack", "export", "--show-secrets", "--stack", STACK]
    return json.loads((await engine._expect(arguments)).stdout)


def client(cloud: CloudHandle, service: str) -> Any:
    """A client of boto3 for the local AWS."""
    return boto3.client(
        service,
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def _group(cloud: CloudHandle) -> Mapping[str, Any]:
    groups = all_pages(client(cloud, "autoscaling"), "describe_auto_scaling_groups")
    return next(group for group in groups if group["AutoScalingGroupName"].startswith("web-group"))


def _revoke_a_rule(cloud: CloudHandle) -> None:
    """Somebody was quicker than the destroy: the provider tells by the code of AWS's error that the rule is gone."""
    ec2 = client(cloud, "ec2")
    rules = all_pages(ec2, "describe_security_group_rules")
    rule = next(each for each in rules if each["IsEgress"] and each.get("CidrIpv4") == "0.0.0.0/0")
    ec2.revoke_security_group_egress(GroupId=rule["GroupId"], SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])


def _images(cloud: CloudHandle, group: Mapping[str, Any]) -> dict[str, str]:
    ids = [server["InstanceId"] for server in group["Instances"]]
    found = client(cloud, "ec2").describe_instances(InstanceIds=ids)["Reservations"]
    return {server["InstanceId"]: server["ImageId"] for each in found for server in each["Instances"]}


def recorded(cloud: CloudHandle) -> Mapping[str, Any]:
    """The release record of the service `web`."""
    name = f"/strata/{PROJECT}/{STACK}/web/release"
    return json.loads(client(cloud, "ssm").get_parameter(Name=name)["Parameter"]["Value"])


def _add_tag(stack_file: Path) -> None:
    """A cost tag for everything of the stack."""
    text = stack_file.read_text(encoding="utf-8")
    stack_file.write_text(f"{text}  strata:tags: {{ cost-centre: shop }}\n", encoding="utf-8")
