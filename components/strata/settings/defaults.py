"""The defaults a stage decides: one table, and the few that depend on other settings too."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from typing_extensions import TypeIs

from strata.problem import Path
from strata.settings.models import CapacitySettings, NetworkSettings
from strata.stage import Stage

__all__ = ["EACH", "STAGE_TABLE", "Applied", "Row", "stage_values", "with_defaults"]

EACH: Final = "*"
"""In a row's path: every part of that kind in the stack file."""

_CANARY_FROM = 10
"""Servers from which prod pauses at checkpoints: below, ten percent is not a server."""
_LAUNCH_FIRST = 100
_LAUNCH_FIRST_UP_TO = 2
"""Servers up to which a percentage below 100 could take the only one, or half of them, away."""


@dataclass(frozen=True)
class Row:
    """One setting and its default in each stage. Staging's is also the default of the model's field."""

    path: tuple[str, ...]
    dev: Any
    staging: Any
    prod: Any

    def of(self, stage: Stage) -> Any:
        """The default in a stage."""
        return {Stage.DEV: self.dev, Stage.STAGING: self.staging, Stage.PROD: self.prod}[stage]


_SERVICE = ("services", EACH)
_ROLLOUT = (*_SERVICE, "rollout")
_DATABASE = ("databases", EACH)

STAGE_TABLE: Final = (
    Row(("network", "zones"), 2, 2, 3),
    Row(("network", "nat"), "one", "one", "per-zone"),
    Row(("network", "flow_logs", "enabled"), dev=False, staging=True, prod=True),
    Row(("network", "flow_logs", "retention_days"), 14, 14, 90),
    Row(("network", "protect"), dev=False, staging=False, prod=True),
    Row(("ingress", "deletion_protection"), dev=False, staging=False, prod=True),
    Row(("ingress", "protect"), dev=False, staging=False, prod=True),
    Row((*_SERVICE, "max_instance_lifetime_days"), None, 14, 30),
    Row((*_SERVICE, "log_retention_days"), 7, 30, 90),
    Row((*_SERVICE, "protect"), dev=False, staging=False, prod=True),
    Row((*_ROLLOUT, "min_healthy_percent"), 50, 100, 100),
    Row((*_ROLLOUT, "max_healthy_percent"), 150, 150, 125),
    Row((*_ROLLOUT, "auto_rollback"), dev=True, staging=True, prod=True),
    Row((*_ROLLOUT, "bake_seconds"), 0, 300, 600),
    Row((*_ROLLOUT, "alarms"), "off", "on", "on"),
    Row(("object_stores", EACH, "lifecycle", "noncurrent_days"), 7, 30, 90),
    Row(("object_stores", EACH, "force_destroy"), dev=True, staging=False, prod=False),
    Row(("object_stores", EACH, "protect"), dev=False, staging=True, prod=True),
    Row(("file_stores", EACH, "zones"), 2, 2, 3),
    Row(("file_stores", EACH, "protect"), dev=False, staging=True, prod=True),
    Row(("backup", "enabled"), dev=False, staging=True, prod=True),
    Row(("backup", "daily", "keep_days"), 7, 7, 35),
    Row(("backup", "lock"), "off", "off", "governance"),
    Row(("backup", "protect"), dev=False, staging=True, prod=True),
    Row(("secrets", EACH, "recovery_window_days"), 0, 7, 30),
    Row(("secrets", EACH, "protect"), dev=False, staging=True, prod=True),
    Row(("certificates", EACH, "protect"), dev=False, staging=True, prod=True),
    Row((*_DATABASE, "multi_az"), dev=False, staging=False, prod=True),
    Row((*_DATABASE, "backup_retention_days"), 1, 7, 30),
    Row((*_DATABASE, "apply_immediately"), dev=True, staging=True, prod=False),
    Row((*_DATABASE, "performance_insights_days"), None, 7, 7),
    Row((*_DATABASE, "deletion_protection"), dev=False, staging=True, prod=True),
    Row((*_DATABASE, "final_snapshot"), dev=False, staging=True, prod=True),
    Row((*_DATABASE, "protect"), dev=False, staging=True, prod=True),
)


@dataclass(frozen=True)
class Applied:
    """A default that was put in: where, what, and why it is that value."""

    path: Path
    value: Any
    why: str


