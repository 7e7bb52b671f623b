"""Servers from one image, replaced and never changed."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from strata.components.access import Usable
from strata.components.alarms import Alarms
from strata.components.base import Component
from strata.components.children import Children
from strata.components.ingress import Ingress
from strata.components.inputs import ImmutableServiceOverrides
from strata.components.machine_image import MachineImage
from strata.components.machine_image_checks import require_disk, require_shell
from strata.components.network import AnyNetwork, Tier, place
from strata.components.service.fixed_inputs import FIXED_INPUTS
from strata.components.service.heartbeat_alarm import heartbeat_alarm
from strata.components.service.periodic_refresh import periodic_refresh
from strata.components.service.permissions import grant, identity, log_group
from strata.components.service.release_record import release_record
from strata.components.service.scaling_group import draining, fleet, scaling, schedules
from strata.components.service.template import launch_template
from strata.components.service.traffic import Traffic, firewall, ingress_in_use, traffic
from strata.naming import record_name
from strata.rollout.gated_service import Gate, GatedService
from strata.rollout.record import ImageRef, ServerRelease, proven
from strata.rollout.servers.server_spec import ServerSpec
from strata.rollout.wiring import default_gate
from strata.settings.models import ServiceSettings
from strata.settings.proven_images import images_with_proof
from strata.settings.stack_freezes import freezes_of_program
from strata.spectrum import Mutability

if TYPE_CHECKING:
    import boto3

__all__ = ["ImmutableService", "ImmutableServiceChildren"]


class ImmutableServiceChildren(Children):
    """What the component ImmutableService makes."""

    launch_template: "aws.ec2.LaunchTemplate"
    """What a server is launched from."""
    group: "aws.autoscaling.Group"
    """The fleet."""
    security_group: "aws.ec2.SecurityGroup"
    """The servers' security group."""
    egress: "aws.vpc.SecurityGroupEgressRule"
    """What servers may reach: everything."""
    from_ingress: "aws.vpc.SecurityGroupIngressRule | None"
    """The load balancer's way to the servers."""
    ingress_egress: "aws.vpc.SecurityGroupEgressRule | None"
    """The load balancer's way out to the servers."""
    role: "aws.iam.Role"
    """The servers' role."""
    session_manager: "aws.iam.RolePolicyAttachment"
    """AWS's own policy for Session Manager."""
    logs_policy: "aws.iam.RolePolicy"
    """The permission to write to the log group."""
    profile: "aws.iam.InstanceProfile"
    """What gives servers their role."""
    log_group: "aws.cloudwatch.LogGroup"
    """Where servers write their logs."""
    target_group: "aws.lb.TargetGroup | None"
    """The servers as the load balancer sees them."""
    listener_rule: "Sequence[aws.lb.ListenerRule]"
    """The rules that lead requests here, one a route."""
    scale_by_cpu: "aws.autoscaling.Policy | None"
    """Scaling by CPU."""
    scale_by_requests: "aws.autoscaling.Policy | None"
    """Scaling by requests."""
    schedule: "Sequence[aws.autoscaling.Schedule]"
    """Scheduled capacity."""
    refresh: "aws.scheduler.Schedule | None"
    """What has the fleet refreshed at fixed times."""
    refresh_role: "aws.iam.Role | None"
    """The role that starts such a refresh."""
    refresh_policy: "aws.iam.RolePolicy | None"
    """The permission to start it."""
    drain: "aws.autoscaling.LifecycleHook | None"
    """The time a worker's server has to finish its work."""
    drain_policy: "aws.iam.RolePolicy | None"
    """The permission to end a drain early."""
    uses_policy: "aws.iam.RolePolicy | None"
    """The permission for everything under `uses`."""
    door: "Sequence[aws.vpc.SecurityGroupIngressRule]"
    """The servers' ways in to what they use."""
    heartbeat: "aws.cloudwatch.MetricAlarm | None"
    """The alarm that takes a rollout back when its gate is gone."""
    release: "aws.ssm.Parameter"
    """The release record."""


