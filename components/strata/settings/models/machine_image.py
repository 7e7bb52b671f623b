"""The image that a stack runs."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from strata.problem import ABSENT
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.promotion import ImageProofSettings, unproven_image
from strata.settings.models.rule import Conflict, rule

__all__ = ["ImageSettings"]


class ImageSettings(Settings):
    """A pin: the one machine image that a stack is to run."""

    version: str | None = Field(default=None, pattern=patterns.VERSION)
    """Version, as in the image's `app_version` tag. Required unless `parameter` is given."""
    id: str | None = Field(default=None, pattern=patterns.AMI_ID)
    """Image id. Required in staging and prod; in dev the version alone may be looked up."""
    parameter: str | None = Field(default=None, pattern=patterns.PARAMETER)
    """SSM parameter that holds an image id, resolved once per `up` to that id. Dev only. Default: none."""
    app: str | None = Field(default=None, pattern=patterns.APP)
    """Value of the image's `app` tag. Default: the name of the pin."""
    owners: tuple[Annotated[str, Field(pattern=patterns.ACCOUNT)], ...] = Field(default=("self",), min_length=1)
    """Accounts whose images are considered. Default: this account."""
    proof: ImageProofSettings | None = None
    """Where it ran before. Default: nowhere."""

    @rule("pin-source", "A pin says a version or a parameter, not both and not neither.")
    def _source(self) -> Iterator[Conflict]:
        reads = (("version",), ("parameter",))
        if self.version is None and self.parameter is None:
            yield Conflict((), ABSENT, expected="a version", fix="Set version and id.", reads=reads)
        elif self.parameter is not None and (self.version is not None or self.id is not None):
            other = "version" if self.version is not None else "id"
            yield Conflict(
                ("parameter",),
                self.parameter,
                expected=f"no parameter beside a {other}: one of them decides the image",
                fix=f"Remove parameter, or {other}.",
                reads=(*reads, ("id",)),
            )

    @rule("pin-proof", "A proof is that of the pinned image and version.")
    def _proof(self) -> Iterator[Conflict]:
        yield from unproven_image(self.version, self.id, self.proof, field="id")
