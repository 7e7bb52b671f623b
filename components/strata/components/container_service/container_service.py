"""Containers from one image, replaced and never changed."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from strata.components.access import Usable
from strata.components.alarms import Alarms
from strata.components.base import Component
from strata.components.children import Children
from strata.components.container_image import ContainerImage
from strata.components.container_service.container_variables import require_own_secrets, sidecar_variables
from strata.components.container_service.ecs_service import ecs_service, network_configuration, parameters, scaling
from strata.components.container_service.fixed_task_inputs import FIXED_INPUTS
from strata.components.container_service.sidecar import Sidecar, image_ref, required_of, sidecar_images, sidecars_of
from strata.components.container_service.target_groups import TargetGroups, target_groups
from strata.components.container_service.task_definition import TaskDefinition, task_definition
from strata.components.container_service.task_roles import task_roles
from strata.components.ingress import Ingress
from strata.components.inputs import ContainerServiceOverrides
from strata.components.network import AnyNetwork, Tier, place
from strata.components.secret import Secret
from strata.components.service.permissions import grant, log_group
from strata.components.service.release_record import release_record
from strata.components.service.traffic import firewall, ingress_in_use
from strata.naming import record_name
from strata.rollout.gated_service import Gate, GatedService
from strata.rollout.record import TaskRelease, proven
from strata.rollout.tasks.task_spec import TaskSpec
from strata.rollout.wiring import default_task_gate
from strata.settings.models import ContainerServiceSettings
from strata.settings.stack_freezes import freezes_of_program
from strata.spectrum import Mutability

if TYPE_CHECKING:
    import boto3

__all__ = ["ContainerService", "ContainerServiceChildren"]


class ContainerServiceChildren(Children):
    """What the component ContainerService makes."""

    cluster: "aws.ecs.Cluster | None"
    """The cluster, unless one is given."""
    task_definition: "aws.ecs.TaskDefinition"
    """What a task is launched from."""
    service: "aws.ecs.Service"
    """The service that runs the tasks."""
    security_group: "aws.ec2.SecurityGroup"
    """The tasks' security group."""
    egress: "aws.vpc.SecurityGroupEgressRule"
    """What tasks may reach: everything."""
    from_ingress: "aws.vpc.SecurityGroupIngressRule | None"
    """The load balancer's way to the tasks."""
    ingress_egress: "aws.vpc.SecurityGroupEgressRule | None"
    """The load balancer's way out to the tasks."""
    task_role: "aws.iam.Role"
    """The application's role."""
    execution_role: "aws.iam.Role"
    """The role by which ECS pulls the image, writes logs and reads secrets."""
    execution_policy: "aws.iam.RolePolicy"
    """The permission for that."""
    shell_policy: "aws.iam.RolePolicy | None"
    """The permission for a shell in the containers."""
    infrastructure_role: "aws.iam.Role | None"
    """The role by which ECS moves requests."""
    infrastructure_policy: "aws.iam.RolePolicyAttachment | None"
    """AWS's own policy for that."""
    log_group: "aws.cloudwatch.LogGroup"
    """Where containers write their logs."""
    target_group: "aws.lb.TargetGroup | None"
    """The tasks of the first release as the load balancer sees them, and of every second one after it."""
    alternate_target_group: "aws.lb.TargetGroup | None"
    """The tasks of the releases between them."""
    listener_rule: "Sequence[aws.lb.ListenerRule]"
    """The rules that lead requests here, one a route."""
    test_listener_rule: "aws.lb.ListenerRule | None"
    """The rule that leads test requests here."""
    scalable_target: "aws.appautoscaling.Target"
    """The bounds of the number of tasks."""
    scale_by_cpu: "aws.appautoscaling.Policy | None"
    """Scaling by CPU."""
    scale_by_memory: "aws.appautoscaling.Policy | None"
    """Scaling by memory."""
    scale_by_requests: "aws.appautoscaling.Policy | None"
    """Scaling by requests."""
    uses_policy: "aws.iam.RolePolicy | None"
    """The permission for everything under `uses`."""
    door: "Sequence[aws.vpc.SecurityGroupIngressRule]"
    """The tasks' ways in to what they use."""
    release: "aws.ssm.Parameter"
    """The release record."""


