"""The folder an image is built from, and a digest of everything that decides what the image becomes."""

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from strata.errors import ImageError
from strata.image_build.dockerignore import Dockerignore

__all__ = ["BuildContext", "ImageBuild"]

DOCKERFILE = "Dockerfile"
_DIGITS_OF_TAG = 16
_CHUNK = 1 << 20


@dataclass(frozen=True)
class BuildContext:
    """A folder with a Dockerfile, in it or elsewhere.

    Args:
        folder: the folder.
        dockerfile: the Dockerfile. Default: the file of that name in the folder.
    """

    folder: Path
    dockerfile: Path | None = None

    @property
    def dockerfile_path(self) -> Path:
        """Where its Dockerfile is."""
        return self.dockerfile or self.folder / DOCKERFILE

    @cached_property
    def dockerfile_text(self) -> str:
        """The Dockerfile.

        Raises:
            ImageError: there is none, or it is no text.
        """
        try:
            return self.dockerfile_path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ImageError(
                f"the Dockerfile {self.dockerfile_path} cannot be read: {error}",
                fix="Write one, or say where it is with `dockerfile`.",
            ) from error

    @cached_property
    def ignored(self) -> Dockerignore:
        """What is left out: by the file beside the Dockerfile that is named for it, else by that of the folder."""
        path = self.dockerfile_path
        for file in (path.with_name(f"{path.name}.dockerignore"), self.folder / ".dockerignore"):
            if file.is_file():
                return Dockerignore.parse(file.read_text(encoding="utf-8"))
        return Dockerignore()

    def files(self) -> Iterator[tuple[str, Path]]:
        """Every file and link of the context with its path in it, in the order of their paths.

        Raises:
            ImageError: there is no such folder.
        """
        if not self.folder.is_dir():
            raise ImageError(
                f"the build context {self.folder} is not a folder", fix="Say which one it is with `context`."
            )
        yield from sorted(self._below(self.folder, ""))

    def digest(self) -> str:
        """`sha256:` and a hash of the Dockerfile and of every file by path, permissions and content.

        Neither times nor owners count, so that two checkouts of a commit are equal.
        """
        whole = hashlib.sha256(self.dockerfile_text.encode())
        for name, path in self.files():
            mode = path.lstat().st_mode
            whole.update(f"\0{name}\0{stat.S_IFMT(mode) | (mode & 0o111):o}\0".encode())
            whole.update(_content(path, mode))
        return f"sha256:{whole.hexdigest()}"

    def _below(self, folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
        for entry in os.scandir(folder):
            name, path = f"{prefix}{entry.name}", Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if self.ignored.enters(name):
                    yield from self._below(path, f"{name}/")
            elif not self.ignored.ignores(name):
                yield name, path


def _content(path: Path, mode: int) -> bytes:
    if stat.S_ISLNK(mode):
        return hashlib.sha256(str(path.readlink()).encode()).digest()
    if not stat.S_ISREG(mode):
        # sockets and pipes have no content, and a builder leaves them out
        return b""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()


@dataclass(frozen=True)
class ImageBuild:
    """One build: equal digests mean that nothing it is made of has changed.

    Args:
        context: what it is built from.
        args: build arguments.
        target: stage of the Dockerfile. Default: the last.
        platform: such as linux/arm64. Default: the builder's own.
        secrets: ids of the secrets it mounts. What they say is no part of the image, and none of the digest.
    """

    context: BuildContext
    args: Mapping[str, str] = field(default_factory=dict[str, str])
    target: str | None = None
    platform: str | None = None
    secrets: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """`sha256:` and a hash of context, arguments, target, platform and the ids of secrets."""
        said = {
            "context": self.context.digest(),
            "args": dict(sorted(self.args.items())),
            "target": self.target,
            "platform": self.platform,
            "secrets": sorted(self.secrets),
        }
        return f"sha256:{hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()}"

    @property
    def tag(self) -> str:
        """The end of its digest as the version of an image: the same content never gets two."""
        return self.digest.removeprefix("sha256:")[:_DIGITS_OF_TAG]
