"""Moto's own public images, kept aside until somebody asks for them."""

from typing import Any

__all__ = ["with_public_images"]


def with_public_images(backend: Any) -> None:
    """Load moto's public images into an EC2 region, once."""
    load = backend.__dict__.pop("strata_public_images", None)
    if load is not None:
        present = dict(backend.amis)
        load()
        backend.amis.update(present)
