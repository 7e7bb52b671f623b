"""Networks: one that Strata makes, or one that exists."""

from strata.network.component import Network
from strata.network.existing import AnyNetwork, ExistingNetwork
from strata.network.place import Place, place
from strata.network.subnets import Tier

__all__ = ["AnyNetwork", "ExistingNetwork", "Network", "Place", "Tier", "place"]
