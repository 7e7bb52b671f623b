"""A gate on the far side of a faulty proxy, and what a table of its calls is made of, whatever it rolls.

Time stands still but for the gate's own sleeping, and botocore makes one try of each call, so that all repetition is
the gate's.
"""

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

import boto3
from botocore.config import Config

from strata.aws.outage import Patience
from strata.naming import note_name
from strata.rollout.aws_calls import AsyncAws
from strata.rollout.note import Journal, Phase
from strata.rollout.notifier import Notifier
from strata.rollout.roll import Roll
from strata.rollout.spec import Rollout
from tests.integration.support.faulty_proxy import Fault, FaultyProxy, Kind
from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rollout.stand_in import Memory

__all__ = [
    "COMMON_CALLS",
    "POLL_SECONDS",
    "TIMES",
    "Ask",
    "GateWorld",
    "Row",
    "Rows",
    "noted_or_said",
    "operations_of",
    "published_or_said",
    "reading",
]

POLL_SECONDS = 15.0
HURRIED_SECONDS, PATIENT_SECONDS = 0.4, 60.0
"""How long the clients of these tests wait for an answer: not long where it is held back on purpose."""
TIMES: Mapping[Kind, int] = {**dict.fromkeys(Kind, 3), Kind.DELAY: 1, Kind.EXPIRED: 1}
"""How often a call meets a fault in a row. Credentials are renewed once; a third expiry would be one too many."""


@dataclass
class GateWorld(ABC):
    """A local AWS behind a faulty proxy, and a gate on the far side of it."""

    aws: Aws
    proxy: FaultyProxy
    console: Memory = field(default_factory=Memory)
    renewed: int = 0
    read_seconds: float = PATIENT_SECONDS
    _clients: dict[tuple[str, float], Any] = field(default_factory=dict[tuple[str, float], Any])

    def client(self, service: str) -> Any:
        """The gate's own client of a service, which makes one try."""
        key = (service, self.read_seconds)
        if key not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, read_timeout=self.read_seconds, user_agent_appid="gate")
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            self._clients[key] = boto3.client(
                service, region_name=REGION, endpoint_url=self.proxy.url, config=config, **keys
            )
        return self._clients[key]

    @property
    def patience(self) -> Patience:
        return Patience(self.aws.clock, self.console.say, pause_seconds=POLL_SECONDS)

    @property
    @abstractmethod
    def calls(self) -> AsyncAws:
        """The gate's calls."""

    @property
    @abstractmethod
    def roll(self) -> Roll:
        """The gate's work."""

    @abstractmethod
    def some_rollout(self) -> Rollout:
        """A rollout of a service that is there."""

    @abstractmethod
    async def roll_good(self) -> None:
        """Roll a good release on a service of its own, which succeeds with one rollout."""

    @abstractmethod
    async def roll_bad(self) -> None:
        """Roll a release that never becomes healthy on a service of its own, which fails and goes back."""

    def renew(self) -> None:
        """Forget the credentials."""
        self.renewed += 1

    def calm(self) -> None:
        """Nothing happens any more."""
        self.proxy.calm()
        self.console = Memory()
        self.renewed = 0
        self.read_seconds = PATIENT_SECONDS

    def strike(self, kind: Kind, actions: Iterable[str], times: int) -> None:
        """Let a fault happen to the gate's next calls of some operations."""
        self.read_seconds = HURRIED_SECONDS if kind is Kind.DELAY else PATIENT_SECONDS
        self.proxy.add(*(Fault(kind, action, times, caller="gate") for action in actions))


World = TypeVar("World", bound=GateWorld)
Ask = Callable[[World], Awaitable[Any]]


@dataclass(frozen=True)
class Row(Generic[World]):
    """One call of a deployer.

    Args:
        action: AWS's operation that meets the faults.
        ask: makes the call, and holds what it did.
        methods: of the driver's async face that it covers, where these are held against the table.
    """

    action: str
    ask: Ask[World]
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows(Generic[World]):
    """The calls of a deployer, and which of them a rollout makes."""

    rows: tuple[Row[World], ...]
    stops: frozenset[str]
    """Operations that take a rollout back."""
    seconds: frozenset[str]
    """Operations that the driver makes in one call after another one, with the credentials that one was renewed for."""
    always: frozenset[str]
    """Operations that no rollout does without."""


