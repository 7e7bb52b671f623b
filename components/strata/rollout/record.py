"""The release record: what a service is proven to run.

The record is one SSM parameter a service, written only after its rollout succeeded. It is a pure function of the
program's inputs (no time in it), so an `up` that changes nothing leaves it alone; AWS keeps its last 100 versions.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

__all__ = [
    "DIGEST_TAG",
    "NOTHING_PROVEN",
    "ImageRef",
    "Release",
    "ServerRelease",
    "TaskRelease",
    "describe_record",
    "differing_fields",
    "followed_by",
    "proven",
    "proven_by",
    "read_release",
    "readable",
    "release_digest",
    "with_sidecars",
]

DIGEST_TAG = "strata:release"
"""Tag of every instance, set by its template version: the digest of the release the server was launched for."""

NOTHING_PROVEN = json.dumps({"image": None})
"""Value of the record of a service that has wanted no server yet: no release of it has ever run."""


_FOLLOWS = "follows"
_LONGEST_DESCRIPTION = 1024
"""PutParameter, `Description`."""

Kind = TypeVar("Kind", bound="Release")


@dataclass(frozen=True)
class ImageRef:
    """A machine image or a container image, as people and AWS name it."""

    name: str
    version: str
    id: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.id})"

    @property
    def label(self) -> str:
        """What it is called, as NAME VERSION."""
        return f"{self.name} {self.version}"

    @property
    def content(self) -> str:
        """What it is, whatever it is called: an id, or a digest."""
        return self.id.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True)
class Release:
    """What a rollout is to bring about, and, once recorded, what it did.

    Args:
        image: the image that runs.
        digest: see `release_digest`.
    """

    image: ImageRef
    digest: str

    @property
    def fleet(self) -> str:
        """What runs the service, as AWS names it; the next release runs on the same, unless that is replaced."""
        raise NotImplementedError

    @property
    def beside(self) -> Mapping[str, ImageRef]:
        """The images beside the service's own, by what runs them."""
        return {}

    def launched_by(self, other: "Release | None") -> "Release":
        """It, launched by what another one is launched by, where that is newer and of the same kind.

        Args:
            other: the same release as somebody else has made it.
        """
        del other
        return self

    @property
    def images(self) -> tuple[ImageRef, ...]:
        """All images that run, the service's own first."""
        return (self.image, *self.beside.values())

    @property
    def contents(self) -> str:
        """All that runs, for people."""
        return str(self.image)

    def to_json(self, follows: int | None = None) -> str:
        """The record's value; the same release always gives the same text.

        Args:
            follows: number of the record's version before it, see `followed_by`. Default: it is not said.
        """
        return json.dumps(_said(asdict(self), follows), sort_keys=True)


@dataclass(frozen=True, kw_only=True)
class ServerRelease(Release):
    """A release that servers run.

    Args:
        group: name of the Auto Scaling group.
        template: id of the launch template.
        template_version: the numbered version, which launches the image.
    """

    group: str
    template: str
    template_version: int

    @property
    def fleet(self) -> str:
        return self.group

    def launched_by(self, other: Release | None) -> "ServerRelease":
        if not isinstance(other, ServerRelease) or (other.template, other.digest) != (self.template, self.digest):
            return self
        return replace(self, template_version=max(self.template_version, other.template_version))


@dataclass(frozen=True, kw_only=True)
class TaskRelease(Release):
    """A release that containers run.

    Args:
        service: ARN of the ECS service, which names its cluster too.
        task_definition: ARN of the task definition, with its revision.
        sidecars: the images beside the application's, by the name of the sidecar.
    """

    service: str
    task_definition: str
    sidecars: Mapping[str, ImageRef] = field(default_factory=dict[str, ImageRef], hash=False)

    @property
    def fleet(self) -> str:
        return self.service

    @property
    def beside(self) -> Mapping[str, ImageRef]:
        return self.sidecars

    def by(self, task_definition: str) -> "TaskRelease":
        """The same, launched by another task definition."""
        return replace(self, task_definition=task_definition)

    @property
    def revision(self) -> tuple[str, int]:
        """The family of its task definition, and the number of its revision; 0 where that has none."""
        family, _, number = self.task_definition.rpartition(":")
        return family, int(number) if number.isdigit() else 0

    def launched_by(self, other: Release | None) -> "TaskRelease":
        if not isinstance(other, TaskRelease) or other.digest != self.digest:
            return self
        (family, number), (own, newest) = other.revision, self.revision
        return self.by(other.task_definition) if family == own and number > newest else self

    @property
    def contents(self) -> str:
        return with_sidecars(str(self.image), self.sidecars)

    def to_json(self, follows: int | None = None) -> str:
        said = _said(asdict(self), follows)
        if not said["sidecars"]:
            # as it was written before there were any
            del said["sidecars"]
        return json.dumps(said, sort_keys=True)


