"""A network, a load balancer and an image for components to stand on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from strata import ImmutableService, Ingress, MachineImage, Network, testing
from strata.rollout.gated_service import DesiredRelease, GatedService, KeptRecord
from strata.settings.models import ImageSettings, IngressSettings, RouteSettings, ServiceSettings

WEB = testing.MockImage("web", "1.4.2", "ami-0f3c51d29a7e84b61")


@dataclass
class RecordingGate:
    """A gate that keeps what it is handed and binds nothing."""

    records: list[GatedService] = field(default_factory=list)
    groups: list[GatedService] = field(default_factory=list)
    asked: list[DesiredRelease] = field(default_factory=list)

    def bind_record(self, gated: GatedService) -> None:
        self.records.append(gated)

    def bind_fleet(self, gated: GatedService) -> None:
        self.groups.append(gated)

    async def kept(self, gated: GatedService, desired: DesiredRelease) -> KeptRecord:
        self.asked.append(desired)
        return KeptRecord()


@dataclass
class Ground:
    """Runs services on a network, an ingress and one image."""

    images: tuple[testing.MockImage, ...] = (WEB,)
    gate: RecordingGate = field(default_factory=RecordingGate)

    def run(self, program: Callable[[SimpleNamespace], object], **options) -> testing.Graph:
        """Run a program that is handed the network, the ingress and the image."""

        def whole() -> object:
            network = Network.from_ids(
                "main",
                vpc_id="vpc-1",
                cidr="10.0.0.0/16",
                private_subnet_ids=["subnet-1", "subnet-2"],
                public_subnet_ids=["subnet-3", "subnet-4"],
            )
            ingress = Ingress("public", IngressSettings(), network=network)
            image = MachineImage("web", ImageSettings(version=WEB.version, id=WEB.id))
            return program(SimpleNamespace(network=network, ingress=ingress, image=image))

        return testing.run(whole, mocks=options.pop("mocks", None) or testing.CloudMocks(images=self.images), **options)

    def service(self, settings: ServiceSettings | None = None, *, name: str = "web", **keywords) -> testing.Graph:
        """Run one service; it has one route unless its settings are given."""
        settings = settings or ServiceSettings(routes=(RouteSettings(priority=10, paths=("/*",)),))

        def program(on: SimpleNamespace) -> None:
            ImmutableService(
                name, settings, image=on.image, network=on.network, ingress=on.ingress, gate=self.gate, **keywords
            )

        return self.run(program)


@pytest.fixture
def ground() -> Ground:
    return Ground()


@pytest.fixture
def routed() -> Callable[..., ServiceSettings]:
    """Settings of a service behind the load balancer."""

    def make(**values) -> ServiceSettings:
        return ServiceSettings.model_validate({"routes": (RouteSettings(priority=10, paths=("/*",)),), **values})

    return make