class ContainerService(Component[ContainerServiceChildren]):
    """Tasks of Amazon ECS on Fargate that all run one image by its digest, with or without a load balancer in front.

    A new image is deployed inside `pulumi up`, which succeeds or fails with the deployment. The container runs as a
    user by number, on a read-only root file system, without capabilities, and behind an init. Without routes it is a
    worker, whose tasks are replaced one after the other.

    Args:
        name: the service's name.
        settings: see `ContainerServiceSettings`.
        image: the image its containers run, or a reference, repository@sha256:...
        network: their network; they are in the private subnets.
        ingress: the load balancer that brings requests; needed when the settings have routes.
        uses: what the application uses besides, as for an `ImmutableService`: the permissions are the task role's, the
            variables are in the task definition, which is part of the release.
        secrets: secrets by the variable in which the container finds the value. ECS reads it when it starts the
            container, by the execution role; the application itself may not. A rotated value reaches new tasks only.
        sidecars: what the program adds to the sidecars of the settings, by their names: an image, and what each uses. A
            sidecar whose image is in the settings and that uses nothing needs no entry.
        cluster: the cluster, or its ARN. Default: one of its own.
        gate: what runs the rollout. Default: a service deployment watched to its end; none under Pulumi's mocks.
        session: AWS session of the gate, needed with an explicit provider. Default: the default provider's.
        overrides: inputs of single children, by the child's name in `ContainerServiceChildren`. What the record, its
            digest or the gate rest on cannot be overridden; the error names the setting that is meant.
        opts: Pulumi options of the component.

    Raises:
        UsageError: routes without an ingress, routes or variables that clash, a strategy that does not fit the routes,
            a sidecar without an image or that the settings do not have, or an override that does not fit.
        ImageError: a reference without a digest.
    """

    MUTABILITY = Mutability.REPLACED

    FIXED_INPUTS = FIXED_INPUTS

    release: pulumi.Output[dict[str, Any]]
    """What the service is proven to run: service, task definition, image and digest, from its record."""
    deployed_version: pulumi.Output[str]
    """Version of the image it is proven to run; empty while none is."""
    deployed_image: pulumi.Output[str]
    """The image it is proven to run, repository@sha256:...; empty while none is."""
    service_arn: pulumi.Output[str]
    """The service of Amazon ECS."""
    role_arn: pulumi.Output[str]
    """The application's role."""
    role_name: pulumi.Output[str]
    """Name of that role, to attach policies to."""
    security_group_id: pulumi.Output[str]
    """The tasks' security group, for rules of what they may reach."""

    def __init__(
        self,
        name: str,
        settings: ContainerServiceSettings,
        *,
        image: ContainerImage | pulumi.Input[str],
        network: AnyNetwork,
        ingress: Ingress | None = None,
        uses: Sequence[Usable] = (),
        secrets: Mapping[str, Secret] | None = None,
        sidecars: Mapping[str, Sidecar] | None = None,
        cluster: "aws.ecs.Cluster | pulumi.Input[str] | None" = None,
        gate: Gate | None = None,
        session: "boto3.Session | None" = None,
        overrides: ContainerServiceOverrides | None = None,
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
        secrets = dict(secrets or {})
        found, beside = image_ref(name, image), sidecars_of(self, settings, sidecars or {})
        reference = found.apply(lambda it: it.id)
        logs = log_group(self, settings)
        roles = task_roles(
            self,
            settings,
            references=[reference, *(each.image.apply(lambda it: it.id) for each in beside.values())],
            secrets=[*secrets.values(), *(secret for each in beside.values() for secret in each.secrets.values())],
            logs=logs,
        )
        ground = place(self, network, Tier.PRIVATE, user="a service")
        walls = firewall(self, settings, ground, ingress, of="tasks")
        used = grant(
            self,
            settings,
            uses,
            role=roles.application,
            security_group=walls.security_group,
            others=[usable for each in beside.values() for usable in each.uses],
        )
        require_own_secrets(self, settings.environment, used.environment, secrets)
        groups = target_groups(self, settings, ground, ingress) if ingress else None
        alarm_names = self._alarms(settings, groups, ingress)

        inside = network_configuration(ground, walls.security_group)
        balancers = [groups.load_balancer(name, settings.port)] if groups else []
        sent = parameters(settings, inside, balancers)
        task = task_definition(
            self,
            settings,
            reference=reference,
            roles=roles,
            secrets=secrets,
            environment=used.environment,
            logs=logs,
            parameters=sent,
            sidecars=beside,
            beside=sidecar_variables(self, settings, beside, role=roles.application),
        )
        gated = GatedService(
            spec=TaskSpec.of_service(
                name,
                settings,
                record=record_name(pulumi.get_project(), pulumi.get_stack(), name),
                terms=required_of(image, sidecars or {}),
                freezes=freezes_of_program(),
            ),
            component=self,
            image=found,
            digest=task.digest,
            sidecars=sidecar_images(beside),
            alarm_names=alarm_names if alarm_names is not None else pulumi.Output.from_input([]),
            parameters=sent,
            url=ingress.url if ingress else None,
        )
        gate = gate or default_task_gate(session)
        made = ecs_service(
            self,
            settings,
            cluster=self._cluster(cluster),
            task=task,
            network=inside,
            load_balancers=balancers,
            alarm_names=alarm_names,
            depends_on=[
                *network.ready(Tier.PRIVATE),
                *roles.grants,
                *walls.rules,
                *used.grants,
                # A target group that no listener uses is refused by AWS, so the rules come first.
                *((*groups.every_rule, *groups.grants) if groups else ()),
            ],
            hooks=gate.bind_fleet(gated),
        )
        scaling(self, settings, made, groups, ingress)
        self._outputs(self._record(gate, gated, made, task), made, roles.application, walls.security_group)

    def _cluster(self, given: "aws.ecs.Cluster | pulumi.Input[str] | None") -> pulumi.Input[str]:
        if given is None:
            return self.child(aws.ecs.Cluster, "cluster", Mutability.STABLE)().arn
        return given.arn if isinstance(given, aws.ecs.Cluster) else given

    def _alarms(
        self, settings: ContainerServiceSettings, groups: TargetGroups | None, ingress: Ingress | None
    ) -> "pulumi.Output[Sequence[str]] | None":
        """The alarms of both target groups: requests are now in the one and now in the other."""
        if groups is None or ingress is None:
            return None
        name = self.pulumi_resource_name
        watched = {name: groups.primary, f"{name}-alternate": groups.alternate}
        made = [
            Alarms(
                each,
                settings.alarms,
                target_group=group,
                load_balancer=ingress,
                notify_topic_arn=settings.notify_topic_arn,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for each, group in watched.items()
        ]
        return pulumi.Output.all(*(each.gating for each in made)).apply(
            lambda names: [name for several in names for name in several]
        )

    def _record(
        self, gate: Gate, gated: GatedService, made: "aws.ecs.Service", task: TaskDefinition
    ) -> "aws.ssm.Parameter":
        release = pulumi.Output.all(
            service=made.id,
            task_definition=task.resource.arn,
            image=gated.image,
            sidecars=gated.sidecars,
            digest=gated.digest,
        )
        return release_record(
            self,
            fleet=made.id,
            made={"task_definition": task.resource.arn, "parameters": pulumi.Output.from_input(gated.parameters)},
            release=release.apply(lambda parts: TaskRelease(**parts)),
            depends_on=[made],
            gate=gate,
            gated=gated,
        )

    def _outputs(
        self,
        record: "aws.ssm.Parameter",
        made: "aws.ecs.Service",
        role: "aws.iam.Role",
        security_group: "aws.ec2.SecurityGroup",
    ) -> None:
        release = record.insecure_value.apply(proven)
        self.release = record.insecure_value.apply(json.loads)
        self.deployed_version = release.apply(lambda found: found.image.version if found else "")
        self.deployed_image = release.apply(lambda found: found.image.id if found else "")
        self.service_arn = made.id
        self.role_arn = role.arn
        self.role_name = role.name
        self.security_group_id = security_group.id
        self.publish()
