"""Servers that are changed in place, under control: the way in for who does not replace servers yet."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from strata.components.access import Usable
from strata.components.base import Component
from strata.components.children import Children
from strata.components.ingress import Ingress
from strata.components.inputs import MaintainedFleetOverrides
from strata.components.machine_image import MachineImage
from strata.components.machine_image_checks import require_disk
from strata.components.maintained_fleet.fleet_patching import fleet_patching
from strata.components.maintained_fleet.in_place_changes import (
    healthy_document,
    in_place_changes,
    may_fetch,
    may_note,
)
from strata.components.maintained_fleet.maintained_group import maintained_group, maintained_template
from strata.components.network import AnyNetwork, Tier, place
from strata.components.service.fixed_inputs import CAPACITY, HEALTH, REGION, ROUTES
from strata.components.service.permissions import grant, identity, log_group
from strata.components.service.traffic import firewall, ingress_in_use, traffic
from strata.settings.models import MaintainedFleetSettings
from strata.spectrum import Mutability

__all__ = ["MaintainedFleet", "MaintainedFleetChildren"]

_TAGS = "set `tags`; they are how servers are known as the fleet's"
_PLAYBOOK = "set `playbook` and `changes`"
_PATCHING = "set `patching`"
_FIXED_INPUTS: Mapping[str, Mapping[str, str]] = {
    "launch_template": {
        "image_id": "pin the image under `strata:images`",
        "tag_specifications": _TAGS,
        "region": REGION,
    },
    "group": {
        "launch_template": "nothing: the group launches a numbered version of its own template",
        "launch_configuration": "nothing: the group launches a numbered version of its own template",
        "mixed_instances_policy": "set `instance_type`",
        "instance_refresh": "use an ImmutableService: a refresh replaces servers",
        "min_size": CAPACITY,
        "max_size": CAPACITY,
        "desired_capacity": "set `capacity.initial`",
        "target_group_arns": ROUTES,
        "health_check_grace_period": "set `boot_seconds`",
        "tags": _TAGS,
        "region": REGION,
    },
    "target_group": {
        "health_check": HEALTH,
        "port": "set `port`",
        "vpc_id": "pass another `network`",
        "region": REGION,
    },
    "listener_rule": {
        "listener_arn": "pass another `ingress`",
        "priority": ROUTES,
        "conditions": ROUTES,
        "region": REGION,
    },
    "document": dict.fromkeys(("content", "document_type", "document_format"), _PLAYBOOK),
    "association": dict.fromkeys(
        (
            *("name", "document_version", "targets", "max_concurrency", "max_errors"),
            *("schedule_expression", "apply_only_at_cron_interval", "parameters"),
        ),
        _PLAYBOOK,
    ),
    "healthy_document": dict.fromkeys(("content", "document_type", "document_format"), "set `health` and `changes`"),
    "patch_group": dict.fromkeys(("baseline_id", "patch_group"), "nothing: servers carry the name of the fleet's own"),
    "window": dict.fromkeys(("schedule", "schedule_timezone", "duration", "cutoff"), _PATCHING),
    "window_target": {"window_id": "nothing: it is the fleet's own window", "targets": "nothing: they are its servers"},
    "window_task": {
        "window_id": "nothing: it is the fleet's own window",
        "task_arn": _PATCHING,
        "targets": "nothing: they are the servers of the fleet",
        **dict.fromkeys(("max_concurrency", "max_errors"), "set `changes`"),
        "task_invocation_parameters": _PATCHING,
    },
}
"""Inputs that no override may set, each with the way that is meant."""


class MaintainedFleetChildren(Children):
    """What the component MaintainedFleet makes."""

    launch_template: "aws.ec2.LaunchTemplate"
    """What new servers are launched from."""
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
    """AWS's own policy for Session Manager, by which servers also get their changes."""
    logs_policy: "aws.iam.RolePolicy"
    """The permission to write to the log group."""
    playbook_policy: "aws.iam.RolePolicy | None"
    """The permission to fetch the playbook's archive."""
    before_policy: "aws.iam.RolePolicy | None"
    """The permission to note what runs once before the playbook."""
    profile: "aws.iam.InstanceProfile"
    """What gives servers their role."""
    log_group: "aws.cloudwatch.LogGroup"
    """Where servers write their logs."""
    target_group: "aws.lb.TargetGroup | None"
    """The servers as the load balancer sees them."""
    listener_rule: "Sequence[aws.lb.ListenerRule]"
    """The rules that lead requests here, one a route."""
    uses_policy: "aws.iam.RolePolicy | None"
    """The permission for everything under `uses`."""
    door: "Sequence[aws.vpc.SecurityGroupIngressRule]"
    """The servers' ways in to what they use."""
    document: "aws.ssm.Document"
    """What is run on a server: fetch, compare, run what runs once or wait for it, play, and wait for its health."""
    association: "aws.ssm.Association"
    """Which servers it is run on, how many at a time, and when."""
    healthy_document: "aws.ssm.Document | None"
    """What waits for a server's health after patches were installed."""
    patch_baseline: "aws.ssm.PatchBaseline | None"
    """Which patches are approved."""
    patch_group: "aws.ssm.PatchGroup | None"
    """For whom: the servers with the fleet's tag PatchGroup."""
    window: "aws.ssm.MaintenanceWindow | None"
    """When they are installed."""
    window_target: "aws.ssm.MaintenanceWindowTarget | None"
    """On which servers: those of the group."""
    window_task: "aws.ssm.MaintenanceWindowTask | None"
    """What installs them, and how many servers at a time."""


