"""The manifest and the bill of materials that a template of Packer has fetched from the server that it built on."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strata.errors import UsageError
from strata.images.baking.packer_manifest import PackerBuild
from strata.images.image_contents import ImageContents
from strata.images.recipe.packer_template import FETCHED

__all__ = ["PackedReports", "read_packed_reports"]

_FIX: Final = "Build once more with the template of `strata image packer`, and name the manifest where it was written."


@dataclass(frozen=True)
class PackedReports:
    """What a build says of its image.

    Args:
        manifest: the manifest, in JSON.
        bill: the bill of materials, in CycloneDX.
    """

    manifest: str
    bill: str


def read_packed_reports(folder: Path, build: PackerBuild) -> PackedReports:
    """What was fetched from a build.

    Args:
        folder: where Packer ran, which is where its manifest is.
        build: the build; what an earlier one has left in the folder is refused.

    Raises:
        UsageError: it is not there, or of another build.
    """
    manifest, bill, order = (_text(folder / FETCHED[name]) for name in ("manifest.json", "sbom.cdx.json", "order"))
    if order.strip() != build.id:
        raise UsageError(
            f"{folder / FETCHED['order']} is of run {order.strip()!r} of Packer, and the manifest is of {build.id!r}",
            fix=_FIX,
        )
    place = folder / FETCHED["manifest.json"]
    try:
        ImageContents.parse(manifest, bill)
        said = json.loads(manifest)
    except ValueError as error:
        raise UsageError(f"{place} does not describe an image: {error}", fix=_FIX) from error
    expected = {
        "app_version": build.version,
        "recipe": build.recipe,
        "sbom_sha256": hashlib.sha256(bill.encode()).hexdigest(),
    }
    for key, value in expected.items():
        if said.get(key) != value:
            raise UsageError(f"{place} has {said.get(key)!r} as {key}, expected {value!r}", fix=_FIX)
    return PackedReports(manifest, bill)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no file {path}: the pipeline keeps reports, and expected what the build says of its image",
            fix=_FIX,
        ) from error
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or 'unknown error'}", fix="Name a folder that you may read."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text in UTF-8", fix=_FIX) from error