def stage_values(stage: Stage, raw: Mapping[str, Any]) -> Iterator[Applied]:
    """Every row of the table for a stage, once for each part of that kind the stack file has."""
    for row in STAGE_TABLE:
        for path in _places(row.path, raw):
            yield Applied(path, row.of(stage), stage.value)


def _places(path: tuple[str, ...], raw: Mapping[str, Any]) -> Iterator[Path]:
    """A row's path with the names of the parts it is about."""
    if EACH not in path:
        yield path
        return
    at = path.index(EACH)
    named = _get(raw, path[:at], {})
    for name, value in named.items() if _is_map(named) else ():
        if isinstance(value, Mapping):
            yield (*path[:at], name, *path[at + 1 :])


def with_defaults(stage: Stage, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Applied]]:
    """What a stack file says, with the stage's defaults put where it says nothing.

    Args:
        stage: the stack's stage.
        raw: what stands below `strata:`. Values of a wrong kind are left as they are.

    Returns:
        the whole, and the defaults that were put in.
    """
    merged: dict[str, Any] = copy.deepcopy(dict(raw))
    applied = [default for default in stage_values(stage, raw) if _put(merged, default.path, default.value)]
    for default in _dependent(stage, raw, merged):
        _set(merged, default.path, default.value)
        applied = [*(other for other in applied if other.path != default.path), default]
    return merged, applied


def _dependent(stage: Stage, raw: Mapping[str, Any], merged: Mapping[str, Any]) -> Iterator[Applied]:
    """Defaults that depend on other settings, where the file does not say the value itself."""
    ingress = merged.get("ingress")
    if _is_map(ingress) and ingress.get("internal") is True and not _has(raw, ("ingress", "allowed_cidrs")):
        cidr = _get(merged, ("network", "cidr"), str(NetworkSettings().cidr))
        if _is_range(cidr):
            yield Applied(("ingress", "allowed_cidrs"), [cidr], "internal: the network's own range")
    services = merged.get("services")
    for name, service in services.items() if _is_map(services) else ():
        servers = _get(service, ("capacity", "min"), CapacitySettings().min)
        if not isinstance(servers, int) or not _is_map(_get(service, ("rollout",), None)):
            continue
        rollout = ("services", name, "rollout")
        floor = (*rollout, "min_healthy_percent")
        if servers <= _LAUNCH_FIRST_UP_TO and not _has(raw, floor) and _get(merged, floor, 100) != _LAUNCH_FIRST:
            yield Applied(floor, _LAUNCH_FIRST, "one or two servers: a new one comes first")
        if stage is Stage.PROD and servers >= _CANARY_FROM and not _has(raw, (*rollout, "checkpoint_percentages")):
            yield Applied((*rollout, "checkpoint_percentages"), [10, 50, 100], "prod, from ten servers")
    yield from _replicated(raw, merged)


def _replicated(raw: Mapping[str, Any], merged: Mapping[str, Any]) -> Iterator[Applied]:
    """A database of which the file has a replica may have replicas: that decides who keeps its master password."""
    databases, replicas = merged.get("databases"), merged.get("replicas")
    sources = [_get(replica, ("source",), None) for replica in replicas.values()] if _is_map(replicas) else []
    for name, database in databases.items() if _is_map(databases) else ():
        path = ("databases", name, "replicated")
        if name in sources and _is_map(database) and not _has(raw, path):
            yield Applied(path, value=True, why="the stack file has a replica of it")


def _is_map(value: Any) -> TypeIs[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_range(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(IPv4Network(value))
    except ValueError:
        return False


def _has(raw: Any, path: Path) -> bool:
    for part in path:
        if not isinstance(raw, Mapping) or part not in raw:
            return False
        raw = raw[part]
    return True


def _get(raw: Any, path: Path, otherwise: Any) -> Any:
    for part in path:
        if not isinstance(raw, Mapping) or part not in raw:
            return otherwise
        raw = raw[part]
    return raw


def _put(merged: dict[str, Any], path: Path, value: Any) -> bool:
    """Set a value unless there is one, or something that is not a mapping stands in the way."""
    at: Any = merged
    for part in path[:-1]:
        at = at.setdefault(part, {})
        if not isinstance(at, dict):
            return False
    if path[-1] in at:
        return False
    at[path[-1]] = value
    return True


def _set(merged: dict[str, Any], path: Path, value: Any) -> None:
    at: Any = merged
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
