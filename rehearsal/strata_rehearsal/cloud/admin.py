"""The admin paths of the local AWS: look at the simulation, and make things happen to it.

GET  /_strata/state                     groups, servers, services, tasks, targets, alarms, faults, promotions, clock,
                                        machine images, container images that were made up
GET  /_strata/events?since=N            events after number N
GET  /_strata/clock                     simulated now, speed and anchor
POST /_strata/kill      {instance}      the instance dies; or {group, count}; or {task}
POST /_strata/health    {instance, healthy}     the instance fails or passes its checks from now on; or {task, healthy}
POST /_strata/fault     {kind, service?, image?, after?}
POST /_strata/clear     {kind?, service?, image?}       lifts faults; servers recover
POST /_strata/images    {images: [{name, version, id, ...}]}    makes those whose ids are new
POST /_strata/alarm     {name, state, reason?}  puts a CloudWatch alarm into a state
POST /_strata/capacity  {group, desired}        changes a group's desired capacity; or {service, desired}, its tasks
POST /_strata/registry  {}       starts the registry of container images, if it does not run yet
POST /_strata/pushed    {repository, tag, manifest, media_type}     an image is pushed; repository is ACCOUNT.dkr.ecr...
POST /_strata/boot      {service, seconds, waiting?}    how long a service's servers take to boot from now on
POST /_strata/answers   {answers?, versions?}   what services that work answer over HTTP, by their names: {status?,
                        body?, headers?}; and versions of container images by digest
POST /_strata/agent     {instance, state}       how Systems Manager sees its agent: Online, ConnectionLost, absent; or
                        {service, state}, those of all its servers
POST /_strata/contents  {instance, differences?, manifest?}     what is in it beside its image, each as [kind, name,
                        baked, found], and whether that has a manifest; or {service, ...}, of all its servers
POST /_strata/script    {instance, output?, error?, code?, seconds?}   what a script sent by Run Command comes to there;
                        or {service, ...}; with nothing else what it would come to anyway
POST /_strata/accounts  {accounts}              accounts that there are besides the one that answers everybody
POST /_strata/scanned   {image, region, account?, severity?, at?, fixes?}   Inspector has scanned an AMI; or
                        {repository, digest, region, account?, counts?, at?}, a container image
POST /_strata/build-faults {faults: [{kind, recipe?, ...}]}  all that make the building of images fail, see BuildFault
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from moto.cloudwatch.models import cloudwatch_backends

from strata.clock import ScaledClock
from strata.rollout.servers.refresh import AlarmState
from strata_rehearsal.cloud.alarm_states import set_state
from strata_rehearsal.cloud.command_admin import command_paths
from strata_rehearsal.cloud.container_services import SimulatedTask
from strata_rehearsal.cloud.faults import Fault, FaultKind
from strata_rehearsal.cloud.fleet.health import judge, sick, target_groups
from strata_rehearsal.cloud.fleet.server_lifecycle import boot_waiting_servers
from strata_rehearsal.cloud.fleet.single_servers import boot_waiting_singles
from strata_rehearsal.cloud.http_replies import PlayedAnswer
from strata_rehearsal.cloud.image_admin import image_paths
from strata_rehearsal.cloud.image_builder.service import ImageBuilderService
from strata_rehearsal.cloud.registries import made_up_containers
from strata_rehearsal.cloud.scaling_groups import Group, GroupServer
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.tasks.interventions import lift_from_tasks, service_named, service_state, set_task_health
from strata_rehearsal.cloud.tasks.pulled_images import receive
from strata_rehearsal.cloud.tasks.service_keeping import scale_service
from strata_rehearsal.cloud.tasks.task_lifecycle import end_task, start_waiting_tasks

__all__ = ["Admin"]


class Admin:
    """Answers the admin paths.

    Args:
        cloud: the local AWS.
        image_builder: its Image Builder.
    """

    def __init__(self, cloud: Cloud, image_builder: ImageBuilderService) -> None:
        self._cloud = cloud
        self._paths: dict[tuple[str, str], Callable[[Mapping[str, Any]], Any]] = {
            ("GET", "state"): self._state,
            ("GET", "events"): self._events,
            ("GET", "clock"): self._clock,
            ("POST", "kill"): self._kill,
            ("POST", "health"): self._health,
            ("POST", "fault"): self._fault,
            ("POST", "clear"): self._clear,
            ("POST", "alarm"): self._alarm,
            ("POST", "capacity"): self._capacity,
            ("POST", "boot"): self._boot,
            ("POST", "answers"): self._answers,
            ("POST", "registry"): self._registry,
            ("POST", "pushed"): self._pushed,
            **command_paths(cloud),
            **image_paths(cloud, image_builder),
        }

    def __call__(self, environ: Mapping[str, Any], body: bytes, start_response: Callable[..., Any]) -> Iterable[bytes]:
        name = environ["PATH_INFO"].removeprefix("/_strata/").strip("/")
        path = self._paths.get((environ["REQUEST_METHOD"], name))
        status = "200 OK"
        if path is None:
            status, answer = "404 Not Found", {"error": f"no admin path {environ['REQUEST_METHOD']} {name}"}
        else:
            try:
                fields = json.loads(body) if body else {key: value[-1] for key, value in _query(environ).items()}
                with self._cloud.world.present():
                    if environ["REQUEST_METHOD"] == "POST":
                        self._cloud.world.log.write(self._cloud.world.now, "admin", action=name, parameters=fields)
                    answer = path(fields)
                self._cloud.world.log.flush()
            except (KeyError, TypeError, ValueError) as error:
                missing = f"missing or unknown: {error}" if isinstance(error, KeyError) else str(error)
                status, answer = "400 Bad Request", {"error": missing}
        content = json.dumps(answer, default=str).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    def _state(self, _fields: Mapping[str, Any]) -> dict[str, Any]:
        cloud = self._cloud
        return {
            "clock": self._clock({}),
            "events": cloud.world.log.count,
            "faults": [fault.document() for fault in cloud.faults],
            "images": [image.document() for image in cloud.images],
            "made_up_containers": made_up_containers(),
            "promotions": sorted(cloud.promotions),
            "groups": [self._group(group) for group in cloud.groups.values()],
            "services": [service_state(cloud, service) for service in cloud.services.values()],
            "alarms": {
                alarm.name: alarm.state_value
                for account in cloudwatch_backends.values()
                for backend in account.values()
                for alarm in backend.alarms.values()
            },
        }

    def _group(self, group: Group) -> dict[str, Any]:
        attached = target_groups(group)
        return {
            "name": group.name,
            "service": group.service,
            "region": group.region,
            "min": group.min_size,
            "desired": group.desired,
            "max": group.max_size,
            "deleting": group.deleting,
            "configuration": group.configuration.specification(),
            "tags": {str(tag["Key"]): str(tag["Value"]) for tag in group.tags},
            "refreshes": [refresh.document() for refresh in group.refreshes],
            "servers": [
                {
                    "id": server.id,
                    "image": server.image,
                    "template": server.template_id,
                    "version": server.version,
                    "state": server.state.value,
                    "health": server.health,
                    "zone": server.zone,
                    "in_service_since": server.in_service_since,
                    "targets": [self._cloud.targets.health(each.arn, server.id).state for each in attached],
                }
                for server in group.servers.values()
            ],
        }

    def _events(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        log = self._cloud.world.log
        events = log.since(int(fields.get("since", 0)))
        return {"events": events, "last": log.count}

    def _clock(self, _fields: Mapping[str, Any]) -> dict[str, Any]:
        clock, world = self._cloud.world.clock, self._cloud.world
        shown = {
            "token": self._cloud.token,
            "now": world.now,
            "time": world.moment().isoformat(),
            "next_event": world.next_event(),
        }
        return {**shown, "speed": clock.speed, "anchor": clock.anchor} if isinstance(clock, ScaledClock) else shown

    def _kill(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        if "task" in fields:
            end_task(self._cloud, self._task(fields))
            return {"killed": [fields["task"]]}
        if "instance" in fields:
            victims = [self._server(fields)]
        else:
            group = self._one_group(fields["group"])
            serving = [server for server in group.counting() if server.in_service_since is not None]
            victims = sorted(serving, key=lambda server: server.rank)[: int(fields.get("count", 1))]
        for server in victims:
            server.instance.terminate()
        return {"killed": [server.id for server in victims]}

    def _health(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        healthy = bool(fields["healthy"])
        if "task" in fields:
            set_task_health(self._cloud, self._task(fields), healthy=healthy)
            return {"task": fields["task"], "healthy": healthy}
        server = self._server(fields)
        fault = Fault(FaultKind.UNHEALTHY, server.group.service, server.image)
        server.faults = server.faults - {fault} if healthy else server.faults | {fault}
        self._reconsider(server)
        return {"instance": server.id, "healthy": healthy}

    def _fault(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        fault = Fault.parse(fields)
        self._cloud.faults.add(fault)
        return {"faults": [each.document() for each in self._cloud.faults]}

    def _clear(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        kind = FaultKind(fields["kind"]) if fields.get("kind") else None
        lifted = self._cloud.faults.clear(kind, fields.get("service"), fields.get("image"))
        for server in self._cloud.servers.values():
            if server.faults & set(lifted):
                server.faults -= set(lifted)
                self._reconsider(server)
        lift_from_tasks(self._cloud, lifted)
        for group in self._cloud.groups.values():
            group.refused_until = 0.0
            self._cloud.touch(group)
        self._cloud.check_alarms()
        return {"cleared": [fault.document() for fault in lifted]}

    def _reconsider(self, server: GroupServer) -> None:
        failing = sick(server)
        for each in target_groups(server.group):
            self._cloud.targets.sicken(each, server.id, sick=failing)
        judge(self._cloud, server)

    def _alarm(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        wanted, found = AlarmState(fields["state"]), []
        for account in cloudwatch_backends.values():
            for backend in account.values():
                alarm: Any = backend.alarms.get(fields["name"])
                if alarm is not None:
                    alarm.strata_told = True
                    set_state(alarm, wanted, str(fields.get("reason", "set by request")))
                    found.append(alarm.name)
        if not found:
            raise ValueError(f"there is no alarm {fields['name']}")
        return {"alarm": found[0], "state": wanted.value}

    def _capacity(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        if "service" in fields:
            for service in service_named(self._cloud, fields["service"]):
                scale_service(self._cloud, service, int(fields["desired"]))
            return {"service": fields["service"], "desired": int(fields["desired"])}
        group, wanted = self._one_group(fields["group"]), int(fields["desired"])
        if not group.min_size <= wanted <= group.max_size:
            raise ValueError(f"desired {wanted} is not between {group.min_size} and {group.max_size}")
        group.desired = wanted
        self._cloud.world.record("group", group.name, "desired", service=group.service, desired=wanted)
        self._cloud.touch(group)
        return {"group": group.name, "desired": wanted}

    def _boot(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        seconds = float(fields["seconds"])
        if seconds < 0:
            raise ValueError(f"cannot boot in {seconds} seconds")
        name = str(fields["service"])
        self._cloud.boot_seconds[name] = seconds
        if fields.get("waiting"):
            for group in self._cloud.groups.values():
                if group.service == name:
                    boot_waiting_servers(self._cloud, group)
            boot_waiting_singles(self._cloud, name)
            for service in (*self._cloud.services.values(), *self._cloud.single_tasks):
                if service.service == name:
                    start_waiting_tasks(self._cloud, service)
        return {"boot_seconds": self._cloud.boot_seconds}

    def _answers(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: PlayedAnswer.parse(each) for name, each in fields.get("answers", {}).items()}
        self._cloud.answers = found
        self._cloud.image_versions.update(fields.get("versions") or {})
        return {"answers": sorted(self._cloud.answers)}

    def _registry(self, _fields: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._cloud.image_registry
        if registry is None:
            raise ValueError("this local AWS is not served, and has no registry")
        return {"address": registry.start()}

    def _pushed(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"digest": receive(fields["repository"], fields["tag"], fields["manifest"], fields["media_type"])}

    def _server(self, fields: Mapping[str, Any]) -> GroupServer:
        server = self._cloud.servers.get(fields["instance"])
        if server is None:
            raise ValueError(f"no group has an instance {fields['instance']}")
        return server

    def _task(self, fields: Mapping[str, Any]) -> SimulatedTask:
        for service in self._cloud.services.values():
            if fields["task"] in service.tasks:
                return service.tasks[fields["task"]]
        raise ValueError(f"no service has a task {fields['task']}")

    def _one_group(self, name: str) -> Group:
        found = self._cloud.group_named(name)
        if len(found) != 1:
            raise ValueError(f"{len(found)} groups are or run {name}")
        return found[0]


def _query(environ: Mapping[str, Any]) -> dict[str, list[str]]:
    return parse_qs(environ.get("QUERY_STRING", ""))
