"""The release record: what a service is proven to run.

The record is one SSM parameter a service, written only after its rollout succeeded. It is a pure function of the
program's inputs (no time in it), so an `up` that changes nothing leaves it alone; AWS keeps its last 100 versions.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["DIGEST_TAG", "NOTHING_PROVEN", "ImageRef", "Release", "proven", "release_digest"]

DIGEST_TAG = "strata:release"
"""Tag of every instance, set by its template version: the digest of the release the server was launched for."""

NOTHING_PROVEN = json.dumps({"image": None})
"""Value of the record of a service that has wanted no server yet: no release of it has ever run."""


@dataclass(frozen=True)
class ImageRef:
    """A machine image as people and AWS name it."""

    name: str
    version: str
    id: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.id})"


@dataclass(frozen=True)
class Release:
    """What a rollout is to bring about, and, once recorded, what it did.

    Args:
        group: name of what runs the service in AWS, such as an Auto Scaling group.
        template: id of the template that its servers are launched from.
        template_version: the numbered version.
        image: the image of that version.
        digest: see `release_digest`.
    """

    group: str
    template: str
    template_version: int
    image: ImageRef
    digest: str

    def to_json(self) -> str:
        """The record's value; the same release always gives the same text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Release":
        """Read a record's value.

        Raises:
            ValueError: the text is not a release record.
        """
        try:
            found: dict[str, Any] = json.loads(text)
            return cls(
                group=str(found["group"]),
                template=str(found["template"]),
                template_version=int(found["template_version"]),
                image=ImageRef(**found["image"]),
                digest=str(found["digest"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a release record: {text[:200]!r}") from error


def proven(value: str) -> Release | None:
    """The release a record's value names; None where none is proven.

    Raises:
        ValueError: the text is not a release record.
    """
    return None if value == NOTHING_PROVEN else Release.from_json(value)


def release_digest(parts: Mapping[str, object]) -> str:
    """Hash what changes a running server, as 16 hexadecimal characters.

    Args:
        parts: image id, instance type, user data, role, security groups, disks, metadata and network options as plain
            values. Tags and the template's version number stay out: a cost tag must not roll a fleet.
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
