"""What each account and region knows of the versions of an image: the parameters `/strata/images/NAME/VERSION`.

Tags of an image are not visible in another account, and anybody who may tag can write any of them. What was baked is
therefore also noted in a parameter, by what baked it.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.outage import error_code
from strata.aws.parameter_tree import read_below
from strata.aws.parameters import read_parameters
from strata.errors import BusyError, RefusedError
from strata.naming import catalogue_name, catalogue_path

__all__ = ["PACKED_BY", "Catalogue", "CatalogueEntry", "ImageKind", "read_entry"]

PACKED_BY: Final = "packer:"
"""How `CatalogueEntry.by` begins where a run of Packer made the image; what Image Builder made has an ARN there."""

_SHOWN = 60
"""Characters of what is no entry that a message has."""
_ATTEMPTS = 3
_OPTIONAL = ("id", "digest", "parent", "git_sha", "recipe", "by")


class ImageKind(StrEnum):
    """What an image is for."""

    MACHINE = "machine"
    """Servers boot from it; it is known by its id."""
    CONTAINER = "container"
    """Containers run it; it is known by its digest."""


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """One version of an image, as what made it noted it.

    Args:
        kind: what it is for.
        name: the image.
        version: the version.
        id: of a machine image, in this region; None for a container image.
        digest: of a container image; None for a machine image.
        made: when, as RFC 3339 in UTC.
        parent: id or reference of the image it was made from. Default: not known.
        git_sha: the commit it was made of. Default: not known.
        recipe: name and version of the recipe it was made by. Default: none.
        by: ARN of who made it. Default: not known.
    """

    kind: ImageKind
    name: str
    version: str
    id: str | None = None
    digest: str | None = None
    made: str
    parent: str | None = None
    git_sha: str | None = None
    recipe: str | None = None
    by: str | None = None

    @property
    def packed(self) -> bool:
        """Whether Packer made it."""
        return (self.by or "").startswith(PACKED_BY)

    @property
    def identity(self) -> str:
        """The id or the digest."""
        return self.id or self.digest or ""

    def to_json(self) -> str:
        """The parameter's value."""
        return json.dumps(asdict(self), sort_keys=True)


def read_entry(text: str) -> CatalogueEntry:
    """Read the value of a parameter of the catalogue.

    Raises:
        ValueError: the text is no entry.
    """
    try:
        found: dict[str, Any] = json.loads(text)
        entry = CatalogueEntry(
            kind=ImageKind(found["kind"]),
            name=str(found["name"]),
            version=str(found["version"]),
            made=str(found["made"]),
            **{name: str(found[name]) if found.get(name) is not None else None for name in _OPTIONAL},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not an entry of the image catalogue: {text[:200]!r}") from error
    if not entry.identity:
        raise ValueError(f"not an entry of the image catalogue, since it has neither id nor digest: {text[:200]!r}")
    return entry


class Catalogue:
    """The catalogue of one account and region.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        self._client = client

    def entries(self, image: str) -> dict[str, CatalogueEntry]:
        """All versions of an image, by version; what is no entry is left out."""
        return self._read(read_below(self._client, catalogue_path(image)).items())

    def strangers(self, image: str, kind: ImageKind) -> list[str]:
        """What is among the versions of an image and is no entry of one, as sentences.

        Args:
            image: the image.
            kind: what it is for.
        """
        found: list[str] = []
        for name, value in sorted(read_below(self._client, catalogue_path(image)).items()):
            try:
                entry = read_entry(value)
            except ValueError as error:
                found.append(f"Parameter {name} is {error}.")
                continue
            if catalogue_name(entry.name, entry.version) != name:
                found.append(f"Parameter {name} is the entry of {entry.name} {entry.version}, and is not used.")
            elif entry.kind is not kind:
                found.append(f"Parameter {name} is the entry of a {entry.kind} image, and {image} is a {kind} image.")
        return found

    def entry(self, image: str, version: str) -> CatalogueEntry | None:
        """One version; None where the catalogue does not have it."""
        return self.some(image, [version]).get(version)

    def some(self, image: str, versions: Iterable[str]) -> dict[str, CatalogueEntry]:
        """Those of so many versions that the catalogue has."""
        names = sorted({catalogue_name(image, version) for version in versions})
        return self._read(read_parameters(self._client, names).items())

    def add(self, entry: CatalogueEntry) -> bool:
        """Note a version. One that is noted already as the same image is left as it is.

        Returns:
            whether it is new.

        Raises:
            RefusedError: the version is another image already.
            BusyError: others note it and withdraw it all the time.
        """
        name = catalogue_name(entry.name, entry.version)
        for _ in range(_ATTEMPTS):
            try:
                self._client("ssm").put_parameter(Name=name, Value=entry.to_json(), Type="String", Overwrite=False)
            except Exception as error:
                if error_code(error) != "ParameterAlreadyExists":
                    raise
                self.check(entry)
                # whoever was in the way may have withdrawn it since
                if self.entry(entry.name, entry.version) is not None:
                    return False
            else:
                return True
        raise BusyError(
            f"{entry.name} {entry.version} is noted and withdrawn by others at the same moment",
            fix="Run the command again.",
        )

    def withdraw(self, entry: CatalogueEntry) -> None:
        """Take out an entry that was just noted; one that is another by now stays.

        Args:
            entry: as it was noted.
        """
        if self.entry(entry.name, entry.version) == entry:
            self._client("ssm").delete_parameter(Name=catalogue_name(entry.name, entry.version))

    def check(self, entry: CatalogueEntry) -> None:
        """Find out whether a version could be noted, and note nothing.

        Raises:
            RefusedError: the version is another image already, or its parameter holds something else.
        """
        name = catalogue_name(entry.name, entry.version)
        value = read_parameters(self._client, [name]).get(name)
        if value is None:
            return
        known = self._read([(name, value)]).get(entry.version)
        if known is None:
            raise RefusedError(
                f"the catalogue cannot say which image {entry.name} {entry.version} is: {name} holds "
                f"{value[:_SHOWN]!r}, which is no entry",
                fix=f"Somebody has written over it. Put back what it was, or delete the parameter {name} and run the "
                "command again, which notes the version.",
            )
        if known.identity != entry.identity:
            raise RefusedError(
                f"{entry.name} {entry.version} is {known.identity} in the catalogue of "
                f"{self._client('ssm').meta.region_name}, and not {entry.identity}",
                fix="A version names one image for good: bake it again under a new version.",
            )

    @staticmethod
    def _read(parameters: Iterable[tuple[str, str]]) -> dict[str, CatalogueEntry]:
        found: dict[str, CatalogueEntry] = {}
        for name, value in parameters:
            try:
                entry = read_entry(value)
            except ValueError:
                # somebody else's parameter below the path says nothing of a version
                continue
            if catalogue_name(entry.name, entry.version) == name:
                found[entry.version] = entry
        return found
