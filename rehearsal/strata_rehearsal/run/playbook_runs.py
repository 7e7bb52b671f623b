"""What became of the playbooks of fleets that are changed in place: a rehearsal waits for it, as no `up` does."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from strata.clock import Clock

__all__ = ["PlaybookRun", "await_playbooks", "look"]

_GROUP_TARGET: Final = "tag:aws:autoscaling:groupName"
_POLL_SECONDS: Final = 30.0
_QUIET_SECONDS: Final = 1800.0
"""How long nothing may change until nobody waits any longer: a server without an agent is never reached."""
_UNFINISHED: Final = frozenset({"InProgress", "Pending"})


@dataclass(frozen=True)
class PlaybookRun:
    """What State Manager reports of one fleet.

    Args:
        fleet: its name.
        status: of its association, in AWS's words: Success, Failed or Pending.
        servers: how many are in which state, each by the last execution that was for it.
        applied: whether the association was applied to a server since the rehearsal began.
    """

    fleet: str
    status: str
    servers: Mapping[str, int] = field(default_factory=dict[str, int])
    applied: bool = False

    @property
    def failed(self) -> bool:
        """Whether a playbook that this rehearsal has applied has failed."""
        return self.applied and self.status == "Failed"

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rehearse` has it."""
        return {"fleet": self.fleet, "status": self.status, "by_status": dict(self.servers), "applied": self.applied}

    def __str__(self) -> str:
        counts = ", ".join(f"{self.servers[each]} {each}" for each in sorted(self.servers))
        if not self.servers:
            return f"{self.fleet}: its playbook was applied to no server yet"
        when = "" if self.applied else ", by an earlier run"
        return f"{self.fleet}: its playbook ended {self.status} on its servers ({counts}){when}"


async def await_playbooks(
    ask: Callable[[], Awaitable[tuple[Sequence[Mapping[str, Any]], Mapping[str, int]]]],
    clock: Clock,
    fleets: Mapping[str, str],
    *,
    since: float,
) -> tuple[PlaybookRun, ...]:
    """What became of the playbooks, once they have ended everywhere or nothing has changed for a while.

    Args:
        ask: the associations as DescribeAssociation has them, and how many servers each group has in service, by its
            name.
        clock: of the local AWS.
        fleets: the maintained fleets of the stack by the names of their groups.
        since: when the rehearsal began, on that clock.
    """
    seen: tuple[PlaybookRun, ...] = ()
    changed = clock.now()
    while True:
        associations, sizes = await ask()
        found = [(each, group) for each in associations for group in _groups(each) if group in fleets]
        runs = tuple(_run(each, fleets[group], since) for each, group in found)
        if all(_ended(each, sizes.get(group, 0)) for each, group in found):
            return runs
        now = clock.now()
        if runs != seen:
            seen, changed = runs, now
        elif now - changed >= _QUIET_SECONDS:
            return runs
        await clock.sleep(_POLL_SECONDS)


def _groups(association: Mapping[str, Any]) -> list[str]:
    """Names of the groups whose servers an association is for."""
    return [name for each in association.get("Targets", ()) if each["Key"] == _GROUP_TARGET for name in each["Values"]]


def _counts(association: Mapping[str, Any]) -> Mapping[str, int]:
    return association["Overview"].get("AssociationStatusAggregatedCount", {})


def _ended(association: Mapping[str, Any], servers: int) -> bool:
    """Whether nothing is to be waited for.

    A server is reached as soon as it has booted, so one in service that nothing was begun on is waited for. One that
    waits for a window is not: the next may be days away.
    """
    counts = _counts(association)
    if any(counts.get(each) for each in _UNFINISHED):
        return False
    return bool(association.get("ApplyOnlyAtCronInterval")) or sum(counts.values()) >= servers


def _run(association: Mapping[str, Any], fleet: str, since: float) -> PlaybookRun:
    last = association.get("LastExecutionDate")
    return PlaybookRun(
        fleet=fleet,
        status=association["Overview"]["Status"],
        servers=dict(_counts(association)),
        # AWS tells whole seconds
        applied=last is not None and last.timestamp() >= math.floor(since),
    )


def look(ssm: Any, state: Mapping[str, Any]) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, int]]:
    """What `await_playbooks` asks.

    Args:
        ssm: a client of Systems Manager.
        state: what the local AWS shows of its groups.
    """
    pages = ssm.get_paginator("list_associations").paginate()
    ids = [each["AssociationId"] for page in pages for each in page["Associations"]]
    found = [ssm.describe_association(AssociationId=each)["AssociationDescription"] for each in ids]
    in_service = {
        group["name"]: sum(each["state"] == "InService" for each in group["servers"]) for group in state["groups"]
    }
    return found, in_service
