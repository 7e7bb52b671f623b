"""Networks: one that Strata makes, or one that exists."""

from strata.network.component import Network
from strata.network.elsewhere import follow_references
from strata.network.existing import AnyNetwork, ExistingNetwork
from strata.network.place import Place, place
from strata.network.subnets import Tier

__all__ = ["AnyNetwork", "ExistingNetwork", "Network", "Place", "Tier", "place"]

# before a program makes its first reference
follow_references()
