"""What moto's EC2 instances lack, and images without those hundreds of public ones that take a second in every region.

An instance is found without copying all of them, the tags of a resource without comparing those of all, and the fleet
notices when an instance ends. Public images are loaded when somebody asks for them.
"""

from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import InvalidAMIIdError, InvalidInstanceIdError
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.instances import Instance, InstanceBackend, InstanceState, Reservation
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from strata_rehearsal.cloud.fleet.server_lifecycle import died
from strata_rehearsal.cloud.fleet.single_servers import end_single
from strata_rehearsal.cloud.machine_images import with_public_images
from strata_rehearsal.cloud.moto_patches.allowed_images import is_hidden
from strata_rehearsal.cloud.moto_patches.image_marks import note_launch
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current, in_use

__all__ = ["patch"]


def patch() -> None:
    """Index instances by id, let the fleet notice when one is stopped or ended from outside, and seed the images."""
    replace(TaggedEC2Resource, "get_tags", _tags)
    replace(Instance, "strata_impaired", value=False)
    wrap(Instance, "__init__", _indexed)
    wrap(InstanceBackend, "run_instances", _with_reservation)
    replace(InstanceBackend, "get_instance_by_id", _get_instance_by_id)
    replace(InstanceBackend, "get_instance", _get_instance)
    wrap(InstanceBackend, "get_multi_instances_by_id", _get_multi)
    wrap(Instance, "terminate", _noticed("terminated"))
    wrap(Instance, "stop", _noticed("stopped"))
    for name in ("instance_status", "system_status"):
        replace(Instance, name, property(_status))
    wrap(AmiBackend, "_load_amis", _seeded)
    wrap(AmiBackend, "describe_images", _loading)
    replace(Ami, "block_device_mappings", property(_volumes))


def _tags(self: Any) -> list[dict[str, str]]:
    # moto matches every tag of the region with a pattern to find those of one resource
    tags: dict[str, str] = self.ec2_backend.tags.get(self.id) or {}
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "") if tags else ""
    return [{"resource_id": self.id, "key": key, "value": tags[key], "resource_type": kind} for key in tags]


def _indexed(original: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: Any, ec2_backend: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        original(self, ec2_backend, *args, **kwargs)
        _index(ec2_backend)[self.id] = self
        image = ec2_backend.amis.get(self.image_id)
        if image is not None and in_use():
            note_launch(image)

    return __init__


def _with_reservation(original: Callable[..., Reservation]) -> Callable[..., Reservation]:
    """An instance knows its reservation, so that it can leave it."""

    def run_instances(self: Any, image_id: str, *args: Any, **kwargs: Any) -> Reservation:
        image = self.amis.get(image_id)
        if image is not None and in_use() and is_hidden(self, image):
            raise InvalidAMIIdError(image_id)
        reservation = original(self, image_id, *args, **kwargs)
        for instance in reservation.instances:
            instance.strata_reservation = reservation  # pyright: ignore[reportAttributeAccessIssue]
        return reservation

    return run_instances


def _get_instance_by_id(self: Any, instance_id: str) -> Instance | None:
    # moto copies every reservation of the region to find one instance
    return _index(self).get(instance_id)


def _get_instance(self: Any, instance_id: str) -> Instance:
    found = _index(self).get(instance_id)
    if found is None:
        raise InvalidInstanceIdError(instance_id)
    return found


def _get_multi(original: Callable[..., list[Instance]]) -> Callable[..., list[Instance]]:
    def get_multi_instances_by_id(self: Any, instance_ids: list[str], filters: Any = None) -> list[Instance]:
        index = _index(self)
        if filters or any(each not in index for each in instance_ids):
            return original(self, instance_ids, filters)
        return [index[each] for each in instance_ids]

    return get_multi_instances_by_id


def _noticed(how: str) -> Callable[[Callable[..., InstanceState]], Callable[..., InstanceState]]:
    """Moto's groups learn of a TerminateInstances call and of nothing else; ours of every end, at once."""

    def around(original: Callable[..., InstanceState]) -> Callable[..., InstanceState]:
        def ended(self: Any) -> InstanceState:
            previous = original(self)
            server = current().servers.get(self.id)
            if server is not None:
                died(current(), server, how)
            elif how == "terminated":
                end_single(current(), self.id)
            return previous

        return ended

    return around


def _status(self: Any) -> dict[str, Any]:
    """Moto knows no impaired instance."""
    if self.state != "running":
        return {"Status": "not-applicable"}
    verdict = ("failed", "impaired") if self.strata_impaired else ("passed", "ok")
    return {"Details": [{"Name": "reachability", "Status": verdict[0]}], "Status": verdict[1]}


def _index(backend: Any) -> dict[str, Instance]:
    return backend.__dict__.setdefault("strata_instances", {})


def _volumes(image: Any) -> list[dict[str, Any]]:
    """Moto's images are all of one size and none is encrypted, whatever their snapshot is."""
    snapshot = image.ebs_snapshot
    ebs = {
        "DeleteOnTermination": True,
        "Encrypted": bool(snapshot.encrypted),
        "SnapshotId": snapshot.id,
        "VolumeSize": snapshot.volume.size,
        "VolumeType": getattr(image, "strata_volume_type", "gp3"),
    }
    if snapshot.encrypted:
        ebs["KmsKeyId"] = snapshot.kms_key_id
    return [{"DeviceName": image.root_device_name, "Ebs": ebs}, *getattr(image, "strata_more_volumes", ())]


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
        found = original(self, ami_ids, filters, exec_users, owners)
        if not in_use():
            return found
        shown = [each for each in found if not is_hidden(self, each)]
        if ami_ids and not shown and found:
            raise InvalidAMIIdError(ami_ids)
        return shown

    return describe_images
