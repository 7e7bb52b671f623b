"""Immutable services."""

from strata.components.service.immutable_service import ImmutableService

__all__ = ["ImmutableService"]
