"""The stack a program describes: its typed settings and the images it pins."""

from collections.abc import Mapping
from typing import TypeVar

import pulumi

from strata.arguments import checked, said
from strata.components.container_image import ContainerImage
from strata.components.machine_image import MachineImage
from strata.errors import UsageError
from strata.problem import nearest
from strata.settings.models import (
    BackupSettings,
    CertificateSettings,
    ContainerImageSettings,
    ContainerServiceSettings,
    DatabaseSettings,
    FileStoreSettings,
    ImagePipelineSettings,
    IngressSettings,
    MaintainedFleetSettings,
    NetworkSettings,
    ObjectStoreSettings,
    ReplicaSettings,
    RuntimeSettings,
    SecretSettings,
    ServiceSettings,
    Settings,
    StackSettings,
)
from strata.settings.recorded_terms import TERMS_OUTPUT, terms_document
from strata.stage import Stage

__all__ = ["Stack"]

_Part = TypeVar("_Part", bound=Settings)


class Stack:
    """The settings of the running stack, and one component for every image they pin.

    Args:
        settings: what the stack file says.
        opts: options of the images, such as an explicit provider. Default: none.
    """

    @checked
    def __init__(self, settings: StackSettings, *, opts: pulumi.ResourceOptions | None = None) -> None:
        self.settings = settings
        self._opts = opts
        self._images: dict[str, MachineImage] = {}
        self._container_images: dict[str, ContainerImage] = {}

    @classmethod
    @checked
    def load(cls, *, opts: pulumi.ResourceOptions | None = None) -> "Stack":
        """The stack this program runs for.

        Args:
            opts: see `Stack`.

        Raises:
            SettingsError: its file has problems; all of them are listed.
        """
        # A program that writes its settings in Python does without YAML and the rules of stack files.
        from strata.settings.load import load_from_pulumi

        settings = load_from_pulumi().settings
        # What the guard reads counts from the next change on, so the state keeps what this one read.
        pulumi.export(TERMS_OUTPUT, terms_document(settings))
        return cls(settings, opts=opts)

    @property
    def stage(self) -> Stage:
        """dev, staging or prod."""
        return self.settings.stage

    @property
    def network(self) -> NetworkSettings:
        """Settings of the network."""
        return self.settings.network

    @property
    def ingress(self) -> IngressSettings:
        """Settings of the shared load balancer."""
        return self.settings.ingress

    @property
    def services(self) -> Mapping[str, ServiceSettings]:
        """Settings of the services, by name."""
        return _Named("services", self.settings.services)

    @property
    def maintained(self) -> Mapping[str, MaintainedFleetSettings]:
        """Settings of the fleets that are changed in place, by name."""
        return _Named("maintained", self.settings.maintained)

    @property
    def image_pipelines(self) -> Mapping[str, ImagePipelineSettings]:
        """Settings of the pipelines that bake machine images, by name."""
        return _Named("image_pipelines", self.settings.image_pipelines)

    @property
    def container_images(self) -> Mapping[str, ContainerImageSettings]:
        """Settings of the container images, by name."""
        return _Named("container_images", self.settings.container_images)

    @property
    def container_services(self) -> Mapping[str, ContainerServiceSettings]:
        """Settings of the container services, by name."""
        return _Named("container_services", self.settings.container_services)

    @property
    def object_stores(self) -> Mapping[str, ObjectStoreSettings]:
        """Settings of the buckets, by name."""
        return _Named("object_stores", self.settings.object_stores)

    @property
    def file_stores(self) -> Mapping[str, FileStoreSettings]:
        """Settings of the file systems, by name."""
        return _Named("file_stores", self.settings.file_stores)

    @property
    def backup(self) -> BackupSettings:
        """Settings of the backups."""
        return self.settings.backup

    @property
    def runtime(self) -> Mapping[str, RuntimeSettings]:
        """Settings of what services read while they run, by name."""
        return _Named("runtime", self.settings.runtime)

    @property
    def secrets(self) -> Mapping[str, SecretSettings]:
        """Settings of the secrets, by name."""
        return _Named("secrets", self.settings.secrets)

    @property
    def certificates(self) -> Mapping[str, CertificateSettings]:
        """Settings of the certificates, by name."""
        return _Named("certificates", self.settings.certificates)

    @property
    def databases(self) -> Mapping[str, DatabaseSettings]:
        """Settings of the databases, by name."""
        return _Named("databases", self.settings.databases)

    @property
    def replicas(self) -> Mapping[str, ReplicaSettings]:
        """Settings of the read replicas, by name."""
        return _Named("replicas", self.settings.replicas)

    @checked
    def image(self, name: str) -> MachineImage:
        """The image of a service or a fleet, or that of that name; looked up once however often it is asked for.

        Args:
            name: a service or a maintained fleet, which may name its image in its settings, or an image.

        Raises:
            UsageError: nothing is pinned under that name.
        """
        service = self.settings.services.get(name) or self.settings.maintained.get(name)
        pin = (service.image if service else None) or name
        if pin not in self.settings.images:
            known = sorted(self.settings.images)
            near = nearest(pin, known)
            raise UsageError(
                f"no image is pinned as {pin!r}",
                fix=f"{f'Did you mean {near!r}? ' if near else ''}Set strata:images.{pin}; "
                f"pinned are {', '.join(known) or 'none'}.",
            )
        if pin not in self._images:
            self._images[pin] = MachineImage(
                pin, self.settings.images[pin], promotion=self.settings.promotion, opts=self._opts
            )
        return self._images[pin]

    @checked
    def container_image(self, name: str) -> ContainerImage:
        """The image of a container service, or the image of that name; made once however often it is asked for.

        Args:
            name: a container service, which may name its image in its settings, or an image.

        Raises:
            UsageError: the stack file has no image of that name.
        """
        service = self.settings.container_services.get(name)
        image = (service.image if service else None) or name
        if image not in self._container_images:
            settings = self.container_images[image]
            self._container_images[image] = ContainerImage(
                image, settings, promotion=self.settings.promotion, opts=self._opts
            )
        return self._container_images[image]


class _Named(dict[str, _Part]):
    """Parts of one kind by name; one that is not there is an error that says which are.

    Args:
        key: where they are below `strata:`.
        parts: by name.
    """

    def __init__(self, key: str, parts: Mapping[str, _Part]) -> None:
        super().__init__(parts)
        self._key = key

    def __missing__(self, name: object) -> _Part:
        if not isinstance(name, str):
            raise UsageError(
                f"{self._key} are found by name, and {said(name)} is none", fix=f"Write {self._key}[NAME], a text."
            )
        near = nearest(name, self)
        raise UsageError(
            f"the stack file has no {name!r} under {self._key}",
            fix=f"{f'Did you mean {near!r}? ' if near else ''}Set strata:{self._key}.{name}; "
            f"there are {', '.join(sorted(self)) or 'none'}.",
        )
