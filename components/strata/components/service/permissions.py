"""What a service's servers may do: log in, write their logs, and whatever the service uses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import assume_role_policy, policy
from strata.components.access import Access, Door, Usable
from strata.components.base import Component
from strata.components.network.security_group import let_in
from strata.errors import UsageError
from strata.naming import LOG_GROUP_NAME, ROLE_NAME, stack_path
from strata.settings.models import ContainerServiceSettings, MaintainedFleetSettings, ServiceSettings, Settings
from strata.settings.parts import place_of
from strata.spectrum import Mutability

__all__ = [
    "OWN_PREFIX",
    "AnyServers",
    "AnyService",
    "Granted",
    "Identity",
    "grant",
    "identity",
    "log_group",
    "variables",
]

_SESSION_MANAGER = "AmazonSSMManagedInstanceCore"
AnyServers = ServiceSettings | MaintainedFleetSettings
"""Settings of what runs on servers."""
AnyService = AnyServers | ContainerServiceSettings
"""Settings of what runs an image."""
OWN_PREFIX = "STRATA_"
"""Prefix of the variables every service gets about itself."""

_READABLE: Mapping[type[Settings], str] = {
    ServiceSettings: "file is part of the user data, which is none",
    MaintainedFleetSettings: "file is part of the user data, which is none",
    ContainerServiceSettings: "is part of the task definition, which is none",
}


@dataclass(frozen=True)
class Identity:
    """The role of a service and the profile that gives it to servers."""

    role: "aws.iam.Role"
    profile: "aws.iam.InstanceProfile"
    grants: "Sequence[pulumi.Resource]"
    """What the role may do; servers that boot before it exists would be refused."""


def identity(service: Component, logs: "aws.cloudwatch.LogGroup") -> Identity:
    """A role that may be reached by Session Manager and write to the service's log group; no more."""
    role = service.child(
        aws.iam.Role,
        "role",
        Mutability.STABLE,
        named=ROLE_NAME,
    )(assume_role_policy=assume_role_policy("ec2"))
    session_manager = service.child(
        aws.iam.RolePolicyAttachment,
        "session_manager",
        Mutability.REPLACED,
        tagged=False,
    )(
        role=role.name,
        policy_arn=pulumi.Output.concat("arn:", service.partition.partition, ":iam::aws:policy/", _SESSION_MANAGER),
    )
    write_logs = service.child(
        aws.iam.RolePolicy,
        "logs_policy",
        Mutability.REPLACED,
        suffix="logs",
        tagged=False,
    )(
        role=role.id,
        policy=policy(
            {
                "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                "Resource": [logs.arn, pulumi.Output.concat(logs.arn, ":*")],
            }
        ),
    )
    profile = service.child(
        aws.iam.InstanceProfile,
        "profile",
        Mutability.STABLE,
        named=ROLE_NAME,
    )(role=role.name)
    return Identity(role, profile, [session_manager, write_logs])


def log_group(service: Component, settings: AnyService) -> "aws.cloudwatch.LogGroup":
    """A log group with a name that can be guessed: `/strata/<project>/<stack>/<service>`."""
    return service.child(
        aws.cloudwatch.LogGroup,
        "log_group",
        Mutability.VERSIONED,
        suffix="logs",
        # A renamed service goes on in the group that has its logs; who names it by hand decides alone.
        ignore_changes=[] if service.overrides.names("log_group", LOG_GROUP_NAME) else ["name"],
    )(
        name=stack_path(pulumi.get_project(), pulumi.get_stack(), service.pulumi_resource_name),
        retention_in_days=settings.log_retention_days,
    )


@dataclass(frozen=True)
class Granted:
    """What a service has been granted by its `uses`.

    Args:
        environment: further variables of its environment file.
        grants: what has to exist before a server boots.
    """

    environment: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    grants: Sequence[pulumi.Resource] = ()


def grant(
    service: Component,
    settings: AnyService,
    wanted: Sequence[Usable],
    *,
    role: "aws.iam.Role",
    security_group: "aws.ec2.SecurityGroup",
    others: Sequence[Usable] = (),
) -> Granted:
    """One policy of the role for everything that is used, and one rule for every door.

    Args:
        service: the service.
        settings: its settings, which have variables of their own.
        wanted: what it uses.
        role: what its application acts by.
        security_group: whom the doors let in.
        others: what else acts by that role uses, such as sidecars; their variables are not the application's.

    Raises:
        UsageError: two of them, or one and the settings, have the same name or set the same variable.
    """
    place = f"strata:{place_of(type(settings))}.{service.pulumi_resource_name}.environment"
    environment = variables(service, settings, wanted, role=role, own=settings.environment, place=place)
    # an application and its sidecar may use the same thing
    accesses = [usable.access for usable in {id(each): each for each in (*wanted, *others)}.values()]
    _require_own_names(service, accesses)
    return Granted(environment, [*_permission(service, accesses, role), *_ways_in(service, accesses, security_group)])