class MaintainedFleet(Component[MaintainedFleetChildren]):
    """A fleet of servers that are changed in place by an Ansible playbook, some at a time, each until it is healthy.

    It is the way in for a fleet that is not immutable yet: its changes are pinned, reviewed and carried out by AWS, and
    nobody logs in for them. What a server is, is only known to that server: there is no release record, no rollback and
    no fleet drift, and `up` does not wait until a change has reached all servers. Use an `ImmutableService` wherever a
    server can be replaced.

    Args:
        name: the fleet's name.
        settings: see `MaintainedFleetSettings`.
        image: the image that new servers are launched from; it brings Ansible and the agent of Systems Manager.
        network: their network; they are in the private subnets.
        ingress: the load balancer that brings requests; needed when the settings have routes.
        uses: what its servers use besides, as for an `ImmutableService`. Running servers keep the variables that they
            booted with.
        overrides: inputs of single children, by the child's name in `MaintainedFleetChildren`.
        opts: Pulumi options of the component.

    Raises:
        UsageError: routes without an ingress or the reverse, routes or variables that clash, or an override that does
            not fit.
    """

    MUTABILITY = Mutability.CONTROLLED

    FIXED_INPUTS = _FIXED_INPUTS

    group_name: pulumi.Output[str]
    """Name of the Auto Scaling group."""
    association_id: pulumi.Output[str]
    """Id of the association: `aws ssm describe-association-executions` shows how its changes went."""
    role_arn: pulumi.Output[str]
    """The servers' role."""
    role_name: pulumi.Output[str]
    """Name of the role, to attach policies to."""
    security_group_id: pulumi.Output[str]
    """The servers' security group, for rules of what they may reach."""

    def __init__(
        self,
        name: str,
        settings: MaintainedFleetSettings,
        *,
        image: MachineImage,
        network: AnyNetwork,
        ingress: Ingress | None = None,
        uses: Sequence[Usable] = (),
        overrides: MaintainedFleetOverrides | None = None,
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
            lambda it: require_disk(it, name, settings.disk.size_gib, part="maintained")
        )
        logs = log_group(self, settings)
        servers = identity(self, logs)
        ground = place(self, network, Tier.PRIVATE, user="a fleet")
        walls = firewall(self, settings, ground, ingress)
        used = grant(self, settings, uses, role=servers.role, security_group=walls.security_group)
        template = maintained_template(
            self, settings, image=found, identity=servers, security_group=walls.security_group, logs=logs, used=used
        )
        group = maintained_group(
            self,
            settings,
            ground=ground,
            template=template,
            traffic=traffic(self, settings, ground, ingress) if ingress else None,
            depends_on=[
                *network.ready(Tier.PRIVATE),
                *servers.grants,
                *may_fetch(self, settings.playbook, servers),
                *may_note(self, settings.playbook, servers),
                *walls.rules,
                *used.grants,
            ],
        )
        in_place_changes(self, settings, group)
        fleet_patching(self, settings, group, healthy_document(self, settings))
        self.group_name = group.name
        self.association_id = self.resources.association.association_id
        self.role_arn = servers.role.arn
        self.role_name = servers.role.name
        self.security_group_id = walls.security_group.id
        self.publish()
