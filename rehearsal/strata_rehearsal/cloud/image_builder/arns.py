"""Names, versions and ARNs of Image Builder's parts, as plain values.

A version is `major.minor.patch`, and AWS counts builds behind it. A selection may have an `x` for what is resolved
when it is used; right of the first `x` there is nothing but `x`.
https://docs.aws.amazon.com/imagebuilder/latest/userguide/ibhow-semantic-versioning.html
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["PartKind", "PartName", "is_selection", "next_version", "numbers", "selects", "slug", "version_problem"]

HIGHEST: Final = 2**30 - 1
WILD: Final = "x"


class PartKind(StrEnum):
    """What a part is, as its ARN says."""

    COMPONENT = "component"
    RECIPE = "image-recipe"
    INFRASTRUCTURE = "infrastructure-configuration"
    DISTRIBUTION = "distribution-configuration"
    PIPELINE = "image-pipeline"
    IMAGE = "image"
    LIFECYCLE = "lifecycle-policy"


def slug(name: str) -> str:
    """A name as ARNs have it: in lower case, with hyphens for blanks, so that two names can have one ARN."""
    return name.lower().replace(" ", "-")


@dataclass(frozen=True)
class PartName:
    """An ARN of Image Builder.

    Args:
        prefix: everything up to the account, `arn:aws:imagebuilder:REGION:ACCOUNT`.
        kind: what it names.
        name: the name as in the ARN.
        version: its version, or a selection; None for a kind without versions.
        build: the build of it that AWS counted; None for none.
    """

    prefix: str
    kind: PartKind
    name: str
    version: str | None = None
    build: int | None = None

    @classmethod
    def parse(cls, arn: str) -> "PartName":
        """Read an ARN.

        Raises:
            ValueError: it is none of Image Builder's parts that are simulated.
        """
        prefix, _, path = arn.rpartition(":")
        kind, _, rest = path.partition("/")
        name, *version = rest.split("/")
        build = int(version[1]) if len(version) > 1 else None
        return cls(prefix, PartKind(kind), name, version[0] if version else None, build)

    def __str__(self) -> str:
        parts = (self.kind, self.name, self.version, self.build)
        return f"{self.prefix}:{'/'.join(str(each) for each in parts if each is not None)}"

    @property
    def owner(self) -> str:
        """Who has it: an account, or `aws`."""
        return self.prefix.rpartition(":")[2]


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, which can be compared."""
    return tuple(int(each) for each in version.split("."))


def is_selection(version: str) -> bool:
    """Whether a version has an `x` in it."""
    return WILD in version


def selects(selection: str, version: str) -> bool:
    """Whether a version, or a selection of versions, includes this one."""
    asked = selection.split(".")
    return all(want in (WILD, has) for want, has in zip(asked, version.split("."), strict=True))


def version_problem(version: str) -> str | None:
    """What is wrong with a version or a selection, if anything is."""
    if re.search(r"x\.[0-9]", version):
        return "Only the wildcard 'x' may be to the right of a wildcard."
    if any(each != WILD and int(each) > HIGHEST for each in version.split(".")):
        return f"Each node of a version must be between 0 and {HIGHEST}."
    return None


def next_version(selection: str, taken: list[str]) -> str:
    """The version that AWS gives a recipe whose author leaves it open.

    Args:
        selection: what the author asked for, such as `1.0.x`; a whole version is answered as it is.
        taken: the versions that exist.

    Returns:
        The highest version that the selection includes, counted up where its first `x` is; with zeros if there is none.
    """
    if not is_selection(selection):
        return selection
    asked = selection.split(".")
    first = asked.index(WILD)
    found = [numbers(each)[first] for each in taken if selects(selection, each)]
    counted = max(found) + 1 if found else (1 if first == 0 else 0)
    return ".".join([*asked[:first], str(counted), *("0" for _ in asked[first + 1 :])])
