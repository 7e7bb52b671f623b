"""An AWS of one group in memory, a clock that only sleeping moves, and a console that remembers."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from strata.naming import break_glass_name
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.break_glass_note import GlassLook
from strata.rollout.once_note import once_path
from strata.rollout.record import ImageRef, ServerRelease
from strata.rollout.roll import Roll
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.heartbeat import Heartbeat
from strata.rollout.servers.preferences import Preferences
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.server_deployer import ServerDeployer
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.rollout.servers.views import GroupView, ImageView, RefreshView, ServerView
from strata.settings.models import HealthSettings, RolloutSettings
from strata.verdict_names import revoked_images_path

IMAGE = ImageRef("web", "1.5.0", "ami-0123456789abcdef0")
RELEASE = ServerRelease(group="web-1", template="lt-1", template_version=2, image=IMAGE, digest="d2")
POLL_SECONDS = 15.0


class Refused(Exception):  # noqa: N818  reads as what it is
    """What botocore raises when AWS refuses a call."""

    def __init__(self, code: str) -> None:
        super().__init__(f"An error occurred ({code})")
        self.response = {"Error": {"Code": code}}


class Clock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


@dataclass
class Memory:
    """A console."""

    said: list[str] = field(default_factory=list[str])
    warned: list[str] = field(default_factory=list[str])
    ticks: list[str] = field(default_factory=list[str])

    def say(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.warned.append(text)

    def tick(self, text: str) -> None:
        self.ticks.append(text)


def servers(count: int, version: str, **changes: Any) -> tuple[ServerView, ...]:
    one = ServerView(
        "", "InService", healthy=True, template_version=version, protected=False, zone="a", template="lt-1"
    )
    return tuple(replace(one, id=f"i-{version}-{index}", **changes) for index in range(count))


@dataclass
class Aws:
    """The calls of `Driver`, answered from memory.

    Args:
        polls: what happens at each look at a refresh, oldest first; nothing more happens after the last.
        refusals: error code by call.
    """

    live: GroupView | None = None
    history: list[RefreshView] = field(default_factory=list[RefreshView])
    polls: list[Callable[["Aws"], None]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict[str, str])
    alarms: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    digests: dict[str, str | None] = field(default_factory=lambda: {"1": "d1", "2": "d2", "3": "d3"})
    images: dict[str, str] = field(default_factory=dict[str, str])
    """What template versions launch that do not launch `IMAGE`."""
    calls: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    started: list[Preferences] = field(default_factory=list[Preferences])
    trouble: str = ""
    consoles: dict[str, tuple[str, ...]] | None = field(default_factory=dict[str, tuple[str, ...]])
    """Of each server; None where they may not be read."""
    gone: tuple[str, ...] = ()
    """Target groups that somebody has deleted."""
    kept: dict[str, str] = field(default_factory=dict[str, str])
    """SSM parameters by name."""
    past: list[str] = field(default_factory=list[str])
    """Values that the release record has had."""
    copies: dict[str, str] = field(default_factory=dict[str, str])
    """What each image is a copy of."""
    spared: set[str] = field(default_factory=set[str])
    detached: set[str] = field(default_factory=set[str])
    """Servers that run and that no group has."""
    protected: set[str] = field(default_factory=set[str])
    """Images that were tagged as kept."""

    def __post_init__(self) -> None:
        if self.live is None:
            self.live = GroupView(
                name="web-1",
                arn="arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:u:autoScalingGroupName/web-1",
                desired=4,
                min=1,
                max=10,
                template="lt-1",
                saved_version="1",
                servers=servers(4, "1"),
                target_groups=(),
                subnets=("subnet-1",),
                suspended=(),
            )

    # what a test makes happen

    def become(self, **changes: Any) -> None:
        assert self.live is not None
        self.live = replace(self.live, **changes)

    def turn(self, status: Status, reason: str = "", percentage: int = 0) -> None:
        """The newest refresh takes a turn."""
        self.history[0] = replace(self.history[0], status=status, reason=reason, percentage=percentage)

    def did(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]

    def _note(self, name: str, *args: Any) -> None:
        if name in self.refusals:
            raise Refused(self.refusals.pop(name))
        self.calls.append((name, *args))

    # the driver

    def group(self, name: str) -> GroupView | None:
        return self.live

    def refreshes(self, group: str, *, most: int = 10) -> list[RefreshView]:
        return self.history[:most]

    def refresh(self, group: str, refresh_id: str) -> RefreshView:
        if self.polls:
            self.polls.pop(0)(self)
        return next(each for each in self.history if each.id == refresh_id)

    def start_refresh(self, group: str, template: str, version: int, preferences: Preferences) -> str:
        self._note("start", version)
        self.started.append(preferences)
        begun = running(f"r-{len(self.history) + 1}", str(version))
        self.history.insert(0, replace(begun, alarms=preferences.alarms))
        return self.history[0].id

    def roll_back(self, group: str) -> None:
        self._note("roll back")
        self.turn(Status.ROLLBACK_IN_PROGRESS)

    def cancel(self, group: str) -> None:
        self._note("cancel")
        self.turn(Status.CANCELLED)

    def beat(self, heartbeat: Heartbeat) -> None:
        self._note("beat", heartbeat.alarm)

    def save_version(self, group: str, template: str, version: int) -> None:
        self._note("save", version)
        self.become(saved_version=str(version), template=template)

    def set_deletion_protection(self, group: str, level: str) -> None:
        self._note("protect", level)
        self.become(deletion_protection=level)

    def last_trouble(self, group: str, since: datetime | None = None) -> str:
        return self.trouble

    def console_lines(self, server: str) -> tuple[str, ...]:
        if self.consoles is None:
            raise Refused("UnauthorizedOperation")
        return self.consoles.get(server, ())

    def release_digests(self, template: str, versions: Iterable[str], *, model: int | None) -> dict[str, str | None]:
        return {each: self.digests.get(each) for each in versions}

    def releases(
        self, template: str, versions: Iterable[str], *, model: int | None
    ) -> tuple[dict[str, str | None], str | None]:
        image = self.images.get(str(model), IMAGE.id) if str(model) in self.digests else None
        return self.release_digests(template, versions, model=model), image

    def has_version(self, template: str, version: str) -> bool:
        return version in self.digests

    def template_data(self, template: str, version: str) -> dict[str, Any]:
        return {"InstanceType": "t3.small", "ImageId": IMAGE.id}

    def healthy_targets(self, target_groups: Any) -> frozenset[str]:
        return frozenset()

    def gone_target_groups(self, target_groups: Any) -> tuple[str, ...]:
        return self.gone

    def caller(self) -> tuple[str, str]:
        return "123456789012", "eu-west-1"

    def image(self, image_id: str) -> ImageView:
        return ImageView(image_id, "available", "x86_64", "/dev/xvda")

    def image_keys(self, image: ImageView) -> list[str]:
        return []

    def architectures(self, instance_type: str) -> tuple[str, ...]:
        return ("x86_64",)

    @property
    def command_line(self) -> str:
        return "aws --region eu-west-1"

    def free_addresses(self, subnets: Any) -> int:
        return 100

    def alarm_states(self, names: Any) -> dict[str, tuple[str, str]]:
        return {name: self.alarms[name] for name in names if name in self.alarms}

    def parameters(self, names: Any) -> dict[str, str]:
        return {name: self.kept[name] for name in names if name in self.kept}

    def parameter_history(self, record: str) -> list[str]:
        if "history" in self.refusals:
            raise Refused(self.refusals["history"])
        return self.past

    glass_notes = BaseDriver.glass_notes

    def open_glass(self, record: str, apart: Iterable[str]) -> GlassLook:
        if "glass" in self.refusals:
            raise Refused(self.refusals["glass"])
        below = break_glass_name(record, "")
        names = {name: name.removeprefix(below) for name in self.kept if name.startswith(below)}
        return GlassLook(self.glass_notes(record, [*names.values()]))

    def runs(self, instance: str) -> bool:
        return instance in self.detached

    def once_values(self, record: str) -> dict[str, str]:
        return {name: value for name, value in self.kept.items() if name.startswith(f"{once_path(record)}/")}

    def once_servers(self, _tags: Any) -> list[Any]:
        return []

    def revoked_images(self) -> dict[str, str]:
        return {name: value for name, value in self.kept.items() if name.startswith(f"{revoked_images_path()}/")}

    def copied_from(self, images: Iterable[str]) -> dict[str, str]:
        return {each: self.copies[each] for each in images if each in self.copies}

    def keep_note(self, name: str, value: str) -> None:
        if "note" in self.refusals:
            raise Refused(self.refusals["note"])
        self.kept[name] = value

    def spare_images(self, images: Iterable[str]) -> None:
        if "spare" in self.refusals:
            raise Refused(self.refusals["spare"])
        self.spared |= set(images)

    def protect_images(self, images: Iterable[str]) -> None:
        if "protect" in self.refusals:
            raise Refused(self.refusals["protect"])
        self.protected |= set(images)

    def publish(self, topic: str, subject: str, message: str) -> None:
        self._note("publish", subject, message)


def running(identity: str, version: str | None, status: Status = Status.IN_PROGRESS) -> RefreshView:
    return RefreshView(identity, status, "", 0, 4, "lt-1" if version else None, version, None, None)


def rollout(*, alarms: tuple[str, ...] = (), topic: str | None = None, **settings: Any) -> ServerRollout:
    spec = ServerSpec(
        service="web",
        settings=RolloutSettings.model_validate(settings),
        health=HealthSettings(),
        boot_seconds=60,
        drain_seconds=60,
        record="/strata/shop/prod/web/release",
        topic=topic,
        behind_load_balancer=False,
    )
    return ServerRollout(spec=spec, release=RELEASE, alarms=alarms)


@dataclass
class Stage:
    """A roll with everything it needs."""

    aws: Aws = field(default_factory=Aws)
    clock: Clock = field(default_factory=Clock)
    console: Memory = field(default_factory=Memory)

    @property
    def calls(self) -> AsyncDriver:
        driver: Any = self.aws
        return AsyncDriver(driver, lambda: None)

    @property
    def deployer(self) -> ServerDeployer:
        return ServerDeployer(self.calls, self.clock, self.console, POLL_SECONDS)

    @property
    def roll(self) -> Roll:
        return Roll(self.deployer, self.clock, self.console, POLL_SECONDS)


def succeed(aws: Aws) -> None:
    """Every server runs version 2, and AWS says so."""
    aws.become(servers=servers(4, "2"), saved_version="2")
    aws.turn(Status.SUCCESSFUL, percentage=100)


def roll_back(aws: Aws) -> None:
    aws.turn(Status.ROLLBACK_SUCCESSFUL, "alarm web-5xx is in ALARM")
