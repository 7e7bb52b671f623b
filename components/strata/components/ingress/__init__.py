"""The shared way in from outside."""

from strata.components.ingress.ingress import Ingress

__all__ = ["Ingress"]
