"""What happens to a container service: it is made, changed, looked after at every moment, and deleted."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from moto.cloudwatch.models import cloudwatch_backends
from moto.ecs.models import ecs_backends

from strata.rollout.tasks.deployment import (
    DeploymentConfiguration,
    ServiceDeployment,
    ServiceView,
    configuration_from_api,
    create_deployment,
    is_healthy,
    step,
    supersede,
)
from strata_rehearsal.cloud.alarm_states import period_of
from strata_rehearsal.cloud.container_services import SimulatedRevision, SimulatedService
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.tasks.pulled_images import images_of
from strata_rehearsal.cloud.tasks.service_documents import publish
from strata_rehearsal.cloud.tasks.service_rollout import CarriedDeployment, view_of
from strata_rehearsal.cloud.tasks.stop_reasons import deleted
from strata_rehearsal.cloud.tasks.task_events import record_service
from strata_rehearsal.cloud.tasks.task_lifecycle import stop_task
from strata_rehearsal.cloud.tasks.traffic_weights import has_test_rule, pairs_of

__all__ = [
    "STARTS_A_DEPLOYMENT",
    "adopt_service",
    "delete_service",
    "deploy",
    "keep_within",
    "scale_service",
    "settle_service",
]

STARTS_A_DEPLOYMENT: Final = (
    *("taskDefinition", "networkConfiguration", "platformVersion", "loadBalancers", "serviceRegistries"),
    *("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"),
)
"""The parameters of UpdateService that start a deployment when they change; the API's model says so at each of them."""

_OF_A_REVISION: Final = (*STARTS_A_DEPLOYMENT, "capacityProviderStrategy", "launchType", "platformFamily")


def adopt_service(cloud: Cloud, made: Any, account: str, asked: Mapping[str, Any]) -> None:
    """Simulate a service that moto has made: its first deployment begins.

    Args:
        cloud: the local AWS.
        made: moto's service.
        account: the account it is in.
        asked: the parameters of CreateService.
    """
    service = SimulatedService(
        made.name, made.cluster_name, account, made.region_name, made.arn, made.cluster_arn, made
    )
    cloud.services[service.arn] = service
    deploy(cloud, service, asked, forced=True)


def deploy(cloud: Cloud, service: SimulatedService, asked: Mapping[str, Any], *, forced: bool) -> None:
    """Start a deployment if what the service asks for has changed, or if it is forced.

    Args:
        cloud: the local AWS.
        service: moto has what is asked for already.
        asked: the parameters of the call.
        forced: whether it starts without a change.
    """
    before = service.rollout.launched.parameters if service.rollout is not None else {}
    parameters = {name: service.value(name, before.get(name)) for name in _OF_A_REVISION}
    parameters |= {name: asked[name] for name in _OF_A_REVISION if asked.get(name) is not None}
    parameters["taskDefinition"] = service.made.task_definition
    changed = any(parameters.get(name) != before.get(name) for name in STARTS_A_DEPLOYMENT)
    if forced or changed:
        _begin(cloud, service, parameters)
    publish(cloud, service)
    cloud.touch_service(service)


def scale_service(cloud: Cloud, service: SimulatedService, desired: int) -> None:
    """Change the desired count, which starts no deployment."""
    service.made.desired_count = desired
    record_service(cloud, service.made, "desired", desired=desired)
    publish(cloud, service)
    cloud.touch_service(service)


def keep_within(cloud: Cloud, service: SimulatedService, least: int, most: int) -> None:
    """Bring the desired count within the bounds of a scalable target; a deployment suspends scaling in."""
    wanted = min(max(service.desired, least), most)
    suspended = service.rollout is not None and service.rollout.deployment.scale_in_suspended
    if wanted > service.desired or (wanted < service.desired and not suspended):
        scale_service(cloud, service, wanted)


def delete_service(cloud: Cloud, service: SimulatedService) -> None:
    """Stop everything; the service drains until its last task has stopped."""
    service.deleting = True
    if service.rollout is not None:
        service.rollout.retire()
    for task in list(service.tasks.values()):
        stop_task(cloud, task, deleted())
    _drain(cloud, service)
    cloud.touch_service(service)


