"""One program that uses everything components offer, and the reference stack."""

import inspect
import pkgutil
import runpy
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

import pulumi
import pytest
from ruamel.yaml import YAML

import strata
from strata import (
    Alarms,
    Backup,
    Certificate,
    ContainerImage,
    ContainerService,
    Database,
    FileStore,
    ImagePipeline,
    ImmutableService,
    Ingress,
    MachineImage,
    MaintainedFleet,
    Network,
    ObjectStore,
    ReadReplica,
    RuntimeConfig,
    Secret,
    Sidecar,
    testing,
)
from strata.components.access import Access, Door, Usable
from strata.components.base import Component
from strata.rollout.gated_service import NoGate
from strata.settings.models import (
    AccessLogSettings,
    Awaited,
    BackupSettings,
    BuildSecretSettings,
    CertificateSettings,
    ContainerBuildSettings,
    ContainerHealthSettings,
    ContainerImageSettings,
    ContainerRolloutSettings,
    ContainerScalingSettings,
    ContainerServiceSettings,
    ContainerSidecarSettings,
    DatabaseAlarmSettings,
    DatabaseEngine,
    DatabaseSettings,
    FileStoreSettings,
    FleetChangeSettings,
    ImageCopySettings,
    ImagePipelineSettings,
    ImageSettings,
    IngressSettings,
    MaintainedFleetSettings,
    Nat,
    NetworkSettings,
    ObjectLockSettings,
    ObjectStoreSettings,
    PatchingSettings,
    PeriodicRefreshSettings,
    PlaybookBeforeSettings,
    PlaybookSettings,
    ReplicaSettings,
    RolloutSettings,
    RotationSettings,
    RouteSettings,
    RuntimeSettings,
    RuntimeValueSettings,
    ScalingSettings,
    ScheduleSettings,
    SecretSettings,
    ServiceSettings,
    Strategy,
    TestRuleSettings,
    VaultLock,
    VerifySettings,
    WindowSettings,
)
from strata.spectrum import Mutability

ROOT = Path(__file__).parents[3]
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0f1e"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:on-call"
ROTATOR = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"
IMAGE = testing.MockImage("web", "1.4.2", "ami-0f3c51d29a7e84b61")

Options = Callable[[], pulumi.ResourceOptions | None]


def no_options() -> None:
    """Components without options of their own."""


def everything(opts: Options = no_options) -> None:
    """Every component with every optional part, each with the options `opts` returns."""
    network = Network("main", NetworkSettings(nat=Nat.PER_ZONE, protect=True), opts=opts())
    ingress = Ingress(
        "public",
        IngressSettings(certificate_arn=CERTIFICATE, access_logs=AccessLogSettings(bucket="shop-logs"), protect=True),
        network=network,
        opts=opts(),
    )
    image = MachineImage("web", ImageSettings(version=IMAGE.version, id=IMAGE.id), opts=opts())
    web = ServiceSettings(
        routes=(RouteSettings(priority=10, hosts=("shop.example.com",), paths=("/*",)),),
        scaling=ScalingSettings(requests_per_server=900),
        schedules={"night": ScheduleSettings(recurrence="0 22 * * *", min=1)},
        refresh_every=PeriodicRefreshSettings(recurrence="0 3 * * 0"),
        rollout=RolloutSettings(heartbeat_minutes=5),
        notify_topic_arn=TOPIC,
        protect=True,
    )
    names = CertificateSettings(domain="shop.example.com", alternative_names=("*.shop.example.com",), zone_id="Z0")
    Certificate("shop", names, opts=opts())
    values = {"BANNER": RuntimeValueSettings(value="on"), "POOL": RuntimeValueSettings(value="10", restart=True)}
    config = RuntimeConfig("web", RuntimeSettings(values=values), opts=opts())
    mail = Secret("mail", SecretSettings(rotation=RotationSettings(lambda_arn=ROTATOR, window_hours=3)), opts=opts())
    orders = Access("orders", environment={"ORDERS_HOST": "db"}, doors=[Door("orders", "sg-orders", 5432)])
    gate = NoGate()
    ImmutableService("jobs", ServiceSettings(protect=True), image=image, network=network, gate=gate, opts=opts())
    uploads = ObjectStoreSettings(object_lock=ObjectLockSettings())
    ObjectStore("uploads", uploads, logs_bucket="shop-logs", opts=opts())
    FileStore("shared", FileStoreSettings(), network=network, opts=opts())
    Backup("backup", BackupSettings(lock=VaultLock.GOVERNANCE), opts=opts())
    ImmutableService(
        "web",
        web,
        image=image,
        network=network,
        ingress=ingress,
        uses=[config, mail, orders],
        gate=gate,
        opts=opts(),
    )
    MaintainedFleet(
        "legacy",
        maintained_settings(),
        image=image,
        network=network,
        ingress=ingress,
        uses=[config, mail, orders],
        opts=opts(),
    )
    Alarms("extra", web.alarms, target_group="targetgroup/x/1", load_balancer="app/x/2", opts=opts())
    ImagePipeline("web-image", pipeline_settings(), network=network, uses=[config], opts=opts())
    containers(opts)
    container_services(network, ingress, [config, mail, orders], opts)
    databases(network, opts)


