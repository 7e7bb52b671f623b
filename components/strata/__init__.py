"""Strata: immutable infrastructure on AWS as Pulumi components.

import pulumi
from strata import ImmutableService, Ingress, Network, Stack

stack = Stack.load()                                     # the typed settings of this stack
network = Network("main", stack.network)
ingress = Ingress("public", stack.ingress, network=network)
web = ImmutableService(
    "web",
    stack.services["web"],
    image=stack.image("web"),                            # pinned, looked up, checked
    network=network,
    ingress=ingress,
)
pulumi.export("url", ingress.url)
pulumi.export("version", web.deployed_version)           # what its release record proves
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strata.alarms import Alarms
    from strata.backup import Backup
    from strata.errors import StrataError
    from strata.file_store import FileStore
    from strata.image import MachineImage
    from strata.ingress import Ingress
    from strata.network import AnyNetwork, ExistingNetwork, Network
    from strata.object_store import ObjectStore
    from strata.service import ImmutableService
    from strata.spectrum import Mutability
    from strata.stack import Stack
    from strata.stage import Stage

__all__ = [
    "Alarms",
    "AnyNetwork",
    "Backup",
    "ExistingNetwork",
    "FileStore",
    "ImmutableService",
    "Ingress",
    "MachineImage",
    "Mutability",
    "Network",
    "ObjectStore",
    "Stack",
    "Stage",
    "StrataError",
]

# Pulumi takes half a second to import. The command line lives in this package too and mostly does without.
_HOMES = {
    "Alarms": "strata.alarms",
    "AnyNetwork": "strata.network",
    "Backup": "strata.backup",
    "ExistingNetwork": "strata.network",
    "FileStore": "strata.file_store",
    "ImmutableService": "strata.service",
    "Ingress": "strata.ingress",
    "MachineImage": "strata.image",
    "Mutability": "strata.spectrum",
    "Network": "strata.network",
    "ObjectStore": "strata.object_store",
    "Stack": "strata.stack",
    "Stage": "strata.stage",
    "StrataError": "strata.errors",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'strata' has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
