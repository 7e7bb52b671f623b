"""Buckets for what an application keeps."""

from strata.object_store.component import ObjectStore

__all__ = ["ObjectStore"]