class ImmutableService(Component[ImmutableServiceChildren]):
    """A fleet of servers that all run one image, with or without a load balancer in front.

    A new image is rolled out inside `pulumi up`, which succeeds or fails with the rollout. Without routes it is a
    worker: health is EC2's, and a termination hook lets servers finish their work.

    Args:
        name: the service's name.
        settings: see `ServiceSettings`.
        image: the image its servers run.
        network: their network; they are in the private subnets.
        ingress: the load balancer that brings requests; needed when the settings have routes.
        uses: what its servers use besides: configuration, secrets, databases, stores. Each adds its permission to the
            role, its variables to the environment file, which is part of the release, and lets the servers in where it
            has doors. A component means the least access that it offers: an `ObjectStore` its `reader`, and its
            `writer` is named. A permission is removed together with its entry here, before the servers that
            still need it: stop using it first, in a release of its own.
        gate: what runs the rollout. Default: an instance refresh watched to its end; none under Pulumi's mocks.
        session: AWS session of the gate, needed with an explicit provider. Default: the default provider's.
        overrides: inputs of single children, by the child's name in `ImmutableServiceChildren`. What the
            record, its digest or the gate rest on cannot be overridden; the error names the setting that is meant.
        opts: Pulumi options of the component.

    Raises:
        UsageError: routes without an ingress or the reverse, routes or variables that clash, or an override that does
            not fit.
    """

    MUTABILITY = Mutability.REPLACED

    FIXED_INPUTS = FIXED_INPUTS

    release: pulumi.Output[dict[str, Any]]
    """What the service is proven to run: group, template, template version, image and digest, from its record."""
    deployed_version: pulumi.Output[str]
    """Version of the image it is proven to run; empty while none is."""
    deployed_image_id: pulumi.Output[str]
    """Id of the image it is proven to run; empty while none is."""
    group_name: pulumi.Output[str]
    """Name of the Auto Scaling group."""
    role_arn: pulumi.Output[str]
    """The servers' role."""
    role_name: pulumi.Output[str]
    """Name of the role, to attach policies to."""
    security_group_id: pulumi.Output[str]
    """The servers' security group, for rules of what they may reach."""

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        *,
        image: MachineImage,
        network: AnyNetwork,
        ingress: Ingress | None = None,
        uses: Sequence[Usable] = (),
        gate: Gate | None = None,
        session: "boto3.Session | None" = None,
        overrides: ImmutableServiceOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            name,
            user_tags=settings.tags,
            protect=settings.protect,
            service=name,
            overrides=overrides,
            opts=opts,
        )
        ingress = ingress_in_use(self, settings, ingress)
        found = image.for_instance_type(settings.instance_type).apply(
            lambda it: require_shell(
                require_disk(it, name, settings.disk.size_gib), name, runs_once=settings.rollout.before is not None
            )
        )
        logs = log_group(self, settings)
        servers = identity(self, logs)
        ground = place(self, network, Tier.PRIVATE, user="a service")
        walls = firewall(self, settings, ground, ingress)
        used = grant(self, settings, uses, role=servers.role, security_group=walls.security_group)
        template = launch_template(
            self, settings, image=found, identity=servers, security_group=walls.security_group, logs=logs, used=used
        )
        requests = traffic(self, settings, ground, ingress) if ingress else None
        alarms = self._alarms(settings, requests, ingress)

        reference = found.apply(lambda it: ImageRef(it.name, it.version, it.id))
        record_at = record_name(pulumi.get_project(), pulumi.get_stack(), name)
        terms = replace(image.terms, proven=images_with_proof())
        frozen = freezes_of_program()
        spec = ServerSpec.of_service(name, settings, record=record_at, terms=terms, freezes=frozen)
        gated = GatedService(
            spec=spec,
            component=self,
            image=reference,
            digest=template.digest,
            alarm_names=alarms.gating if alarms else pulumi.Output.from_input([]),
            url=ingress.url if ingress else None,
        )
        gate = gate or default_gate(session)
        group = fleet(
            self,
            settings,
            ground=ground,
            template=template,
            traffic=requests,
            depends_on=[*network.ready(Tier.PRIVATE), *servers.grants, *walls.rules, *used.grants],
            hooks=gate.bind_fleet(gated),
        )
        guards = [alarms] if alarms else draining(self, settings, group, servers)
        scaling(self, settings, group, requests, ingress)
        schedules(self, settings, group)
        periodic_refresh(self, settings.refresh_every, group, spec, gated.alarm_names)
        record = release_record(
            self,
            fleet=group.name,
            made={"template": template.resource.id, "template_version": template.version},
            release=pulumi.Output.all(
                group=group.name,
                template=template.resource.id,
                template_version=template.version,
                image=reference,
                digest=template.digest,
            ).apply(lambda parts: ServerRelease(**parts)),
            depends_on=[group, *(requests.rules if requests else ()), *guards, *heartbeat_alarm(self, spec)],
            gate=gate,
            gated=gated,
        )
        self._outputs(record, group, servers.role, walls.security_group)

    def _alarms(self, settings: ServiceSettings, requests: Traffic | None, ingress: Ingress | None) -> Alarms | None:
        if requests is None or ingress is None:
            return None
        return Alarms(
            self.pulumi_resource_name,
            settings.alarms,
            target_group=requests.target_group,
            load_balancer=ingress,
            notify_topic_arn=settings.notify_topic_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _outputs(
        self,
        record: "aws.ssm.Parameter",
        group: "aws.autoscaling.Group",
        role: "aws.iam.Role",
        security_group: "aws.ec2.SecurityGroup",
    ) -> None:
        release = record.insecure_value.apply(proven)
        self.release = record.insecure_value.apply(json.loads)
        self.deployed_version = release.apply(lambda found: found.image.version if found else "")
        self.deployed_image_id = release.apply(lambda found: found.image.id if found else "")
        self.group_name = group.name
        self.role_arn = role.arn
        self.role_name = role.name
        self.security_group_id = security_group.id
        self.publish()
