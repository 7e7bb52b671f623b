"""An image that is another one and yet the same: a copy of a revoked machine image, a part of a revoked index.

A revocation is kept by id and digest. So a preflight asks which images are revoked, and whether the image that is to
be launched is made of the same bytes as one of them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from strata.images.verdicts import describe_verdict
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.denials import is_denied
from strata.rollout.preflight_findings import PreflightFinding, refuse, warn
from strata.rollout.record import ImageRef
from strata.verdict_names import verdict_image

__all__ = ["find_revoked_kin"]

D = TypeVar("D", bound=BaseDriver)


def find_revoked_kin(
    driver: D,
    images: Iterable[ImageRef],
    kin: Callable[[D, ImageRef, frozenset[str]], Mapping[str, str]],
    *,
    needs: str,
) -> tuple[PreflightFinding, ...]:
    """Which images are the same as one that is revoked in this account and region; what may not be read is a warning.

    Args:
        driver: AWS.
        images: the images that are to be launched.
        kin: of an image and the ids or digests that are revoked, how it is related to those to which it is, as a
            clause after the image. Asked only where anything is revoked.
        needs: the permission that `kin` needs, for the warning.
    """
    named = list(images)
    try:
        revoked = {
            found: (name, text) for name, text in driver.revoked_images().items() if (found := verdict_image(name))
        }
        if not revoked:
            return ()
        return tuple(
            refuse(f"image {each} {how}, which is {describe_verdict(*revoked[other])}", "Pin another version.")
            for each in named
            # what is revoked itself is refused for that
            if each.content not in revoked
            for other, how in kin(driver, each, frozenset(revoked)).items()
        )
    except Exception as error:
        if not is_denied(error):
            raise
        versions = ", ".join(str(each) for each in named)
        return (
            warn(
                f"whether {versions} is the same as an image that is revoked was not checked: {error}",
                f"Allow ssm:GetParametersByPath and {needs} to whoever asks.",
            ),
        )
