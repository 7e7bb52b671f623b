"""Allowed AMIs: which images of others an account finds and launches."""

from typing import Any, Final

from strata.aws.outage import error_code

__all__ = ["hides_images"]

_ENABLED: Final = "enabled"
"""GetAllowedImagesSettings: `State`, where what is not allowed is neither found nor launched; audits hide nothing."""
_UNKNOWN: Final = frozenset({"UnauthorizedOperation", "InvalidAction"})


def hides_images(ec2: Any) -> bool:
    """Whether an account hides images of others that it does not let through; no where the caller may not know.

    Args:
        ec2: a client of EC2.
    """
    try:
        return ec2.get_allowed_images_settings()["State"] == _ENABLED
    except Exception as error:
        if error_code(error) not in _UNKNOWN:
            raise
        return False
