"""Immutable services."""

from strata.service.component import ImmutableService

__all__ = ["ImmutableService"]
