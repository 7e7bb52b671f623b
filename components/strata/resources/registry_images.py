"""Images as resources of a program: whether one leaves its registry with its resource, and which digest it has."""

from typing import Final

from strata.resources.resource import Resource
from strata.resources.values import plain, says_yes, text

__all__ = ["digest_of", "outlives_its_delete", "taken_from_registry"]

_REGISTRY_IMAGE: Final = "docker:index/registryImage:RegistryImage"
_INDEX: Final = "docker-build:index:Index"


def taken_from_registry(resource: Resource) -> bool:
    """Whether an image leaves its registry when the resource goes. Other types of these providers leave it there.

    Args:
        resource: the resource.
    """
    inputs = plain(resource.inputs)
    if resource.type == _REGISTRY_IMAGE:
        return not says_yes(inputs.get("keepRemotely"))
    return resource.type == _INDEX and str(inputs.get("push")).lower() != "false"


def outlives_its_delete(resource: Resource) -> bool:
    """Whether what a resource stands for is still there once it is deleted: AWS keeps it, or a registry its image.

    Args:
        resource: the resource.
    """
    return resource.retained or (resource.type in {_REGISTRY_IMAGE, _INDEX} and not taken_from_registry(resource))


def digest_of(resource: Resource) -> str:
    """The digest of the image that a resource has pushed; empty where it is not known.

    Args:
        resource: the resource.
    """
    outputs = plain(resource.outputs)
    name = "sha256Digest" if resource.type == _REGISTRY_IMAGE else "ref"
    return (text(outputs.get(name)) or "").rpartition("@")[2] if resource.type in {_REGISTRY_IMAGE, _INDEX} else ""