def variables(
    service: Component,
    settings: AnyService,
    wanted: Sequence[Usable],
    *,
    role: "aws.iam.Role",
    own: Mapping[str, str],
    place: str,
) -> Mapping[str, pulumi.Output[str]]:
    """What everything that is used sets in an environment.

    Args:
        service: the service.
        settings: its settings.
        wanted: what is used.
        role: a resource that exists before anything is launched.
        own: what the environment has besides.
        place: where the stack file says that.

    Raises:
        UsageError: two of them, or one and the settings, have the same name or set the same variable.
    """
    accesses = [usable.access for usable in wanted]
    _require_own_names(service, accesses)
    _require_own_variables(service, dict.fromkeys(own, place), accesses)
    return {
        key: _open(service, settings, role, access, key, value)
        for access in accesses
        for key, value in sorted(access.environment.items())
    }


def _require_own_names(service: Component, accesses: Iterable[Access]) -> None:
    seen: set[str] = set()
    for access in accesses:
        if access.name in seen:
            raise UsageError(
                f"service {service.pulumi_resource_name!r} uses {access.name!r} twice",
                fix="Name it once in uses, or give one of the two another name.",
            )
        seen.add(access.name)


def _require_own_variables(service: Component, owners: dict[str, str], accesses: Iterable[Access]) -> None:
    name = service.pulumi_resource_name
    for access in accesses:
        for key in sorted(access.environment):
            owner = f"{access.name!r} in uses"
            if key.startswith(OWN_PREFIX):
                raise UsageError(
                    f"service {name!r}: {owner} sets {key}, and {OWN_PREFIX}* is what Strata itself gives a service",
                    fix="Give the variable another name.",
                )
            other = owners.setdefault(key, owner)
            if other != owner:
                raise UsageError(
                    f"service {name!r}: {key} is set twice, by {other} and by {owner}",
                    fix="Rename one of the two variables.",
                )


def _open(
    service: Component,
    settings: AnyService,
    role: "aws.iam.Role",
    access: Access,
    key: str,
    value: pulumi.Input[str],
) -> pulumi.Output[str]:
    """The value, refused when Pulumi holds it for a secret: many may read user data, and task definitions too."""
    output = pulumi.Output.from_input(value)

    def refuse(known: Sequence[object]) -> None:
        if known[0]:
            raise UsageError(
                f"service {service.pulumi_resource_name!r}: {key} of {access.name!r} is a secret, and the environment "
                + _READABLE[type(settings)],
                fix="Tell the service an ARN or a name, and let it read the value itself.",
            )

    # Asked apart from the value, which a preview may not know; and not before the engine has answered for a resource: a
    # program that ends while its hooks are being registered takes its error along.
    checked = pulumi.Output.all(output.is_secret(), role.urn).apply(refuse)
    return pulumi.Output.all(output, checked).apply(lambda both: both[0])


def _permission(service: Component, accesses: Sequence[Access], role: "aws.iam.Role") -> list[pulumi.Resource]:
    statements = [statement for access in accesses for statement in access.statements]
    if not statements:
        return []
    granted = service.child(
        aws.iam.RolePolicy,
        "uses_policy",
        Mutability.REPLACED,
        suffix="uses",
        formerly="reads",
        tagged=False,
    )(role=role.id, policy=policy(*statements))
    return [granted]


def _ways_in(
    service: Component, accesses: Sequence[Access], security_group: "aws.ec2.SecurityGroup"
) -> list[pulumi.Resource]:
    doors: dict[str, Door] = {}
    for access in accesses:
        for door in access.doors:
            if doors.setdefault(door.name, door) != door:
                raise UsageError(
                    f"service {service.pulumi_resource_name!r} uses two doors named {door.name!r}",
                    fix="Give each door a name of its own.",
                )
    return [_way_in(service, door, security_group) for door in doors.values()]


def _way_in(service: Component, door: Door, security_group: "aws.ec2.SecurityGroup") -> pulumi.Resource:
    return let_in(
        service,
        "door",
        source=security_group.id,
        into=door.security_group_id,
        port=door.port,
        description=f"From {service.pulumi_resource_name}",
        suffix=f"to-{door.name}",
    )