def reading(call: Callable[[World, Any], Awaitable[Any]]) -> Ask[World]:
    """A call whose answer is the same whatever happens on the way."""

    async def ask(world: World) -> None:
        faults = list(world.proxy.faults)
        world.proxy.faults.clear()
        wanted = await call(world, world.calls)
        world.proxy.add(*faults)
        assert await call(world, world.calls) == wanted

    return ask


async def published_or_said(world: GateWorld) -> None:
    """Nobody waits for a topic."""
    before = world.aws.clock.now()
    notifier = Notifier(world.calls, world.some_rollout(), world.console)
    await notifier.started()
    await notifier.finish()
    assert world.aws.clock.now() == before, "nobody waits for a topic"
    assert world.renewed or any("could not be notified" in each for each in world.console.warned)


async def noted_or_said(world: GateWorld) -> None:
    """Nobody waits for a note."""
    before, rollout = world.aws.clock.now(), world.some_rollout()
    journal = Journal(world.calls, world.aws.clock, world.console)
    await journal.begin(rollout, "r-1")
    await journal.enter(rollout, Phase.FAILED, "for a reason")
    assert world.aws.clock.now() == before, "nobody waits for a note"
    found = world.aws.ssm.get_parameters(Names=[note_name(rollout.spec.record)])["Parameters"]
    kept = any("for a reason" in each["Value"] for each in found)
    assert kept or any("could not be kept" in each for each in world.console.warned)


async def proven_or_left(world: GateWorld) -> None:
    """Nobody waits for the note of a gate before."""
    before, rollout = world.aws.clock.now(), world.some_rollout()
    await Journal(world.calls, world.aws.clock, world.console).proven(rollout)
    assert world.aws.clock.now() == before, "nobody waits for a note"
    assert world.console.warned == []


COMMON_CALLS: tuple[Row[Any], ...] = (
    Row("Publish", published_or_said, ("publish",)),
    Row("PutParameter", noted_or_said, ("keep_note",)),
    Row("GetParameters", proven_or_left, ("parameters_if_answered",)),
    Row("DescribeAlarms", reading(lambda _, calls: calls.alarm_states(("web-5xx",))), ("alarm_states",)),
    Row(
        "GetParameters",
        reading(lambda _, calls: calls.parameters(["/strata/there", "/strata/not"])),
        ("parameters", "release"),
    ),
    Row("GetParameters", reading(lambda _, calls: calls.recorded("/strata/there")), ("recorded",)),
    Row(
        "GetParameters",
        reading(lambda _, calls: calls.glass_notes("/strata/shop/prod/web/release", ("i-1",))),
        ("glass_notes",),
    ),
    Row(
        "GetParameterHistory",
        reading(lambda _, calls: calls.parameter_history("/strata/there")),
        ("parameter_history",),
    ),
    Row("GetParametersByPath", reading(lambda _, calls: calls(calls.driver.revoked_images))),
    Row("GetCallerIdentity", reading(lambda _, calls: calls.caller()), ("caller",)),
)
"""What every deployer asks."""


def operations_of(*modules: ModuleType) -> set[str]:
    """Every operation of AWS that the calls in some modules can make."""
    sources = [Path(str(each.__file__)).read_text(encoding="utf-8") for each in modules]
    tree = ast.parse("\n".join(sources))
    paginated = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get_paginator"
        and isinstance(node.args[0], ast.Constant)
    ]
    asked = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    verbs = (
        "simulate describe start stop continue cancel rollback update list get batch_get batch_delete put publish "
        "delete create modify register enable run complete terminate send"
    )
    words = rf"({verbs.replace(' ', '|')})(_[a-z]+)*"
    made = {name for name in (*asked, *paginated) if isinstance(name, str) and re.fullmatch(words, name)}
    # what is one word is Python's or the driver's own
    own = {"get", "stop", "start", "update", "get_paginator", "terminate"}
    return {"".join(part.capitalize() for part in name.split("_")) for name in made - own}
