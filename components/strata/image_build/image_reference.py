"""How an image is named by its digest, the one name that is the same image tomorrow."""

import re
from dataclasses import dataclass
from typing import Final

from strata.errors import ImageError

__all__ = ["DIGEST", "REPOSITORY", "TAG", "ImageReference"]

REPOSITORY: Final = r"[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
TAG: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
DIGEST: Final = r"sha256:[0-9a-f]{64}"
_WHOLE: Final = re.compile(rf"(?P<repository>{REPOSITORY})(:(?P<tag>{TAG}))?(@(?P<digest>{DIGEST}))?")
_SHORT_DIGEST: Final = len("sha256:") + 12


@dataclass(frozen=True)
class ImageReference:
    """An image by its digest.

    Args:
        repository: where it is, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web.
        digest: `sha256:` and 64 hexadecimal digits.
        tag: what else it was called when it was named; decides nothing. Default: nothing.
    """

    repository: str
    digest: str
    tag: str = ""

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"

    @property
    def version(self) -> str:
        """What it is called where nothing else says its version: its tag, or the beginning of its digest."""
        return self.tag or self.digest[:_SHORT_DIGEST]

    @classmethod
    def parse(cls, text: str) -> "ImageReference":
        """A reference as a person, a registry or a builder writes it, such as `repository:tag@sha256:...`.

        Raises:
            ImageError: it has no digest, so that it may be another image tomorrow, or is no reference.
        """
        found = _WHOLE.fullmatch(text)
        if found is None:
            raise ImageError(f"{text!r} is not an image reference", fix="Write repository@sha256:..., by its digest.")
        if found["digest"] is None:
            tag = found["tag"] or "latest"
            raise ImageError(
                f"{text!r} names an image by its tag {tag!r}, and a tag is whatever was pushed last: what is tested, "
                "what is deployed and what is rolled back to could be three images",
                fix="Write repository@sha256:...; `docker buildx imagetools inspect`, `aws ecr describe-images` and "
                "the push itself print the digest.",
            )
        return cls(found["repository"], found["digest"], found["tag"] or "")