def _said(parts: dict[str, Any], follows: int | None) -> dict[str, Any]:
    return parts if follows is None else {**parts, _FOLLOWS: follows}


def with_sidecars(image: str, sidecars: Mapping[str, ImageRef]) -> str:
    """An application's image together with those of its sidecars, for people.

    Args:
        image: the application's.
        sidecars: by the name of the sidecar.
    """
    beside = [f"{name} {each.version}" for name, each in sorted(sidecars.items())]
    return f"{image} with {', '.join(beside)}" if beside else image


def describe_record(service: str, contents: str | None) -> str:
    """The description of a record, which a preview can show while it does not know the value.

    Args:
        service: the service's name.
        contents: all that runs; None where nothing is proven.
    """
    text = f"{service} runs {contents or 'nothing proven'}"
    if len(text) <= _LONGEST_DESCRIPTION:
        return text
    return f"{text[: _LONGEST_DESCRIPTION - 3]}..."


def read_release(text: str) -> Release:
    """Read a record's value.

    Raises:
        ValueError: the text is not a release record.
    """
    try:
        found: dict[str, Any] = json.loads(text)
        image, digest = ImageRef(**found["image"]), str(found["digest"])
        if "task_definition" in found:
            service, definition = str(found["service"]), str(found["task_definition"])
            sidecars = {str(name): ImageRef(**each) for name, each in found.get("sidecars", {}).items()}
            return TaskRelease(
                service=service, task_definition=definition, image=image, digest=digest, sidecars=sidecars
            )
        return ServerRelease(
            group=str(found["group"]),
            template=str(found["template"]),
            template_version=int(found["template_version"]),
            image=image,
            digest=digest,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a release record: {text[:200]!r}") from error


def proven(value: str) -> Release | None:
    """The release a record's value names; None where none is proven.

    Raises:
        ValueError: the text is not a release record.
    """
    return None if value == NOTHING_PROVEN else read_release(value)


def proven_by(kind: type[Kind], value: str | None) -> Kind | None:
    """The release a record's value names, if it is one of this kind.

    Args:
        kind: of what.
        value: the record's value; None where there is no record.

    Raises:
        ValueError: the text is not a release record.
    """
    release = proven(value) if value is not None else None
    return release if isinstance(release, kind) else None


def readable(kind: type[Kind], value: str | None) -> Kind | None:
    """As `proven_by`, and None too where the text is no record: one that was written over is written again."""
    try:
        return proven_by(kind, value)
    except ValueError:
        return None


def followed_by(value: str | None) -> int | None:
    """Number of the version of the record that a value says it follows; None where it does not say.

    The engine calls a gate when the record's value differs from that in its state, and its state knows nothing of what
    somebody has written to AWS without it. A value that names the version which it follows differs from every value
    that the engine has written before.

    Args:
        value: the record's value; None where there is no record.
    """
    try:
        return int(json.loads(value or "")[_FOLLOWS])
    except (KeyError, TypeError, ValueError):
        return None


def differing_fields(one: Release, other: Release) -> list[tuple[str, str, str]]:
    """Each field in which two releases differ, in words, with what one and the other has.

    Args:
        one: a release.
        other: another one.
    """
    fields = [_fields("", asdict(each)) for each in (one, other)]
    names = dict.fromkeys(name for each in fields for name in each)
    found = ((name, *(str(each.get(name, "nothing")) for each in fields)) for name in names)
    return [(name, first, second) for name, first, second in found if first != second]


def _fields(above: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in parts.items():
        name = f"{above} {key}".strip().replace("_", " ")
        found |= _fields(name, value) if isinstance(value, Mapping) else {name: value}
    return found


def release_digest(parts: Mapping[str, object]) -> str:
    """Hash what changes a running server, as 16 hexadecimal characters.

    Args:
        parts: image id, instance type, user data, role, security groups, disks, metadata and network options as plain
            values. Tags and the template's version number stay out: a cost tag must not roll a fleet.
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
