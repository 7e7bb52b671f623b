"""How a service is rolled where no program says it: by its settings, or by what AWS knows of how it was rolled before.

What is meant to make a new release cautious has no use on the way back to one that has run, or for fresh servers of the
one that runs: no checkpoints, no bake time, no pause before requests move, and no alarm that fires already, which is as
a rule why somebody goes back. The floor, the alarms that are quiet, and health are judged as ever.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from strata.naming import heartbeat_name
from strata.rollback.service_place import ServicePlace
from strata.rollout.note import Note
from strata.rollout.servers.preferences import FULL, MOST
from strata.rollout.servers.server_spec import ServerSpec
from strata.rollout.servers.views import GroupView, RefreshView
from strata.rollout.tasks.deployment import configuration_from_api
from strata.rollout.tasks.task_spec import TaskSpec
from strata.rollout.tasks.task_views import ContainerServiceView
from strata.settings.models import AlarmGate, ContainerServiceSettings, OnInProgress, Retry, ServiceSettings

__all__ = ["alarms_of_group", "alarms_of_service", "server_spec", "task_spec"]

_ANYWAY: Final[Mapping[str, Any]] = {"on_in_progress": OnInProgress.SUPERSEDE, "retry": Retry.ALWAYS}
"""Somebody asked for this very rollout, now."""


def server_spec(place: ServicePlace, record: str, group: GroupView, newest: RefreshView | None) -> ServerSpec:
    """How the servers of a service are rolled.

    Args:
        place: the service.
        record: name of its release record.
        group: its group.
        newest: the group's newest instance refresh, if AWS still knows one.
    """
    settings = place.settings.services.get(place.service) if place.settings else None
    spec = ServerSpec.of_service(place.service, settings or _as_before(group, newest), record=record)
    rollout = spec.settings
    gate = AlarmGate.OFF if rollout.alarms is AlarmGate.OFF else AlarmGate.IGNORE_ONCE
    quick = {
        **_ANYWAY,
        "alarms": gate,
        "bake_seconds": 0,
        "checkpoint_percentages": (),
        "heartbeat_minutes": None,
        # what runs on the way back is no new release that somebody would look into
        "keep_failed": None,
    }
    return replace(spec, settings=rollout.model_copy(update=quick), behind_load_balancer=bool(group.target_groups))


def _as_before(group: GroupView, newest: RefreshView | None) -> ServiceSettings:
    """Settings that AWS remembers: those of the newest rollout, and of the group itself."""
    said = newest.preferences if newest is not None else {}
    rollout = {
        "min_healthy_percent": int(said.get("MinHealthyPercentage", FULL)),
        "max_healthy_percent": int(said.get("MaxHealthyPercentage", MOST)),
    }
    boot = {"boot_seconds": group.grace_seconds} if group.grace_seconds else {}
    return ServiceSettings.model_validate(
        {"capacity": {"min": group.min, "max": max(group.max, 1)}, "rollout": rollout, **boot}
    )


def alarms_of_group(record: str, note: Note | None, newest: RefreshView | None) -> tuple[str, ...]:
    """The alarms that gated the rollout before, without its heartbeat: this one is no worse off unwatched.

    Args:
        record: name of the release record.
        note: what the last gate left.
        newest: the group's newest instance refresh, if AWS still knows one.
    """
    found = (newest.alarms if newest is not None else ()) or (note.alarms if note is not None else ())
    return tuple(each for each in found if each != heartbeat_name(record))


def task_spec(place: ServicePlace, record: str, service: ContainerServiceView) -> TaskSpec:
    """How the tasks of a service are rolled. How a deployment proceeds is set on the service itself, and stays so.

    Args:
        place: the service.
        record: name of its release record.
        service: as AWS describes it now.
    """
    settings = place.settings.container_services.get(place.service) if place.settings else None
    spec = TaskSpec.of_service(place.service, settings or _as_deployed(service), record=record)
    rollout = spec.settings
    gate = AlarmGate.OFF if rollout.alarms is AlarmGate.OFF else AlarmGate.IGNORE_ONCE
    configuration = replace(configuration_from_api(service.deployed), hooks=())
    settings = rollout.model_copy(update={**_ANYWAY, "alarms": gate})
    # what runs once belongs to a new release
    return replace(spec, settings=settings, configuration=configuration, before=None)


def _as_deployed(service: ContainerServiceView) -> ContainerServiceSettings:
    """Settings as the service itself has them."""
    configuration = configuration_from_api(service.deployed)
    rollout = {"strategy": "rolling", "min_healthy_percent": configuration.min_healthy_percent}
    boot = {"boot_seconds": service.grace_seconds} if service.grace_seconds else {}
    capacity = {"min": service.desired, "max": max(service.desired, 1)}
    return ContainerServiceSettings.model_validate({"capacity": capacity, "scaling": None, "rollout": rollout, **boot})


def alarms_of_service(service: ContainerServiceView) -> tuple[str, ...]:
    """The alarms that gate every deployment of a service.

    Args:
        service: as AWS describes it now.
    """
    watched = service.deployed.get("alarms") or {}
    return tuple(watched.get("alarmNames") or ()) if watched.get("enable") else ()
