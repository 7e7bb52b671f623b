"""moto gives every region hundreds of public images, which takes a second; here they come when somebody asks."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models.amis import Ami, AmiBackend

from strata_rehearsal.cloud.machine_images import with_public_images
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current, in_use

__all__ = ["patch"]


def patch() -> None:
    """Seed every region with the images of the stack; load the public ones when they are looked for."""
    wrap(AmiBackend, "_load_amis", _seeded)
    wrap(AmiBackend, "describe_images", _loading)
    replace(Ami, "block_device_mappings", property(_volumes))


def _volumes(image: Any) -> list[dict[str, Any]]:
    """Moto's images are all of one size, whatever their snapshot's is."""
    snapshot = image.ebs_snapshot
    ebs = {
        "DeleteOnTermination": True,
        "Encrypted": False,
        "SnapshotId": snapshot.id,
        "VolumeSize": snapshot.volume.size,
        "VolumeType": "gp3",
    }
    return [{"DeviceName": image.root_device_name, "Ebs": ebs}]


def _seeded(original: Callable[..., None]) -> Callable[..., None]:
    def _load_amis(self: Any) -> None:
        if not in_use():
            original(self)
            return
        self.strata_public_images = lambda: original(self)
        current().images.seed(self)

    return _load_amis


def _loading(original: Callable[..., list[Ami]]) -> Callable[..., list[Ami]]:
    def describe_images(
        self: Any,
        ami_ids: list[str] | None = None,
        filters: dict[str, Any] | None = None,
        exec_users: list[str] | None = None,
        owners: list[str] | None = None,
    ) -> list[Ami]:
        wanted = (filters or {}).get("image-id", ())
        if isinstance(wanted, str) and wanted in self.amis:
            # every instance asks for its own image like this as it is made
            return [self.amis[wanted]]
        named = {*(ami_ids or ()), *([wanted] if isinstance(wanted, str) else wanted)}
        own = {"self", self.account_id}
        if named - set(self.amis) or set(owners or own) - own:
            with_public_images(self)
        return original(self, ami_ids, filters, exec_users, owners)

    return describe_images
