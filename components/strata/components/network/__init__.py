"""Networks: one that Strata makes, or one that exists."""

from strata.components.network.existing import AnyNetwork, ExistingNetwork, Tier, follow_references
from strata.components.network.network import Network
from strata.components.network.place import Place, place

__all__ = ["AnyNetwork", "ExistingNetwork", "Network", "Place", "Tier", "place"]

# before a program makes its first reference
follow_references()
