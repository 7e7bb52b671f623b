"""What a refresh sees: progress, alarms without data, and the limits it runs into."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from strata.rollout.servers.refresh.counts import Counts
from strata.rollout.servers.refresh.refresh_values import FORWARD, AlarmState, Refresh, Status

__all__ = ["limits", "observe", "problem"]


def observe(refresh: Refresh, counts: Counts, alarms: Mapping[str, AlarmState], now: float) -> Refresh:
    """Write down what the counts and the alarms show; gives the same object when they show nothing new."""
    seen: dict[str, object] = {}
    if len(counts.leaving) != len(refresh.leaving):
        seen["leaving"] = frozenset(counts.leaving)
    if refresh.status in (Status.IN_PROGRESS, Status.ROLLBACK_IN_PROGRESS):
        seen |= _progress(refresh, counts, now)
    if refresh.status in FORWARD:
        seen |= _sight(refresh, alarms, now)
    changed = {name: value for name, value in seen.items() if getattr(refresh, name) != value}
    return replace(refresh, **changed) if changed else refresh


def _progress(refresh: Refresh, counts: Counts, now: float) -> dict[str, object]:
    seen: dict[str, object] = {
        "instances_to_update": counts.remaining,
        "percentage_complete": _percentage(refresh, counts),
    }
    if counts.desired != refresh.desired:
        # With fewer places fewer servers are ready: what counts as a rise is measured from here.
        seen |= {"desired": counts.desired, "most_ready": counts.new_ready, "most_serving": counts.new_in_service}
    elif counts.new_ready > refresh.most_ready or counts.new_in_service > refresh.most_serving:
        seen["most_ready"] = max(refresh.most_ready, counts.new_ready)
        seen["most_serving"] = max(refresh.most_serving, counts.new_in_service)
        seen["last_progress_at"] = now
    return seen


def _sight(refresh: Refresh, alarms: Mapping[str, AlarmState], now: float) -> dict[str, object]:
    known = (AlarmState.OK, AlarmState.ALARM)
    blind = next((name for name in refresh.preferences.alarms if alarms.get(name) not in known), None)
    if blind and refresh.blind_since is None:
        return {"blind_since": now, "status_reason": f"waiting for data of alarm {blind}"}
    if not blind and refresh.blind_since is not None:
        return {"blind_since": None, "last_progress_at": now, "status_reason": _resting(refresh)}
    return {}


def _resting(refresh: Refresh) -> str:
    if refresh.status is Status.BAKING:
        return "watching the alarms"
    return "waiting at a checkpoint" if refresh.waiting_until is not None else ""


def _percentage(refresh: Refresh, counts: Counts) -> int:
    share = 100 * min(counts.new_ready, counts.places) // counts.places if counts.places else 100
    if refresh.rollback is not None:
        return min(refresh.percentage_complete, 100 - share)
    return max(refresh.percentage_complete, share)


def problem(refresh: Refresh, counts: Counts, alarms: Mapping[str, AlarmState], now: float) -> str | None:
    """Why the refresh fails now, if it does."""
    if refresh.rollback is None:
        for name in refresh.preferences.alarms:
            if alarms.get(name) is AlarmState.ALARM:
                return f"alarm {name} is in ALARM"
    return next((reason for at, reason in limits(refresh, counts) if now >= at), None)


def limits(refresh: Refresh, counts: Counts) -> Iterator[tuple[float, str]]:
    """The times at which the refresh fails as things are, each with the reason."""
    since = refresh.rollback.started_at if refresh.rollback else refresh.started_at
    yield since + refresh.limit_seconds, f"longer than {refresh.limit_seconds / 86_400:g} days"
    if refresh.blind_since is not None:
        yield refresh.blind_since + refresh.stall_seconds, _hindrance(refresh, counts)
    if refresh.status is Status.BAKING or refresh.waiting_until is not None:
        return
    # A warm-up longer than the limit is no lack of progress.
    warming = refresh.preferences.instance_warmup_seconds if counts.next_warm is not None else 0
    yield refresh.last_progress_at + refresh.stall_seconds + warming, _hindrance(refresh, counts)


def _hindrance(refresh: Refresh, counts: Counts) -> str:
    if refresh.blind_since is not None:
        return f"no progress for {refresh.stall_seconds / 60:g} minutes: {refresh.status_reason}"
    wanted = refresh.batch.goal if refresh.batch else counts.places - counts.old
    reasons = (
        (max(0, wanted - counts.new_ready), "new servers are not healthy and warm"),
        (counts.blocked, "servers are protected from scale-in"),
        (counts.standby_waiting, "servers are in standby"),
    )
    found = ", ".join(f"{count} {text}" for count, text in reasons if count)
    return f"no progress for {refresh.stall_seconds / 60:g} minutes" + (f": {found}" if found else "")
