"""What Packer's post-processor `manifest` writes, and what of it is needed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from strata.errors import UsageError
from strata.images.baking.execution import Execution

__all__ = ["PackerBuild", "read_manifest"]

_FIX = "Use the manifest that the template of strata image packer writes."


@dataclass(frozen=True)
class PackerBuild:
    """One build of a manifest.

    Args:
        id: Packer's id of the run.
        version: the version that was baked.
        recipe: version of the definition that was built.
        git_sha: the commit; empty where it is not known.
        built: when, as RFC 3339.
        images: image ids by region.
    """

    id: str
    version: str
    recipe: str
    git_sha: str
    built: str
    images: tuple[tuple[str, str], ...]

    @property
    def execution(self) -> Execution:
        """The build as if it were an execution that has succeeded."""
        return Execution(
            arn=f"packer:{self.id}",
            status="AVAILABLE",
            version=self.version,
            order=self.id,
            git_sha=self.git_sha,
            created=self.built,
            images=self.images,
        )


def read_manifest(path: Path) -> PackerBuild:
    """The last build of a manifest.

    Args:
        path: the file.

    Raises:
        UsageError: it is no manifest, or not of a template of ours.
    """
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        last = document["last_run_uuid"]
        build = next(each for each in document["builds"] if each["packer_run_uuid"] == last)
        pairs = [each.split(":") for each in build["artifact_id"].split(",")]
        said = build.get("custom_data") or {}
        return PackerBuild(
            id=str(last),
            version=str(said["app_version"]),
            recipe=str(said["recipe"]),
            git_sha=str(said.get("git_sha", "")),
            built=datetime.fromtimestamp(int(build["build_time"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            images=tuple(sorted((region, image) for region, image in pairs)),
        )
    except StopIteration as error:
        raise UsageError(f"{path} has no build of its last run", fix=_FIX) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{path} is no manifest of Packer: {type(error).__name__}: {error}", fix=_FIX) from error
