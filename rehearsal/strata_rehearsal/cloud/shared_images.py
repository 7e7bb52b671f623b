"""AMIs that an account shares with others of the local AWS: there they are the same image, without its tags."""

from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ec2.models.core import TaggedEC2Resource

from strata_rehearsal.cloud.state import current

__all__ = ["SharedImage", "spread", "spread_all", "withdraw"]

_TAG_FILTERS: Final = ("tag:", "tag-key", "tag-value")


class SharedImage(TaggedEC2Resource):
    """An image of another account as the account sees it with which it is shared.

    Args:
        original: the image.
        backend: moto's EC2 of the account that sees it.
    """

    def __init__(self, original: Any, backend: Any) -> None:
        self.original = original
        self.ec2_backend = backend

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["original"], name)

    @property
    def image_allowed(self) -> Any:
        """Whether the account that sees it may use it."""
        return type(self.original).image_allowed.fget(self)

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        """A filter sees the tags of the account that asks, and everything else of the image."""
        if filter_name.startswith(_TAG_FILTERS):
            return super().get_filter_value(filter_name, method_name)
        return self.original.get_filter_value(filter_name, method_name)


def spread(image: Any) -> None:
    """Let every account find an image that may launch it, and no other."""
    for account in _others(image):
        backend: Any = ec2_backends[account][image.ec2_backend.region_name]
        allowed = image.is_public or {"UserId": account} in image.launch_permissions
        if allowed and image.id not in backend.amis:
            backend.amis[image.id] = SharedImage(image, backend)
        elif not allowed and isinstance(backend.amis.get(image.id), SharedImage):
            del backend.amis[image.id]


def withdraw(image: Any) -> None:
    """An image is gone: nobody finds it any more."""
    for account in _others(image):
        backend: Any = ec2_backends[account][image.ec2_backend.region_name]
        if isinstance(backend.amis.get(image.id), SharedImage):
            del backend.amis[image.id]


def spread_all() -> None:
    """An account has joined: it finds what was shared with it before."""
    for account in (DEFAULT_ACCOUNT_ID, *current().accounts):
        for backend in list(ec2_backends[account].values()):
            for image in list(backend.amis.values()):
                if not isinstance(image, SharedImage) and image.launch_permissions:
                    spread(image)


def _others(image: Any) -> list[str]:
    known = {DEFAULT_ACCOUNT_ID, *current().accounts} if current().accounts else set[str]()
    return sorted(known - {image.ec2_backend.account_id})
