"""How the library is used, for type checkers: what is here must be accepted as it stands. Nothing runs it."""

import pulumi
import pulumi_aws as aws

from strata import (
    Access,
    Alarms,
    Certificate,
    ContainerImage,
    ContainerImageSettings,
    ContainerService,
    ContainerServiceSettings,
    Door,
    ExistingNetwork,
    ImageSettings,
    ImmutableService,
    Ingress,
    IngressSettings,
    MachineImage,
    Mutability,
    Network,
    NetworkSettings,
    RouteSettings,
    RuntimeConfig,
    Secret,
    ServiceSettings,
    Sidecar,
    Stack,
    Stage,
    StrataError,
    testing,
)


def with_a_stack_file() -> None:
    stack = Stack.load(opts=pulumi.ResourceOptions(protect=True))
    network = Network("main", stack.network, overrides={"vpc": {"enable_dns_hostnames": False}})
    certificate = Certificate("shop", stack.certificates["shop"], zone_id=pulumi.Output.from_input("Z0"))
    ingress = Ingress("public", stack.ingress, network=network, certificate=certificate)
    config, mail = RuntimeConfig("web", stack.runtime["web"]), Secret("mail", stack.secrets["mail"])
    web = ImmutableService(
        "web",
        stack.services["web"],
        image=stack.image("web"),
        network=network,
        ingress=ingress,
        uses=[config, mail, Access("orders", doors=[Door("orders", "sg-1", 5432)])],
    )
    group: aws.autoscaling.Group = web.resources.group
    target_group: aws.lb.TargetGroup | None = web.resources.target_group
    rules: list[aws.lb.ListenerRule] = list(web.resources.listener_rule)
    pulumi.export("group", group.name)
    pulumi.export("rules", [rule.arn for rule in rules])
    pulumi.export("suffix", target_group.arn_suffix if target_group else None)
    version: pulumi.Output[str] = web.deployed_version
    pulumi.export("version", version)
    pulumi.export("network", network.exports)
    production: bool = stack.stage is Stage.PROD
    pulumi.export("production", production)


def containers(stack: Stack, network: Network, ingress: Ingress) -> None:
    image = ContainerImage("shop", stack.container_images["shop"], overrides={"repository": {"name": "shop/web"}})
    agent = ContainerImage("agent", ContainerImageSettings(), reference=pulumi.Output.from_input("ghcr.io/a@sha256:0"))
    config, token = RuntimeConfig("agent", stack.runtime["agent"]), Secret("token", stack.secrets["token"])
    shop = ContainerService(
        "shop",
        stack.container_services["shop"],
        image=image,
        network=network,
        ingress=ingress,
        uses=[token, Access("orders")],
        secrets={"TOKEN": token},
        sidecars={"agent": Sidecar(image=agent, uses=[config], secrets={"KEY": token}), "lines": Sidecar()},
        cluster=aws.ecs.Cluster("shared"),
        overrides={"task_definition": {"pid_mode": "task"}, "service": {"force_delete": True}},
    )
    ContainerService(
        "jobs",
        ContainerServiceSettings(),
        image=image.reference,
        network=network,
        sidecars={"agent": Sidecar(image="ghcr.io/shop/agent@sha256:0")},
        cluster="arn:aws:ecs:eu-west-1:123456789012:cluster/shared",
    )
    service: aws.ecs.Service = shop.resources.service
    repository: aws.ecr.Repository | None = image.resources.repository
    own_cluster: aws.ecs.Cluster | None = shop.resources.cluster
    rules: list[aws.lb.ListenerRule] = list(shop.resources.listener_rule)
    deployed: pulumi.Output[str] = shop.deployed_image
    pulumi.export("service", service.name)
    pulumi.export("repository", repository.repository_url if repository else None)
    pulumi.export("cluster", own_cluster.arn if own_cluster else None)
    pulumi.export("rules", [rule.arn for rule in rules])
    pulumi.export("deployed", deployed)


def without_one() -> None:
    network: ExistingNetwork = Network.from_ids(
        "main", vpc_id="vpc-1", cidr="10.0.0.0/16", private_subnet_ids=["subnet-1"], public_subnet_ids=("subnet-2",)
    )
    other = Network.from_stack("other", pulumi.StackReference("org/network/prod"))
    ingress = Ingress("public", IngressSettings(internal=True), network=other)
    image = MachineImage("web", ImageSettings(version="1.4.2"))
    settings = ServiceSettings(routes=(RouteSettings(priority=1, paths=("/*",)),))
    ImmutableService("web", settings, image=image, network=network, ingress=ingress)
    alarms = Alarms("extra", settings.alarms, target_group="targetgroup/a/1", load_balancer="app/a/1")
    targets = aws.lb.TargetGroup("blue", port=8080, protocol="HTTP", vpc_id="vpc-1")
    Alarms("blue", settings.alarms, target_group=targets, load_balancer=ingress)
    Alarms("green", settings.alarms, target_group=targets.arn_suffix, load_balancer=ingress.resources.load_balancer)
    names: pulumi.Output[list[str]] = alarms.gating.apply(list)
    pulumi.export("alarms", names)


def in_a_test() -> None:
    graph = testing.run(lambda: Network("main", NetworkSettings()), config={"strata:stage": "dev"})
    testing.assert_tagged(graph, ["strata:mutability"])
    testing.assert_policies(graph, except_for=["tls-floor"])
    name: str = graph.one("Vpc").name
    stable: str = Mutability.STABLE
    if not name.startswith(stable):
        raise StrataError("a network is not named after its class", fix="Nothing is wrong.")
