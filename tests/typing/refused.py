"""What a type checker refuses: each comment is an error itself once the mistake above it would be accepted."""

# pyright: reportUnnecessaryTypeIgnoreComment=error

import pulumi_aws as aws

from strata import (
    ContainerImage,
    ContainerService,
    ImmutableService,
    Network,
    NetworkOverrides,
    NetworkSettings,
    Sidecar,
    Stack,
)


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


def what_only_a_container_service_decides(stack: Stack, network: Network, image: ContainerImage) -> None:
    settings = stack.container_services["shop"]
    ContainerService("free", settings, image=image, network=network, overrides={"service": {"force_delete": True}})
    ContainerService(
        "sent",
        settings,
        image=image,
        network=network,
        overrides={"service": {"platform_version": "1.4.0"}},  # pyright: ignore[reportArgumentType]
    )
    ContainerService(
        "tags",
        settings,
        image=image,
        network=network,
        overrides={"task_definition": {"tags": {}}},  # pyright: ignore[reportArgumentType]
    )
    ContainerService(
        "child",
        settings,
        image=image,
        network=network,
        overrides={"sidecars": {}},  # pyright: ignore[reportArgumentType]
    )


def what_only_a_container_image_decides(stack: Stack) -> None:
    settings = stack.container_images["shop"]
    ContainerImage("free", settings, overrides={"repository": {"force_delete": True}})
    ContainerImage("tags", settings, overrides={"repository": {"image_tag_mutability": "MUTABLE"}})  # pyright: ignore[reportArgumentType]
    ContainerImage("expiry", settings, overrides={"lifecycle_policy": {"policy": "{}"}})  # pyright: ignore[reportArgumentType]


def wrong_sidecars(stack: Stack, network: Network, image: ContainerImage) -> None:
    Sidecar(image=stack)  # pyright: ignore[reportArgumentType]
    Sidecar(uses=[image])  # pyright: ignore[reportArgumentType]
    Sidecar(secrets={"TOKEN": "arn:of:a:secret"})  # pyright: ignore[reportArgumentType]
    Sidecar(command=["run"])  # pyright: ignore[reportCallIssue]
    ContainerService(
        "shop",
        stack.container_services["shop"],
        image=image,
        network=network,
        sidecars={"agent": image},  # pyright: ignore[reportArgumentType]
    )


def wrong_children(service: ImmutableService) -> None:
    group: aws.lb.TargetGroup = service.resources.group  # pyright: ignore[reportAssignmentType]
    service.resources.target_group.arn  # pyright: ignore[reportOptionalMemberAccess]  # noqa: B018
    group.arn.apply(len)