def maintained_settings() -> MaintainedFleetSettings:
    """A fleet that is changed in place, with everything it can have."""
    return MaintainedFleetSettings(
        routes=(RouteSettings(priority=40, hosts=("legacy.example.com",)),),
        playbook=PlaybookSettings(
            archive="s3://builds-of-the-shop/legacy/1.tar.gz",
            sha256="ab" * 32,
            before=PlaybookBeforeSettings(name="migrate", file="migrate.yml"),
        ),
        changes=FleetChangeSettings(window=WindowSettings(at="03:00")),
        patching=PatchingSettings(window=WindowSettings(at="03:00")),
        protect=True,
    )


def pipeline_settings() -> ImagePipelineSettings:
    """A pipeline with everything it can have, whose files are those of the example."""
    folder = "examples/image_pipeline/image"
    key = "arn:aws:kms:{}:123456789012:key/0f1e"
    return ImagePipelineSettings(
        parent="arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/2026.11.1/1",
        artifact="s3://builds-of-the-shop/web/{version}.tar.gz",
        packages=f"{folder}/packages.lock",
        provision=(f"{folder}/install.sh",),
        harden=(f"{folder}/harden.sh",),
        verify=(f"{folder}/verify.sh",),
        test=(f"{folder}/test.sh",),
        kms_key_arn=key.format("eu-west-1"),
        accounts=("210987654321",),
        copies={"eu-central-1": ImageCopySettings(kms_key_arn=key.format("eu-central-1"))},
        scan=True,
        protect=True,
    )


def containers(opts: Options) -> None:
    """An image that is built, and one whose build mounts a secret."""
    folder = str(ROOT / "examples" / "container_service")
    ContainerImage("shop", ContainerImageSettings(build=ContainerBuildSettings(context=folder)), opts=opts())
    secrets = {"pip": BuildSecretSettings(env="PIP_CONFIG")}
    build = ContainerBuildSettings(context=folder, secrets=secrets)
    ContainerImage("ledger", ContainerImageSettings(build=build), kms_key_arn="arn:of:a:key", opts=opts())


