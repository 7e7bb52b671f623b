"""What AWS itself offers in Image Builder, as far as a rehearsal knows it: some components, and its base images."""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from strata_rehearsal.cloud.image_builder.arns import PartName, is_selection, selects
from strata_rehearsal.cloud.image_builder.component_document import ComponentDocument, ComponentStep

__all__ = [
    "IMAGE_VERSIONS",
    "MANAGED_COMPONENTS",
    "ManagedImage",
    "managed_component",
    "managed_image",
    "managed_images",
]

VERSION: Final = "1.0.0"
"""The one version that each has here."""

_BUILD: Final = ComponentDocument({"build": (ComponentStep("Install", "ExecuteBash"),)}, {})
_TEST: Final = ComponentDocument({"test": (ComponentStep("Test", "ExecuteBash"),)}, {})

MANAGED_COMPONENTS: Final = MappingProxyType(
    {
        "amazon-cloudwatch-agent-linux": _BUILD,
        "aws-cli-version-2-linux": _BUILD,
        "inspector-test-linux": _TEST,
        "reboot-linux": _BUILD,
        "reboot-test-linux": _TEST,
        "simple-boot-test-linux": _TEST,
        "stig-build-linux": _BUILD,
        "stig-build-linux-high": _BUILD,
        "stig-build-linux-low": _BUILD,
        "stig-build-linux-medium": _BUILD,
        "update-linux": ComponentDocument({"build": (ComponentStep("Update", "UpdateOS"),)}, {}),
        "yum-repository-test-linux": _TEST,
    }
)


@dataclass(frozen=True)
class ManagedImage:
    """A base image that AWS keeps up to date.

    Args:
        name: its name.
        architecture: `x86_64` or `arm64`.
        root_device: device of its root volume.
    """

    name: str
    architecture: str
    root_device: str


_FAMILIES: Final = MappingProxyType(
    {
        "amazon-linux-2": "/dev/xvda",
        "amazon-linux-2023": "/dev/xvda",
        "ubuntu-server-22-lts": "/dev/sda1",
        "ubuntu-server-24-lts": "/dev/sda1",
    }
)
_ARCHITECTURES: Final = MappingProxyType({"x86": "x86_64", "arm64": "arm64"})
IMAGE_VERSIONS: Final = ("2026.10.1", "2026.11.1", "2026.11.28")
"""The versions of each base image that lists show here, the oldest first; each has one build."""


def managed_component(asked: PartName) -> tuple[PartName, ComponentDocument] | None:
    """The component of AWS that an ARN selects; None if a rehearsal knows no such one."""
    document = MANAGED_COMPONENTS.get(asked.name)
    if document is None or asked.version is None or not (is_selection(asked.version) or asked.version == VERSION):
        return None
    if not selects(asked.version, VERSION) or asked.build not in (None, 1):
        return None
    return replace(asked, version=VERSION, build=1), document


def managed_image(asked: PartName) -> ManagedImage | None:
    """The base image of AWS that an ARN names; None if a rehearsal knows no such one."""
    family, _, suffix = asked.name.rpartition("-")
    if family not in _FAMILIES or suffix not in _ARCHITECTURES:
        return None
    return ManagedImage(asked.name, _ARCHITECTURES[suffix], _FAMILIES[family])


def managed_images() -> list[str]:
    """The names of the base images of AWS that a rehearsal knows."""
    return [f"{family}-{suffix}" for family in _FAMILIES for suffix in _ARCHITECTURES]
