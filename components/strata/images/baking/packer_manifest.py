"""What Packer's post-processor `manifest` writes, and what of it is needed."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from strata.clock import utc_text
from strata.errors import UsageError
from strata.images.baking.execution import Execution
from strata.images.catalogue import PACKED_BY
from strata.images.given_values import COMMIT_WORDS, VERSION_WORDS, is_commit, is_version

__all__ = ["PackerBuild", "read_manifest"]

_FIX: Final = "Use the manifest that the template of `strata image packer` writes."
_ARTIFACT: Final = re.compile(r"[a-z0-9-]+:ami-[0-9a-f]+(,[a-z0-9-]+:ami-[0-9a-f]+)*")
"""Of the builder amazon-ebs: images by region."""
_RUN: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
"""Packer gives a run a UUID; it becomes a tag, which AWS takes with at most 256 characters and not with every one."""


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
            arn=f"{PACKED_BY}{self.id}",
            status="AVAILABLE",
            version=self.version,
            order=self.id,
            git_sha=self.git_sha,
            created=self.built,
            images=self.images,
            recipe=self.recipe,
        )


def read_manifest(path: Path) -> PackerBuild:
    """The last build of a manifest.

    Args:
        path: the file.

    Raises:
        UsageError: it is no manifest, or not of a template of ours.
    """
    document = _document(path)
    builds = document.get("builds")
    if not isinstance(builds, list):
        raise _broken(path, "has no list `builds`, and a manifest of Packer was expected")
    last = str(document.get("last_run_uuid"))
    found = [each for each in builds if isinstance(each, dict) and each.get("packer_run_uuid") == last]
    if not found:
        raise _broken(path, f"has no build of its last run, which it says is {last!r}")
    if len(found) > 1:
        raise _broken(path, f"has {len(found)} builds of its last run {last!r}, and one was expected")
    if not _RUN.fullmatch(last):
        raise _broken(path, f"has the `last_run_uuid` {last[:80]!r}: expected a UUID, of digits, letters and dashes")
    build = found[0]
    said = build.get("custom_data")
    if not isinstance(said, dict) or not said.get("app_version") or not said.get("recipe"):
        raise _broken(path, "has no `app_version` and `recipe` in the `custom_data` of its last build")
    version = str(said["app_version"])
    if not is_version(version):
        raise _broken(path, f"names the version {version!r}: expected {VERSION_WORDS}")
    commit = str(said.get("git_sha", ""))
    if not is_commit(commit):
        raise _broken(path, f"names the commit {commit[:80]!r} as `git_sha`: expected {COMMIT_WORDS}")
    return PackerBuild(
        id=last,
        version=version,
        recipe=str(said["recipe"]),
        git_sha=commit,
        built=_built(path, build.get("build_time")),
        images=_images(path, build.get("artifact_id")),
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no file {path}: expected the manifest that Packer wrote",
            fix="Run `packer build` with the template of `strata image packer`, and name the manifest it writes.",
        ) from error
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or 'unknown error'}", fix="Name a file that you may read."
        ) from error
    except UnicodeDecodeError as error:
        raise _broken(path, "is not text in UTF-8, and a manifest of Packer in JSON was expected") from error
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(path, f"is not JSON, and a manifest of Packer was expected: {error}") from error
    if not isinstance(found, dict):
        raise _broken(path, "is no JSON object, and a manifest of Packer was expected")
    return found


def _images(path: Path, artifact: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(artifact, str) or not _ARTIFACT.fullmatch(artifact):
        expected = "expected regions and images such as eu-west-1:ami-0123456789abcdef0"
        raise _broken(path, f"has the `artifact_id` {artifact!r} in its last build: {expected}")
    return tuple(sorted((region, image) for region, _, image in (each.partition(":") for each in artifact.split(","))))


def _built(path: Path, moment: Any) -> str:
    try:
        return utc_text(int(moment))
    except (OSError, OverflowError, TypeError, ValueError) as error:
        expected = "expected seconds since 1970"
        raise _broken(path, f"has the `build_time` {moment!r} in its last build: {expected}") from error


def _broken(path: Path, said: str) -> UsageError:
    return UsageError(f"{path} {said}", fix=_FIX)