def container_services(network: Network, ingress: Ingress, uses: Sequence[Usable], opts: Options) -> None:
    """A service before which ECS moves requests, one that is rolled and scaled by all there is, and a worker."""
    reference = f"ghcr.io/shop/api@sha256:{'a' * 64}"
    api = ContainerServiceSettings(
        routes=(RouteSettings(priority=20, hosts=("api.example.com",)),),
        rollout=ContainerRolloutSettings(
            verify=VerifySettings(path="/version"), test_rule=TestRuleSettings(priority=15), bake_minutes=5
        ),
        execute_command=True,
        container_health=ContainerHealthSettings(command=("python", "/app/probe.py")),
        protect=True,
    )
    token = Secret("token", SecretSettings(), opts=opts())
    gate, secrets = NoGate(), {"TOKEN": token}
    ContainerService(
        "api",
        api,
        image=reference,
        network=network,
        ingress=ingress,
        uses=uses,
        secrets=secrets,
        gate=gate,
        opts=opts(),
    )
    agent = ContainerSidecarSettings(image=f"ghcr.io/shop/agent@sha256:{'b' * 64}", awaited=Awaited.STARTED)
    rolled = ContainerServiceSettings(
        sidecars={"agent": agent},
        routes=(RouteSettings(priority=21, hosts=("feed.example.com",)),),
        scaling=ContainerScalingSettings(memory_percent=70, requests_per_task=900),
        rollout=ContainerRolloutSettings(strategy=Strategy.ROLLING),
        protect=True,
    )
    ContainerService(
        "feed",
        rolled,
        image=reference,
        network=network,
        ingress=ingress,
        sidecars={"agent": Sidecar(uses=uses[:1])},
        gate=gate,
        opts=opts(),
    )
    worker = ContainerServiceSettings(protect=True)
    ContainerService("mailer", worker, image=reference, network=network, gate=gate, opts=opts())


def databases(network: Network, opts: Options) -> None:
    """A database whose password RDS keeps, and one that has a replica."""
    watched = DatabaseAlarmSettings(connections=100)
    carts = DatabaseSettings(version="8.4", engine=DatabaseEngine.MYSQL, iam_users=("app",))
    Database("carts", carts, network=network, kms_key_arn="arn:of:a:key", opts=opts())
    orders = Database(
        "orders", DatabaseSettings(version="16.4", replicated=True, alarms=watched), network=network, opts=opts()
    )
    reader = ReplicaSettings(source="orders", alarms=watched)
    ReadReplica("orders-reader", reader, source=orders, network=network, opts=opts())


@pytest.fixture(scope="session")
def whole() -> testing.Graph:
    """What `everything` registers."""
    return testing.run(everything, mocks=testing.CloudMocks(images=[IMAGE]))


@pytest.fixture(scope="session")
def classed() -> dict[tuple[str, str], Mutability]:
    """The class every child was made with, by its type and name; some types take no tag that says it."""
    classes: dict[tuple[str, str], Mutability] = {}
    plain = Component.child

    def spy(self, kind, key, mutability, **keywords):
        make = plain(self, kind, key, mutability, **keywords)

        def making(**inputs):
            made = make(**inputs)
            classes[made.pulumi_resource_type, made.pulumi_resource_name] = mutability
            return made

        return making

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Component, "child", spy)
        testing.run(everything, mocks=testing.CloudMocks(images=[IMAGE]))
    return classes


@pytest.fixture(scope="session")
def register_reference() -> Callable[[str], testing.Graph]:
    """Registers the reference stack, by stack."""

    def register(stack: str) -> testing.Graph:
        config = YAML(typ="safe").load(ROOT / f"Pulumi.{stack}.yaml")["config"]
        program = str(ROOT / "__main__.py")
        return testing.run(lambda: runpy.run_path(program), config=config, project="shop", stack=stack)

    return register


@pytest.fixture(scope="session")
def reference(register_reference: Callable[[str], testing.Graph]) -> Callable[[str], testing.Graph]:
    """What the reference stack registers, by stack; each is registered once, for all who only read it."""
    return cache(register_reference)


def subclasses(of: type) -> Iterator[type]:
    for found in of.__subclasses__():
        yield found
        yield from subclasses(found)


@pytest.fixture(scope="session")
def component_classes() -> list[type[Component]]:
    """Every component the library has, found by importing all of it."""
    for module in pkgutil.walk_packages(strata.__path__, "strata."):
        if not module.name.endswith("__main__") and not module.name.startswith(("strata_rehearsal", "strata.cli")):
            import_module(module.name)
    found = [it for it in subclasses(Component) if it.__module__.startswith("strata.")]
    return sorted((it for it in found if not inspect.isabstract(it)), key=lambda it: it.__name__)
