"""The shared way in from outside."""

from strata.ingress.component import Ingress

__all__ = ["Ingress"]
