"""Counting a fleet from the point of view of a refresh."""

from dataclasses import dataclass, field

from strata.rollout.servers.preferences import ProtectedInstances, StandbyInstances, ceiling, lowest
from strata.rollout.servers.refresh.refresh_values import Fleet, Lifecycle, Refresh, Server

__all__ = ["Counts", "count_fleet"]

# Looked up for every server of every step: as constants a fleet of ten thousand is counted in half the time.
_IN_SERVICE, _STANDBY, _TERMINATING = Lifecycle.IN_SERVICE, Lifecycle.STANDBY, Lifecycle.TERMINATING


@dataclass(slots=True)
class Counts:
    """Who is there. Servers ordered out and terminating ones count nowhere.

    Old is what is to be replaced: in a rollback, what does not run the original configuration. New is everything else.
    Ready is in service, healthy and warm, as EC2 Auto Scaling counts it; serving is in service and healthy for the
    group and for its target groups. Active is pending or in service, so whatever fills one of the group's places.
    """

    desired: int
    lowest: int
    ceiling: int
    active: int = 0
    ready: int = 0
    serving: int = 0
    old: int = 0
    """Active old servers that must leave, those which cannot leave yet included."""
    kept: int = 0
    """Active old servers that the preferences say to ignore."""
    new_in_service: int = 0
    """New servers in service and healthy, warm or not."""
    next_warm: float | None = None
    """When the next healthy server becomes warm."""
    standby_waiting: int = 0
    standby_leaving: list[str] = field(default_factory=list)
    can_leave_ready: list[Server] = field(default_factory=list)
    """Old servers that may be taken out, and would be missed."""
    can_leave_unready: list[Server] = field(default_factory=list)
    """Old servers that may be taken out and do not count as ready."""
    new_ready_servers: list[Server] = field(default_factory=list)
    new_unready: list[Server] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    """Those of the refresh's leaving servers which are still pending, in service or in standby."""

    @property
    def new_ready(self) -> int:
        """New servers that are healthy and warm."""
        return len(self.new_ready_servers)

    @property
    def places(self) -> int:
        """How many of the desired servers can be new."""
        return max(0, self.desired - self.kept)

    @property
    def blocked(self) -> int:
        """Active old servers that must leave and cannot yet, because protection from scale-in is waited for."""
        return self.old - len(self.can_leave_ready) - len(self.can_leave_unready)

    @property
    def spare_serving(self) -> int:
        """Serving servers beyond the floor. One that is not warm yet counts nowhere, but requests may go to it."""
        return max(0, self.serving - self.lowest)

    @property
    def remaining(self) -> int:
        """Servers that are to go and have not been ordered to."""
        return self.old + self.standby_waiting + len(self.standby_leaving)


def count_fleet(refresh: Refresh, fleet: Fleet, now: float) -> Counts:
    """Count the fleet once; the cost is one pass over its servers."""
    preferences = refresh.preferences
    backwards, skip = refresh.rollback is not None, preferences.skip_matching
    present, leaving = refresh.present, refresh.leaving
    counts = Counts(fleet.desired, lowest(fleet.desired, preferences), ceiling(fleet.desired, preferences))
    old_servers: list[Server] = []
    new_servers: list[Server] = []
    for server in fleet.servers:
        if server.lifecycle is _TERMINATING:
            continue
        if server.id in leaving:
            counts.leaving.append(server.id)
        elif (
            not server.matches_original
            if backwards
            else not server.matches_desired or (not skip and server.id in present)
        ):
            old_servers.append(server)
        else:
            new_servers.append(server)
    _count_old(counts, refresh, old_servers, now)
    _count_new(counts, refresh, new_servers, now)
    return counts


def _count_old(counts: Counts, refresh: Refresh, servers: list[Server], now: float) -> None:
    protected, standby = refresh.preferences.scale_in_protected, refresh.preferences.standby
    present, warmup = refresh.present, refresh.preferences.instance_warmup_seconds
    for server in servers:
        if server.lifecycle is _STANDBY:
            if standby is StandbyInstances.WAIT:
                counts.standby_waiting += 1
            elif standby is StandbyInstances.TERMINATE:
                counts.standby_leaving.append(server.id)
            continue
        counts.active += 1
        healthy = server.healthy and server.lifecycle is _IN_SERVICE
        ready = healthy and (server.id in present or _warm(counts, server, warmup, now))
        counts.serving += healthy and server.receives_requests
        counts.ready += ready
        if not server.protected or protected is ProtectedInstances.REFRESH:
            counts.old += 1
            (counts.can_leave_ready if ready else counts.can_leave_unready).append(server)
        elif protected is ProtectedInstances.IGNORE:
            counts.kept += 1
        else:
            counts.old += 1


def _count_new(counts: Counts, refresh: Refresh, servers: list[Server], now: float) -> None:
    present, warmup = refresh.present, refresh.preferences.instance_warmup_seconds
    for server in servers:
        if server.healthy and server.lifecycle is _IN_SERVICE:
            counts.new_in_service += 1
            counts.serving += server.receives_requests
            if server.id in present or _warm(counts, server, warmup, now):
                counts.new_ready_servers.append(server)
            else:
                counts.new_unready.append(server)
        elif server.lifecycle is not _STANDBY:
            counts.new_unready.append(server)
    counts.active += len(counts.new_ready_servers) + len(counts.new_unready)
    counts.ready += len(counts.new_ready_servers)


def _warm(counts: Counts, server: Server, warmup: float, now: float) -> bool:
    since = server.in_service_since
    warm_at = (now if since is None else since) + warmup
    if warm_at <= now:
        return True
    if counts.next_warm is None or warm_at < counts.next_warm:
        counts.next_warm = warm_at
    return False
