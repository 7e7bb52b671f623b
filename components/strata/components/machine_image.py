"""The one machine image that a stack runs."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from strata.clock import Clock, clock_from_environment
from strata.components.base import Component
from strata.components.children import Children
from strata.components.machine_image_checks import (
    FoundImage,
    mislabelled,
    require_architecture,
    require_one,
    require_usable,
)
from strata.errors import ImageError
from strata.images.image_trust import ImageTerms
from strata.settings.models import ImageSettings, PromotionSettings
from strata.spectrum import Mutability

__all__ = ["MachineImage"]

APP_TAG = "app"
VERSION_TAG = "app_version"


class MachineImage(Component[Children]):
    """A pinned image, looked up and checked in every preview and every `up`.

    It must exist once, be available and not deprecated, and be the pinned id. A newer version is noted in the log and
    changes nothing: which image runs is decided by the pin alone.

    Args:
        name: name of the image, as under `strata:images`.
        settings: the pin.
        promotion: what the stack requires of a new image, which the gate of a service checks. Default: nothing but that
            it does not prove to be another one. `Stack.image` passes that of the stack file.
        clock: decides whether it is deprecated. Default: real time, or that of a rehearsal.
        opts: Pulumi options of the component.

    Raises:
        ImageError: when the program runs and the image is not what the pin says.
    """

    MUTABILITY = Mutability.VERSIONED

    id: pulumi.Output[str]
    """Image id."""
    version: pulumi.Output[str]
    """Version, from the image's `app_version` tag; where tags of another account cannot be seen, the pinned one."""
    root_device_name: pulumi.Output[str]
    """Where the image's root volume is attached."""
    architecture: pulumi.Output[str]
    """Processor architecture, as EC2 names it."""
    created: pulumi.Output[str]
    """When it was made: the one place where a policy can learn how old the image is."""

    def __init__(
        self,
        name: str,
        settings: ImageSettings,
        *,
        promotion: PromotionSettings | None = None,
        clock: Clock | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, opts=opts)
        self._clock = clock or clock_from_environment()
        self._settings = settings
        self.terms = ImageTerms.of(promotion or PromotionSettings(), settings)
        self.found: pulumi.Output[FoundImage] = self._find().apply(self._usable)
        self.version = self.found.apply(lambda found: found.version)
        self.root_device_name = self.found.apply(lambda found: found.root_device_name)
        self.architecture = self.found.apply(lambda found: found.architecture)
        self.id = self.found.apply(lambda found: found.id)
        self.created = self.found.apply(lambda found: found.creation_date)
        # the engine keeps an output called id for itself
        self.publish(image_id=self.id)

    def for_instance_type(self, instance_type: str) -> pulumi.Output[FoundImage]:
        """The image, checked to fit an instance type.

        Raises:
            ImageError: when the program runs and the image was built for another processor.
        """
        return self.found.apply(lambda found: require_architecture(found, instance_type))

    def _find(self) -> pulumi.Output[FoundImage]:
        pin = self._settings
        if pin.parameter:
            parameter = aws.ssm.get_parameter_output(name=pin.parameter, opts=self.lookups)
            return parameter.apply(lambda found: self._by_id(found.insecure_value, f"what {pin.parameter} names"))
        if pin.id and "self" not in pin.owners:
            # Tags of a shared image belong to the account that shares it and cannot be seen here.
            return self._by_id(pin.id, f"{pin.id}, owned by {', '.join(pin.owners)}")
        return self._by_version()

    def _by_id(self, image_id: str, wanted: str) -> pulumi.Output[FoundImage]:
        ids = self._ids(("image-id", image_id))
        return ids.apply(
            lambda found: self._details(require_one(self.pulumi_resource_name, wanted, found, self._settings.id))
        )

    def _by_version(self) -> pulumi.Output[FoundImage]:
        version = self._settings.version
        if not version:
            raise ImageError(
                f"image {self.pulumi_resource_name!r}: its pin has neither a version nor a parameter",
                fix=f"Set strata:images.{self.pulumi_resource_name}.version.",
            )
        wanted = f"version {version} of {self._app}"
        ids = self._ids((f"tag:{APP_TAG}", self._app), (f"tag:{VERSION_TAG}", version), ("state", "available"))
        found = ids.apply(lambda ids: self._one(wanted, ids))
        self._tell_newer(found)
        return found

    def _one(self, wanted: str, ids: Sequence[str]) -> pulumi.Output[FoundImage]:
        """The details of what was found; where nothing was, the pinned id may be there as something else."""
        name, pinned = self.pulumi_resource_name, self._settings.id
        if ids or pinned is None:
            return self._details(require_one(name, wanted, ids, pinned))

        def of_pinned(there: Sequence[str]) -> pulumi.Output[FoundImage]:
            return self._look(require_one(name, wanted, there, pinned)).apply(self._refuse)

        return self._ids(("image-id", pinned)).apply(of_pinned)

    def _refuse(self, found: "aws.ec2.GetAmiResult") -> FoundImage:
        """No image is the pinned version, and the pinned id is there."""
        tags, name, stack = found.tags or {}, self.pulumi_resource_name, pulumi.get_stack()
        called = (tags.get(APP_TAG, ""), tags.get(VERSION_TAG, ""))
        raise mislabelled(name, self._app, self._settings, called, found.state, stack=stack)

    def _tell_newer(self, found: pulumi.Output[FoundImage]) -> None:
        newest_first = self._ids((f"tag:{APP_TAG}", self._app), ("state", "available"))

        def newest(values: tuple[FoundImage, Sequence[str]]) -> None:
            image, ids = values
            if ids and ids[0] != image.id:
                self._details(ids[0]).apply(lambda newer: self._tell(image, newer))

        pulumi.Output.all(found, newest_first).apply(lambda values: newest((values[0], values[1])))

    def _tell(self, image: FoundImage, newer: FoundImage) -> None:
        if newer.version != image.version and newer.creation_date > image.creation_date:
            # anybody can write tags, and a preview asks neither the catalogue nor watermarks of what is not pinned
            notice = (
                f"{newer.id}, by its tags {newer.version}, is newer than the pinned {image.version}; the pin decides, "
                "and `strata image list` shows whether it is that version"
            )
            pulumi.log.info(f"{self.pulumi_resource_name} {notice}", resource=self)

    def _ids(self, *filters: tuple[str, str]) -> pulumi.Output[Sequence[str]]:
        return aws.ec2.get_ami_ids_output(
            owners=list(self._settings.owners),
            include_deprecated=True,
            filters=[aws.ec2.GetAmiIdsFilterArgs(name=name, values=[value]) for name, value in filters],
            opts=self.lookups,
        ).apply(lambda found: found.ids)

    def _details(self, image_id: str) -> pulumi.Output[FoundImage]:
        return self._look(image_id).apply(self._read)

    def _look(self, image_id: str) -> "pulumi.Output[aws.ec2.GetAmiResult]":
        return aws.ec2.get_ami_output(
            owners=list(self._settings.owners),
            include_deprecated=True,
            filters=[aws.ec2.GetAmiFilterArgs(name="image-id", values=[image_id])],
            opts=self.lookups,
        )

    def _read(self, found: "aws.ec2.GetAmiResult") -> FoundImage:
        tags = found.tags or {}
        return FoundImage(
            name=self.pulumi_resource_name,
            version=tags.get(VERSION_TAG) or self._settings.version or found.image_id,
            id=found.image_id,
            architecture=found.architecture,
            root_device_name=found.root_device_name,
            state=found.state,
            creation_date=found.creation_date,
            deprecation_time=found.deprecation_time or "",
            root_gib=_root_gib(found),
            platform=found.platform or "",
        )

    def _usable(self, found: FoundImage) -> FoundImage:
        return require_usable(found, now=self._clock.now())

    @property
    def _app(self) -> str:
        return self._settings.app or self.pulumi_resource_name


def _root_gib(found: "aws.ec2.GetAmiResult") -> int:
    """Size of the root volume; an image whose volumes AWS does not list has none that could be too large."""
    for mapping in found.block_device_mappings or ():
        if mapping.device_name == found.root_device_name:
            return int(mapping.ebs.get("volume_size") or 0)
    return 0
