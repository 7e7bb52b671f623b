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
    from strata.components.alarms import Alarms
    from strata.components.backup import Backup
    from strata.components.certificate import Certificate
    from strata.components.database import Database, ReadReplica
    from strata.components.file_store import FileStore
    from strata.components.image import MachineImage
    from strata.components.ingress import Ingress
    from strata.components.network import AnyNetwork, ExistingNetwork, Network
    from strata.components.object_store import ObjectStore
    from strata.components.runtime_config import RuntimeConfig
    from strata.components.secret import Secret
    from strata.components.service import ImmutableService
    from strata.components.stack import Stack
    from strata.errors import StrataError
    from strata.spectrum import Mutability
    from strata.stage import Stage

__all__ = [
    "Alarms",
    "AnyNetwork",
    "Backup",
    "Certificate",
    "Database",
    "ExistingNetwork",
    "FileStore",
    "ImmutableService",
    "Ingress",
    "MachineImage",
    "Mutability",
    "Network",
    "ObjectStore",
    "ReadReplica",
    "RuntimeConfig",
    "Secret",
    "Stack",
    "Stage",
    "StrataError",
]

# Pulumi takes half a second to import. The command line lives in this package too and mostly does without.
_HOMES = {
    "Alarms": "strata.components.alarms",
    "AnyNetwork": "strata.components.network",
    "Backup": "strata.components.backup",
    "Certificate": "strata.components.certificate",
    "Database": "strata.components.database",
    "ExistingNetwork": "strata.components.network",
    "FileStore": "strata.components.file_store",
    "ImmutableService": "strata.components.service",
    "Ingress": "strata.components.ingress",
    "MachineImage": "strata.components.image",
    "Mutability": "strata.spectrum",
    "Network": "strata.components.network",
    "ObjectStore": "strata.components.object_store",
    "RuntimeConfig": "strata.components.runtime_config",
    "Secret": "strata.components.secret",
    "ReadReplica": "strata.components.database",
    "Stack": "strata.components.stack",
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
