"""What a type checker refuses: each comment is an error itself once the mistake above it would be accepted."""

# pyright: reportUnnecessaryTypeIgnoreComment=error

import pulumi_aws as aws

from strata import ImmutableService, Network, NetworkOverrides, NetworkSettings, Stack


def wrong_overrides() -> None:
    fitting: NetworkOverrides = {"vpc": {"enable_dns_hostnames": False}, "nat": {"tags": {"team": "net"}}}
    Network("right", NetworkSettings(), overrides=fitting)
    Network("child", NetworkSettings(), overrides={"vcp": {}})  # pyright: ignore[reportArgumentType]
    Network("input", NetworkSettings(), overrides={"vpc": {"enable_dns": True}})  # pyright: ignore[reportArgumentType]
    Network("value", NetworkSettings(), overrides={"vpc": {"cidr_block": 10}})  # pyright: ignore[reportArgumentType]


def what_only_the_service_decides(stack: Stack, network: Network) -> None:
    image = stack.image("web")
    ImmutableService(
        "web", stack.services["web"], image=image, network=network, overrides={"group": {"force_delete": True}}
    )
    ImmutableService(
        "web",
        stack.services["web"],
        image=image,
        network=network,
        overrides={"group": {"min_size": 1}},  # pyright: ignore[reportArgumentType]
    )


def wrong_children(service: ImmutableService) -> None:
    group: aws.lb.TargetGroup = service.resources.group  # pyright: ignore[reportAssignmentType]
    service.resources.target_group.arn  # pyright: ignore[reportOptionalMemberAccess]  # noqa: B018
    group.arn.apply(len)
