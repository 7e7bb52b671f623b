"""What is in an image, as its build described it, and how two versions differ."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["ContentChange", "ContentDifference", "ImageContents", "compare_contents"]

_FACTS: Final = ("kernel", "os", "base_ami", "recipe", "git_sha")
"""What a manifest says of an image in one word each."""


@dataclass(frozen=True)
class ContentChange:
    """One thing that differs.

    Args:
        name: the package, the file or the fact.
        before: its version, hash or value in the first image; None where it is not there.
        after: likewise in the second.
    """

    name: str
    before: str | None
    after: str | None

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {"name": self.name, "from": self.before, "to": self.after}


@dataclass(frozen=True)
class ImageContents:
    """What is in an image.

    Args:
        facts: what its manifest says of it as a whole.
        packages: versions by name and architecture.
        config: hashes by path.
    """

    facts: Mapping[str, str]
    packages: Mapping[str, str]
    config: Mapping[str, str]

    @classmethod
    def parse(cls, manifest: str, bill: str) -> "ImageContents":
        """Read a manifest and a bill of materials.

        Raises:
            ValueError: they are none.
        """
        try:
            said: dict[str, Any] = json.loads(manifest)
            parts: list[dict[str, Any]] = json.loads(bill)["components"]
            return cls(
                facts={key: str(said[key]) for key in _FACTS},
                packages={_package(each): str(each["version"]) for each in parts},
                config={str(path): str(digest) for path, digest in said["config"].items()},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no description of an image: {error!r}") from error


@dataclass(frozen=True)
class ContentDifference:
    """How two images differ, each part by name."""

    facts: tuple[ContentChange, ...]
    packages: tuple[ContentChange, ...]
    config: tuple[ContentChange, ...]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "facts": [each.document() for each in self.facts],
            "packages": [each.document() for each in self.packages],
            "config": [each.document() for each in self.config],
        }


def compare_contents(before: ImageContents, after: ImageContents) -> ContentDifference:
    """What was added, removed and changed from one image to another."""
    return ContentDifference(
        _changes(before.facts, after.facts),
        _changes(before.packages, after.packages),
        _changes(before.config, after.config),
    )


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[ContentChange, ...]:
    names = sorted({*before, *after})
    return tuple(
        ContentChange(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )


def _package(component: Mapping[str, Any]) -> str:
    """A package by name, and by architecture too: one may be there for two, and versions of a kernel side by side."""
    arch = str(component.get("purl", "")).partition("arch=")[2]
    several = str(component["version"]) if str(component["name"]).startswith("kernel") else ""
    return ".".join(filter(None, (str(component["name"]), arch, several)))
