"""Buckets for what an application keeps."""

from strata.components.object_store.object_store import ObjectStore

__all__ = ["ObjectStore"]
