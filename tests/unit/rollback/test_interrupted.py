"""A rollback that dies at any moment is continued by the same command, and ends where it would have ended."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from strata.clock import SystemClock
from strata.errors import RefusedError, RolloutError
from strata.images.pin_file import PinFile
from strata.naming import veto_name
from strata.rollback import service_history
from strata.rollback.rollback_plan import RollbackPlan, plan_rollback
from strata.rollback.rollback_steps import RollbackReport, rollback_by_pin, rollback_now
from strata.rollback.service_place import ServicePlace
from strata.rollout.record import Release, ServerRelease, read_release
from tests.unit.rollback.past import release
from tests.unit.rollback.test_rollback_plan import RECORD, Group
from tests.unit.rollout.stand_in import Memory


@functools.cache
def real_client(service: str) -> Any:
    """Made once: what it reads from disk takes longer than a test."""
    return boto3.client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Dying:
    """Clients whose process dies before a call that changes something, or right after it."""

    dies_at: int | None = None
    after: bool = False
    changes: int = 0

    def __call__(self, service: str) -> Any:
        return _Client(self, real_client(service))

    def renew(self) -> None:
        """Never needed."""

    def changing(self, call: Any) -> Any:
        at, self.changes = self.changes, self.changes + 1
        if at == self.dies_at and not self.after:
            raise Killed
        answer = call()
        if at == self.dies_at:
            raise Killed
        return answer


@dataclass
class _Client:
    owner: Dying
    real: Any

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.real, name)
        if name not in ("put_parameter", "delete_parameter"):
            return call
        return lambda **given: self.owner.changing(lambda: call(**given))


@dataclass
class Servers:
    """Rolls in memory; each step changes something."""

    clients: Dying
    runs: list[str]
    newest: list[int]
    rolled: list[str] = field(default_factory=list[str])
    fails: bool = False

    async def made_newest(self, release: Release) -> Release:
        assert isinstance(release, ServerRelease)
        if self.newest[-1] == release.template_version:
            self.clients.changing(lambda: self.newest.append(9))
        return replace(release, template_version=self.newest[-1])

    async def take_back(self, rollout_id: str, *, forward: bool) -> str:
        raise AssertionError((rollout_id, forward))

    async def roll(self, release: Release) -> None:
        if self.fails:
            raise RolloutError("web: 0 of 2 servers became healthy")
        if self.runs[-1] != release.image.version:
            self.clients.changing(lambda: self.runs.append(release.image.version))

    async def renew(self) -> None:
        raise AssertionError


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(service_history, "fleet_of", lambda *_: Group())
    with mock_aws():
        made = real_client("ssm")
        for each in (release("1.0.0"), release("1.1.0"), release("1.2.0")):
            made.put_parameter(Name=RECORD, Value=each.to_json(), Type="String", Overwrite=True)
        yield made


def held(ssm: Any, *names: str) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in ssm.get_parameters(Names=list(names))["Parameters"]}


async def go_back(clients: Dying, servers: Servers) -> RollbackReport:
    any_clients: Any = clients
    place = ServicePlace("shop", "prod", any_clients, SystemClock(), unread="there is no project here", service="web")
    servers.clients = clients
    return await rollback_now(plan_rollback(place, wanted=None, now=True), "slow", servers, Memory())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("dies_at", range(6))
async def test_a_rollback_through_aws_that_dies_is_continued_to_the_same_end(ssm: Any, dies_at: int, after: bool):
    servers = Servers(Dying(), ["1.2.0"], [1])
    dying = Dying(dies_at, after)
    try:
        await go_back(dying, servers)
    except Killed:
        await go_back(Dying(), servers)
    else:
        assert dying.changes <= dies_at, "it has fewer steps"
    assert servers.runs == ["1.2.0", "1.1.0"], "and goes no further back"
    veto = veto_name(RECORD, "1.2.0")
    found = held(ssm, RECORD, veto, veto_name(RECORD, "1.1.0"))
    assert read_release(found[RECORD]) == replace(release("1.1.0"), template_version=9)
    assert set(found) == {RECORD, veto}


async def test_the_same_command_given_twice_goes_back_once_until_something_else_was_released(ssm: Any):
    servers = Servers(Dying(), ["1.2.0"], [1])
    for _ in range(2):
        await go_back(Dying(), servers)
    assert servers.runs == ["1.2.0", "1.1.0"]
    for value in (release("1.3.0"), release("1.1.0")):
        ssm.put_parameter(Name=RECORD, Value=value.to_json(), Type="String", Overwrite=True)
    servers.runs[-1:] = ["1.3.0", "1.1.0"]
    report = await go_back(Dying(), servers)
    assert report.recorded.image.version == "1.3.0", "that rollback is over, and this is another one"


async def test_an_earlier_release_that_does_not_come_back_leaves_a_record_that_says_the_truth(ssm: Any):
    servers = Servers(Dying(), ["1.2.0"], [1], fails=True)
    with pytest.raises(RolloutError) as failed:
        await go_back(Dying(), servers)
    assert "The record still names 1.2.0" in (failed.value.fix or "")
    assert read_release(held(ssm, RECORD)[RECORD]) == release("1.2.0")
    servers.fails = False
    report = await go_back(Dying(), servers)
    assert report.recorded.image.version == "1.1.0"


@dataclass
class Pin:
    """A stack file in memory."""

    name: str = "web"
    file: PinFile = field(default_factory=lambda: PinFile(Path("Pulumi.prod.yaml"), b""))
    line: str = ""
    cannot: str = ""
    proves: bool = False

    def write(self) -> bool:
        return True


def by_pin() -> RollbackPlan:
    pin: Any = Pin()
    any_clients: Any = Dying()
    place = ServicePlace("shop", "prod", any_clients, SystemClock(), unread="there is no project here", service="web")
    return replace(plan_rollback(place, wanted=None, now=False), pin=pin)


async def test_an_up_that_has_set_an_empty_group_only_is_no_proof_and_is_not_told_as_one(ssm: Any):
    del ssm
    plan = by_pin()
    group: Any = plan.past.fleet

    async def up() -> None:
        group.nothing_wanted = "the group wants no server"

    report = await rollback_by_pin(plan, None, up)
    assert (report.recorded.image.version, report.idle) == ("1.2.0", "the group wants no server")


async def test_an_up_that_succeeds_without_the_release_is_no_rollback(ssm: Any):
    del ssm

    async def up() -> None:
        """The program asks for something else than what the stack file pins."""

    with pytest.raises(RolloutError, match=r"has succeeded, and the record names web 1\.2\.0") as failed:
        await rollback_by_pin(by_pin(), None, up)
    assert "strata image unveto prod web 1.2.0" in (failed.value.fix or "")


async def test_an_up_that_brings_the_image_with_newer_settings_is_a_rollback(ssm: Any):
    newer = release("1.1.0", "newer settings")

    async def up() -> None:
        ssm.put_parameter(Name=RECORD, Value=newer.to_json(), Type="String", Overwrite=True)

    assert (await rollback_by_pin(by_pin(), None, up)).recorded == newer


async def test_what_cannot_be_pinned_is_refused_before_anything_is_changed(ssm: Any):
    del ssm
    clients = Dying()
    any_clients: Any = clients
    place = ServicePlace("shop", "prod", any_clients, SystemClock(), unread="there is no project here", service="web")

    async def up() -> None:
        raise AssertionError

    with pytest.raises(RefusedError, match="there is no project here") as refused:
        await rollback_by_pin(plan_rollback(place, wanted=None, now=False), None, up)
    assert "strata:images: {web: {version: 1.1.0" in (refused.value.fix or "")
    assert clients.changes == 0
