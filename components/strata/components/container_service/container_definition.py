"""The containers of a task, as a task definition has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from strata.settings.models import (
    Awaited,
    ContainerHealthSettings,
    ContainerServiceSettings,
    ContainerSidecarSettings,
    FolderWriter,
)

__all__ = ["ContainerValues", "application", "sidecar", "volumes"]

_LOG_BUFFER: Final = "25m"
_CONDITIONS: Final[Mapping[Awaited, str]] = {Awaited.STARTED: "START", Awaited.HEALTHY: "HEALTHY"}
_GIVE_UP_SECONDS: Final = 120
"""How long the application waits for a sidecar, the longest that Fargate allows. Without it a task whose sidecar does
not become healthy is pending for hours (aws/containers-roadmap#2379)."""


@dataclass(frozen=True)
class ContainerValues:
    """What is known of a container only once other resources are.

    Args:
        image: repository@sha256:...
        logs: name of the log group.
        region: the log group's.
        environment: its variables.
        secrets: variables whose values ECS reads, by the ARN of the secret.
    """

    image: str
    logs: str
    region: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])


def application(name: str, settings: ContainerServiceSettings, values: ContainerValues) -> dict[str, Any]:
    """The container of the application.

    With sidecars its share of the task is said, and is what they leave: a container that says nothing gets next to no
    CPU as soon as another one says something (ECS counts 2 units for it).

    Args:
        name: what it is called.
        settings: the service's settings.
        values: the rest.
    """
    optional: dict[str, Any] = {}
    if settings.open_files is not None:
        limit = {"name": "nofile", "softLimit": settings.open_files, "hardLimit": settings.open_files}
        optional["ulimits"] = [limit]
    beside = sorted(settings.sidecars.items())
    if beside:
        optional["cpu"] = settings.cpu - sum(each.cpu for _, each in beside)
        optional["memory"] = settings.memory_mib - sum(each.memory_mib for _, each in beside)
    awaited = [(key, each.awaited) for key, each in beside if each.awaited is not None]
    if awaited:
        optional["dependsOn"] = [{"containerName": key, "condition": _CONDITIONS[until]} for key, until in awaited]
    shared = [
        _mount(_shared(key, index), path, read_only=writer is FolderWriter.SIDECAR)
        for key, each in beside
        for index, (path, writer) in enumerate(sorted(each.shared_paths.items()))
    ]
    made = _container(name, settings, values, essential=True)
    made["mountPoints"] = [
        *(_mount(_own(index), path) for index, path in enumerate(settings.writable_paths)),
        *shared,
    ]
    made["portMappings"] = [{"containerPort": settings.port, "hostPort": settings.port, "protocol": "tcp"}]
    return {**made, **_health(settings.container_health, settings.boot_seconds), **optional}


def sidecar(name: str, settings: ContainerSidecarSettings, values: ContainerValues) -> dict[str, Any]:
    """The container of a sidecar, hardened as the application's.

    Args:
        name: what it is called.
        settings: its settings.
        values: the rest.
    """
    made = _container(name, settings, values, essential=settings.essential)
    made["cpu"], made["memory"] = settings.cpu, settings.memory_mib
    made["mountPoints"] = [
        *(_mount(_own(index, name), path) for index, path in enumerate(settings.writable_paths)),
        *(
            _mount(_shared(name, index), path, read_only=writer is FolderWriter.APPLICATION)
            for index, (path, writer) in enumerate(sorted(settings.shared_paths.items()))
        ),
    ]
    if settings.awaited is not None:
        made["startTimeout"] = _GIVE_UP_SECONDS
    return {**made, **_health(settings.health, settings.boot_seconds)}


def volumes(settings: ContainerServiceSettings) -> list[str]:
    """The names of a task's volumes: those of the application, then those of each sidecar."""
    found = [_own(index) for index, _ in enumerate(settings.writable_paths)]
    for name, each in sorted(settings.sidecars.items()):
        found += [_own(index, name) for index, _ in enumerate(each.writable_paths)]
        found += [_shared(name, index) for index, _ in enumerate(each.shared_paths)]
    return found


def _container(
    name: str,
    settings: ContainerServiceSettings | ContainerSidecarSettings,
    values: ContainerValues,
    *,
    essential: bool,
) -> dict[str, Any]:
    """What all containers of a task have."""
    optional: dict[str, Any] = {}
    if settings.entry_point is not None:
        optional["entryPoint"] = list(settings.entry_point)
    if settings.command is not None:
        optional["command"] = list(settings.command)
    if values.secrets:
        optional["secrets"] = [{"name": key, "valueFrom": arn} for key, arn in sorted(values.secrets.items())]
    return {
        "name": name,
        "image": values.image,
        "essential": essential,
        "user": settings.user,
        "readonlyRootFilesystem": True,
        # An init collects children and hands signals on. Fargate knows no tmpfs, and of capabilities only SYS_PTRACE
        # could be added.
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "stopTimeout": settings.stop_seconds,
        "environment": [{"name": key, "value": value} for key, value in sorted(values.environment.items())],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": values.logs,
                "awslogs-region": values.region,
                "awslogs-stream-prefix": name,
                # a slow log must not stop the application
                "mode": "non-blocking",
                "max-buffer-size": _LOG_BUFFER,
            },
        },
        **optional,
    }


def _health(check: ContainerHealthSettings | None, boot_seconds: int) -> dict[str, Any]:
    if check is None:
        return {}
    return {
        "healthCheck": {
            "command": ["CMD", *check.command],
            "interval": check.interval_seconds,
            "timeout": check.timeout_seconds,
            "retries": check.retries,
            "startPeriod": boot_seconds,
        }
    }


def _mount(volume: str, path: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"sourceVolume": volume, "containerPath": path, "readOnly": read_only}


def _own(index: int, owner: str | None = None) -> str:
    return f"writable-{index}" if owner is None else f"{owner}-writable-{index}"


def _shared(owner: str, index: int) -> str:
    return f"{owner}-shared-{index}"
