"""Moto's AMIs stay in their account, whoever may launch them."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models.amis import AmiBackend

from strata_rehearsal.cloud.patches import wrap
from strata_rehearsal.cloud.shared_images import spread
from strata_rehearsal.cloud.state import in_use

__all__ = ["patch"]


def patch() -> None:
    """Let the accounts find an image that may launch it, as soon as they may."""
    wrap(AmiBackend, "modify_image_attribute", _spreading)


def _spreading(original: Callable[..., None]) -> Callable[..., None]:
    def modify_image_attribute(self: Any, ami_id: str, *args: Any, **kwargs: Any) -> None:
        original(self, ami_id, *args, **kwargs)
        if in_use():
            spread(self.amis[ami_id])

    return modify_image_attribute
