"""How a fleet of servers or of tasks looked over time, and the rollouts that changed it: what every history has."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from strata_rehearsal.run.rollout_phases import Transition
from strata_rehearsal.run.rollout_timeline import FleetSample, Unit

__all__ = ["FleetHistory", "FleetRevision", "Look", "Made", "Member", "Origin", "Rolled", "samples_between"]

_ALL = 100


class Made(NamedTuple):
    """What a server was launched from. A version's number means nothing without its template."""

    template: str
    version: int


class FleetRevision(NamedTuple):
    """What a task was launched from: a service revision. Every deployment makes one."""

    service: str
    number: str


Origin = Made | FleetRevision


@dataclass
class Member:
    """A server or a task of a fleet."""

    made: Origin
    image: str
    state: str
    targets: dict[str, str] = field(default_factory=dict[str, str])
    healthy_since: float | None = None
    """When it was first found healthy; None as long as it never was."""
    routed: bool = False
    """Whether a target group has known it."""

    @property
    def counts(self) -> bool:
        """Whether it takes a place."""
        raise NotImplementedError

    @property
    def healthy(self) -> bool:
        """Whether it serves and passes its checks."""
        raise NotImplementedError


@dataclass(frozen=True)
class Look:
    """A fleet at one moment: its servers or tasks by what they were launched from, and how many are healthy.

    Args:
        at: simulated time in epoch seconds.
        desired: how many are wanted.
        servers: those that take a place, by what they were launched from.
        healthy: how many of them are healthy.
        unproven: how many of them have never been healthy so far, by what they were launched from.
        healthy_of: the healthy ones, by what they were launched from.
    """

    at: float
    desired: int
    servers: Mapping[Origin, int]
    healthy: int
    unproven: Mapping[Origin, int] = field(default_factory=dict[Origin, int])
    healthy_of: Mapping[Origin, int] = field(default_factory=dict[Origin, int])


@dataclass
class Stay:
    """A member's time in its fleet; a server that comes back from standby stays twice."""

    member: Member
    began: float
    ended: float = math.inf


@dataclass
class Rolled:
    """One rollout, as the log has it: an instance refresh or a service deployment."""

    id: str
    fleet: str
    """The key of its fleet."""
    began_at: float
    target: Origin | None = None
    """What is launched by it; None where that cannot be launched."""
    status: str = "Pending"
    reason: str = ""
    batches: int | None = 0
    """Batches begun; None where there are none."""
    ended_at: float | None = None
    transitions: list[Transition] = field(default_factory=list[Transition])
    stopped_at: float | None = None
    """When a call that ends it early was answered."""


@dataclass
class FleetHistory:
    """A group or a container service over time."""

    key: str
    """The group's name, or that of the container service behind its cluster's."""
    service: str
    unit: Unit = Unit.SERVERS
    desired: int = 0
    looks: list[Look] = field(default_factory=list[Look])
    images: dict[Origin, str] = field(default_factory=dict[Origin, str])
    """Image id or digest by origin, the one that was launched for the first time last at the end."""
    behind_load_balancer: bool = False
    """Whether target groups know its members: a group has them, but each revision of a container service its own."""
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    stays: dict[str, list[Stay]] = field(default_factory=dict[str, list[Stay]])
    """By member, of those that have left too."""

    def look(self, at: float) -> Look:
        """The fleet as it is."""
        counting = [member for member in self.members.values() if member.counts]
        healthy: Counter[Origin] = Counter()
        for member in counting:
            # one that no target group knows yet has not been found healthy by any
            behind = member.routed if self.unit is Unit.TASKS else self.behind_load_balancer
            if member.healthy and (member.targets or not behind):
                healthy[member.made] += 1
                member.healthy_since = at if member.healthy_since is None else member.healthy_since
            elif member.healthy_since == at:
                # the look before fell inside this very moment, and was too early
                member.healthy_since = None
        unproven = Counter(member.made for member in counting if member.healthy_since is None)
        present = Counter(member.made for member in counting)
        return Look(at, self.desired, present, healthy.total(), unproven, healthy)

    def follow(self, identity: str, member: Member, at: float) -> None:
        """Note when a member begins or ceases to take a place."""
        stays = self.stays.setdefault(identity, [])
        present = bool(stays) and stays[-1].ended == math.inf
        if member.counts and not present:
            stays.append(Stay(member, at))
        elif present and not member.counts:
            stays[-1].ended = at

    def target(self, identity: str, target_group: str, state: str) -> bool:
        """Note what a target group says of a member; False where it is none of this fleet."""
        member = self.members.get(identity)
        if member is None:
            return False
        if state == "deregistered":
            member.targets.pop(target_group, None)
        else:
            self.behind_load_balancer = member.routed = True
            member.targets[target_group] = state
        return True


def samples_between(
    fleet: FleetHistory,
    began: float,
    ended: float,
    target: Origin | None,
    transitions: Sequence[Transition] = (),
) -> list[FleetSample]:
    """The fleet's looks within a time, counted as new (launched from the target) and old.

    Args:
        fleet: the fleet.
        began: simulated time in epoch seconds.
        ended: the same.
        target: what is new.
        transitions: those of the rollout, for one that moves traffic. Default: none moves.
    """
    before = [look for look in fleet.looks if look.at <= began][-1:]
    within = [look for look in fleet.looks if began < look.at <= ended]
    seen = [(max(look.at, began), look) for look in (*before, *within)]
    if seen and seen[-1][0] < ended:
        seen.append((ended, seen[-1][1]))
    hopeless = _never_healthy(fleet, [at for at, _ in seen])
    traffic = [_traffic_at(transitions, at) for at, _ in seen]
    return [
        _sample(at, look, never, target, share)
        for (at, look), never, share in zip(seen, hopeless, traffic, strict=True)
    ]


def _sample(
    at: float, look: Look, never: Mapping[Origin, int], target: Origin | None, traffic: float | None
) -> FleetSample:
    """A look, counted."""
    return FleetSample(
        at=at,
        desired=look.desired,
        old=sum(count for made, count in look.servers.items() if made != target),
        new=look.servers.get(target, 0) if target else 0,
        healthy=look.healthy,
        starting=sum(look.unproven.values()) - sum(never.values()),
        never_healthy=sum(never.values()),
        old_unready=sum(count for made, count in look.unproven.items() if made != target),
        serving=None if traffic is None or target is None else _serving(look, target, traffic),
    )


def _traffic_at(transitions: Sequence[Transition], at: float) -> float | None:
    return next((each.traffic for each in reversed(transitions) if each.at <= at), None)


def _serving(look: Look, target: Origin, traffic: float) -> int:
    """The fewest healthy ones of a release that has traffic."""
    new = look.healthy_of.get(target, 0)
    counts = [look.healthy - new] if traffic < _ALL else []
    return min([*counts, new] if traffic > 0 else counts)


def _never_healthy(fleet: FleetHistory, moments: Sequence[float]) -> Iterator[Counter[Origin]]:
    """At each of the moments, in order: members that never became healthy, by what they were launched from."""
    stays = [stay for each in fleet.stays.values() for stay in each if stay.member.healthy_since is None]
    changes = sorted(
        [(stay.began, stay.member.made, 1) for stay in stays] + [(stay.ended, stay.member.made, -1) for stay in stays],
        key=lambda change: change[0],
    )
    there: Counter[Origin] = Counter()
    done = 0
    for moment in moments:
        while done < len(changes) and changes[done][0] <= moment:
            _, made, difference = changes[done]
            there[made] += difference
            done += 1
        yield Counter(there)
