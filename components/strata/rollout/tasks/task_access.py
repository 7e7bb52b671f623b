"""What a task needs before a container of it starts: a way to the registry, and an execution role that may (pure)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strata.rollout.tasks.image_lookup import in_repository
from strata.rollout.tasks.secret_lookup import SECRETS, secret_arn
from strata.rollout.tasks.task_views import DefinitionView

__all__ = [
    "REGISTRY_LOGIN",
    "WRITE_LINES",
    "RefusedAction",
    "SubnetWays",
    "actions_needed",
    "missing_ways",
    "secrets_of",
]

REGISTRY_LOGIN: Final = "ecr:GetAuthorizationToken"
"""No policy but the role's own can allow it: it knows no resources (IAM)."""
_PULL: Final = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_REGISTRY: Final = ("ecr.api", "ecr.dkr")
"""Services of the interface endpoints by which an image is pulled; its layers are in S3."""
WRITE_LINES: Final = "logs:PutLogEvents"
"""Tasks start without it, and what they write is lost."""
_DECRYPT: Final = "kms:Decrypt"


@dataclass(frozen=True)
class RefusedAction:
    """Something that the policies of a role do not allow.

    Args:
        action: such as ecr:BatchGetImage.
        resource: what it is done to.
        denied: whether a policy denies it, so that no other one can allow it.
    """

    action: str
    resource: str
    denied: bool


@dataclass(frozen=True)
class SubnetWays:
    """How something in a subnet reaches what is outside its VPC.

    Args:
        subnet: its id.
        leaves: whether a route leads out of the VPC by something else than an internet gateway.
        internet_gateway: whether one leads to an internet gateway, which serves public addresses only.
        endpoints: services that an endpoint brings into it, such as ecr.api.
    """

    subnet: str
    leaves: bool
    internet_gateway: bool
    endpoints: frozenset[str]

    @classmethod
    def from_api(
        cls, subnet: Mapping[str, Any], tables: Sequence[Mapping[str, Any]], endpoints: Iterable[Mapping[str, Any]]
    ) -> "SubnetWays":
        """Read one subnet of DescribeSubnets.

        Args:
            subnet: the subnet.
            tables: the route tables of its VPC, and maybe others.
            endpoints: the endpoints in its VPC, and maybe others.
        """
        vpc = subnet["VpcId"]
        own = [each for each in tables if each["VpcId"] == vpc]
        table = next(
            (each for each in own if _associated(each, "SubnetId", subnet["SubnetId"])),
            next((each for each in own if _associated(each, "Main", value=True)), {}),
        )
        targets = [_target(each) for each in table.get("Routes") or () if each.get("State") != "blackhole"]
        return cls(
            subnet=subnet["SubnetId"],
            leaves=any(not each.startswith(("local", "vpce-", "igw-")) for each in targets),
            internet_gateway=any(each.startswith("igw-") for each in targets),
            endpoints=frozenset(
                str(each["ServiceName"]).split(".", 3)[-1]
                for each in endpoints
                if each["VpcId"] == vpc
                and str(each.get("State", "available")).lower() == "available"
                and (each.get("VpcEndpointType") != "Gateway" or table.get("RouteTableId") in each["RouteTableIds"])
            ),
        )


def missing_ways(ways: SubnetWays, images: Iterable[str], *, public: bool) -> tuple[str, ...]:
    """What a subnet lacks for the images to be pulled there; nothing where a route out of the VPC may lead to them.

    Args:
        ways: the subnet's.
        images: references of the images.
        public: whether tasks have public addresses.
    """
    if ways.leaves or (public and ways.internet_gateway):
        return ()
    listed = list(images)
    ours = [each for each in listed if in_repository(each) is not None]
    missing = [f"an endpoint of {each}" for each in (*_REGISTRY, "s3") if ours and each not in ways.endpoints]
    return (*missing, *(["a route out of the VPC"] if len(ours) < len(listed) else []))


def secrets_of(definition: DefinitionView) -> tuple[str, ...]:
    """Secrets and parameters whose values its containers get, each once."""
    found = (str(secret["valueFrom"]) for each in definition.containers for secret in each.get("secrets") or ())
    return tuple(dict.fromkeys(found))


def actions_needed(definition: DefinitionView, keys: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Actions and their resources that ECS takes by the execution role before the containers start, and for their logs.

    Args:
        definition: the task definition.
        keys: ARNs of the keys of a customer that its secrets are encrypted with.
    """
    _, partition, _, _, account, _ = definition.execution_role.split(":", 5)
    found = [image for each in definition.images if (image := in_repository(each)) is not None]
    if found:
        yield REGISTRY_LOGIN, "*"
    for image in dict.fromkeys((each.region, each.account, each.repository) for each in found):
        for action in _PULL:
            yield action, f"arn:{partition}:ecr:{image[0]}:{image[1]}:repository/{image[2]}"
    region = definition.arn.split(":")[3]
    for secret in secrets_of(definition):
        if SECRETS in secret:
            yield "secretsmanager:GetSecretValue", secret_arn(secret)
        else:
            parameter = f"arn:{partition}:ssm:{region}:{account}:parameter/{secret.lstrip('/')}"
            yield "ssm:GetParameters", secret if secret.startswith("arn:") else parameter
    for key in keys:
        yield _DECRYPT, key
    for stream in dict.fromkeys(_streams(definition)):
        for action in ("logs:CreateLogStream", WRITE_LINES):
            yield action, f"arn:{partition}:logs:{stream}"


def _streams(definition: DefinitionView) -> Iterator[str]:
    """The log streams of its containers, as ARNs of CloudWatch Logs end; the stream of a task is named after it."""
    _, _, _, region, account, _ = definition.arn.split(":", 5)
    for container in definition.containers:
        log: Mapping[str, Any] = container.get("logConfiguration") or {}
        options: Mapping[str, str] = log.get("options") or {}
        if log.get("logDriver") == "awslogs" and options.get("awslogs-group"):
            prefix = options.get("awslogs-stream-prefix")
            stream = f"{prefix}/{container['name']}/*" if prefix else "*"
            place = f"{options.get('awslogs-region', region)}:{account}"
            yield f"{place}:log-group:{options['awslogs-group']}:log-stream:{stream}"


def _associated(table: Mapping[str, Any], key: str, value: object) -> bool:
    return any(each.get(key) == value for each in table.get("Associations") or ())


def _target(route: Mapping[str, Any]) -> str:
    """What a route leads to."""
    kinds = (
        *("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId"),
        *("InstanceId", "CarrierGatewayId", "LocalGatewayId", "EgressOnlyInternetGatewayId", "CoreNetworkArn"),
    )
    return next((str(route[each]) for each in kinds if route.get(each)), "local")