def settle_service(cloud: Cloud, service: SimulatedService) -> None:
    """Bring the service where it should be at this moment."""
    if service.single is not None:
        return
    if service.deleting:
        if cloud.services.get(service.arn) is service:
            _drain(cloud, service)
        return
    if service.rollout is not None:
        service.rollout.advance(cloud)
        _note_steadiness(cloud, service)
    publish(cloud, service)


def _begin(cloud: Cloud, service: SimulatedService, parameters: Mapping[str, Any]) -> None:
    _stop_what_runs(cloud, service)
    now, source = cloud.world.now, service.completed
    configuration = _configuration(service)
    definition = ecs_backends[service.account][service.region].describe_task_definition(parameters["taskDefinition"])
    others = [revision for revision in service.revisions if any(task.active for task in service.of(revision))]
    # a deployment in the older view and the revision it makes have the same number
    number = str(uuid.uuid4().int)[:19]
    target = SimulatedRevision(
        arn=_arn(service, "service-revision", number),
        deployment_id=f"ecs-svc/{number}",
        parameters=parameters,
        definition=definition,
        images=images_of(definition.container_definitions),
        created_at=now,
        side=_side(configuration, parameters, source),
    )
    service.revisions.insert(0, target)

    def made(view: ServiceView) -> ServiceDeployment:
        return create_deployment(
            configuration, view, now, can_roll_back=source is not None, test_listener=has_test_rule(parameters)
        )

    described = dict(service.made.deployment_configuration)
    arn = _arn(service, "service-deployment", uuid.uuid4().hex[:22])
    carried = CarriedDeployment(arn, service, target, source, others, described, made(ServiceView(service.desired, [])))
    # seen as this deployment sees them, the tasks that run are the source's, or stale
    carried.deployment = made(view_of(cloud, carried))
    service.rollouts.insert(0, carried)
    service.steady = False
    cloud.check_alarms()


def _stop_what_runs(cloud: Cloud, service: SimulatedService) -> None:
    """A deployment that has not ended stops where it is when the next one starts."""
    current = service.rollout
    if current is None:
        return
    current.retire()
    if not current.deployment.status.terminal:
        current.take(cloud, supersede(current.deployment))
        current.take(cloud, step(current.deployment, view_of(cloud, current), (), cloud.world.now)[0])


def _configuration(service: SimulatedService) -> DeploymentConfiguration:
    values = service.made.deployment_configuration
    names = (values.get("alarms") or {}).get("alarmNames") or ()
    alarms = cloudwatch_backends[service.account][service.region].alarms
    # AWS does not say how it computes the bake time; an alarm needs this long to see what has just begun
    periods = [period_of(alarms[name]) * int(alarms[name].evaluation_periods) for name in names if name in alarms]
    return configuration_from_api(values, rolling_bake_seconds=max(periods, default=0.0))


def _side(
    configuration: DeploymentConfiguration, parameters: Mapping[str, Any], source: SimulatedRevision | None
) -> int:
    if source is None or not pairs_of(parameters):
        return 0
    return 1 - source.side if configuration.strategy.shifts_traffic else source.side


def _arn(service: SimulatedService, kind: str, identity: str) -> str:
    return f"{service.cluster_arn.rpartition(':')[0]}:{kind}/{service.cluster}/{service.name}/{identity}"


def _note_steadiness(cloud: Cloud, service: SimulatedService) -> None:
    carried = service.rollout
    if carried is None:
        return
    view = view_of(cloud, carried)
    running = [task for task in view.tasks if is_healthy(task, carried.deployment.rules, cloud.world.now)]
    steady = carried.deployment.status.terminal and len(running) == len(view.tasks) == service.desired
    if steady and not service.steady:
        service.tell(cloud.world.now, "has reached a steady state.")
    service.steady = steady


def _drain(cloud: Cloud, service: SimulatedService) -> None:
    made = service.made
    made.desired_count = 0
    made.status = "DRAINING" if service.tasks else "INACTIVE"
    publish(cloud, service)
    if not service.tasks:
        cloud.services.pop(service.arn, None)
        record_service(cloud, service.made, "inactive")
