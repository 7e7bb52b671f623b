"""Builds an image without a Docker engine, or computes what stands for it where it cannot be built.

Buildah builds in a chroot of its own and pushes to a registry of the local AWS; both are packages of Debian. Times in
the image are set to zero, so that two builds of the same content have one digest. Nothing is fetched: a rehearsal does
not leave this machine, so a base that is not here already cannot be built on.
"""

import fcntl
import getpass
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.errors import RehearsalError
from strata.image_build.build_checks import require_buildable
from strata.image_build.dockerfile import Dockerfile
from strata_rehearsal.plugin.docker.image_inputs import ImageRequest

__all__ = ["BuiltImage", "ImageBuilder"]

BUILDER, REGISTRY = "buildah", "docker-registry"
BUILD_SECONDS = 1800.0
ANSWER_SECONDS = 60.0
LINES = 12
"""Of what the builder says, when it fails."""
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
"""What a builder pushes."""
POLICY = {"default": [{"type": "insecureAcceptAnything"}]}
"""Signatures are not asked for: nothing comes from outside."""
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class BuiltImage:
    """One image.

    Args:
        digest: of its manifest; of one that says what it would be built from, if it was not built.
        obstacle: why it was not built, and the digest is a computed one; "" for one that was.
    """

    digest: str
    obstacle: str = ""

    @property
    def source(self) -> str:
        """Where the digest comes from, in a word."""
        return "computed" if self.obstacle else "built"


class ImageBuilder:
    """Builds images, one after the other.

    Args:
        folder: where images are kept while they are built.
        endpoint: the local AWS, which starts the registry; None where there is none.
    """

    def __init__(self, folder: Path, endpoint: str | None) -> None:
        self._folder = folder
        self._endpoint = endpoint

    def make(self, request: ImageRequest, *, push: bool) -> BuiltImage:
        """Build an image, or compute its digest.

        Args:
            request: what is asked for.
            push: whether it is pushed; without it, its digest is the one it would have.

        Raises:
            ImageError: it cannot be built, as everybody can see.
            RehearsalError: the builder failed; with its last lines.
        """
        dockerfile = require_buildable(request.build)
        obstacle = self._missing_program()
        if not obstacle:
            with self._alone():
                obstacle = self._missing_base(dockerfile, request)
                if not obstacle:
                    return BuiltImage(self._build(request, push=push))
        manifest = _described(request.build.digest)
        if push:
            self._report(request, manifest)
        return BuiltImage(f"sha256:{hashlib.sha256(manifest).hexdigest()}", obstacle)

    def _missing_program(self) -> str:
        for program in (BUILDER, REGISTRY):
            if shutil.which(program) is None:
                return f"{program} is not installed"
        if self._endpoint is None:
            return "there is no local AWS with a registry"
        # a chroot needs more than one user, which only root and those with a range of their own have
        return "" if os.geteuid() == 0 or _has_user_range() else "this user has no range of ids in /etc/subuid"

    def _missing_base(self, dockerfile: Dockerfile, request: ImageRequest) -> str:
        runs = any(each.word == "RUN" for each in dockerfile.instructions)
        wanted = (request.build.platform or "").rpartition("/")[2]
        if runs and wanted and wanted != _MACHINES.get(platform.machine(), wanted):
            return f"this machine runs nothing of {request.build.platform}"
        for base in dockerfile.external_bases(request.build.target):
            if self._call("inspect", "--type", "image", base).returncode:
                return f"its base {base} is not on this machine, and a rehearsal fetches nothing"
        return ""

    def _build(self, request: ImageRequest, *, push: bool) -> str:
        build = request.build
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name)
            words = ["build", "--isolation", "chroot", "--timestamp", "0", "--pull-never", "--iidfile", f"{folder}/id"]
            words += [word for key, value in sorted(build.args.items()) for word in ("--build-arg", f"{key}={value}")]
            words += ["--target", build.target] if build.target else []
            words += ["--platform", build.platform] if build.platform else []
            for at, (key, value) in enumerate(sorted(request.secrets.items())):
                file = folder / f"secret{at}"
                file.touch(0o600)
                file.write_bytes(value)
                words += ["--secret", f"id={key},src={file}"]
            self._expect([*words, "-f", str(build.context.dockerfile_path), str(build.context.folder)])
            image = (folder / "id").read_text().strip()
            place = f"docker://{self._registry()}/{_path(request.name)}" if push else f"dir:{folder}/image"
            self._expect(["push", "--tls-verify=false", "--digestfile", f"{folder}/digest", image, place])
            self._call("rmi", "--force", image)
            digest = (folder / "digest").read_text().strip()
            if push:
                self._report(request, self._manifest(request, digest))
            return digest

    def _registry(self) -> str:
        address: str = self._ask("registry", {})["address"]
        return address

    def _manifest(self, request: ImageRequest, digest: str) -> bytes:
        """The manifest of an image that was pushed, byte by byte."""
        place = f"http://{self._registry()}/v2/{_path(request.repository)}/manifests/{digest}"
        # a registry converts what it is not asked for by its type
        return _answer(urllib.request.Request(place, headers={"Accept": ", ".join(MANIFESTS)}))

    def _report(self, request: ImageRequest, manifest: bytes) -> None:
        """Let ECR know what is in its registry, as a push to the real one does."""
        if self._endpoint is None:
            return
        text = manifest.decode()
        image = {"tag": request.name.removeprefix(f"{request.repository}:"), "manifest": text}
        media_type = json.loads(text).get("mediaType", MANIFESTS[0])
        self._ask("pushed", {"repository": request.repository, "media_type": media_type, **image})

    def _ask(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        # the endpoint is a loopback address that a rehearsal made
        place, kind = f"{self._endpoint}/_strata/{name}", {"Content-Type": "application/json"}
        answer: dict[str, Any] = json.loads(
            _answer(urllib.request.Request(place, json.dumps(fields).encode(), kind))  # noqa: S310
        )
        return answer

    def _expect(self, words: Sequence[str]) -> None:
        done = self._call(*words)
        if done.returncode:
            said = [line for line in done.stdout.splitlines() if line.strip() and not line.startswith("time=")]
            lines = "\n".join(f"  {line}" for line in said[-LINES:])
            raise RehearsalError(f"{BUILDER} {words[0]} failed:\n{lines}")

    def _call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BUILDER, "--signature-policy", str(self._folder / "policy.json"), *words],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=BUILD_SECONDS,
        )

    def _environment(self) -> dict[str, str]:
        """The caller's, less proxies, which nothing here may go through, and with storage that is nobody else's."""
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return {**kept, "CONTAINERS_STORAGE_CONF": str(self._folder / "storage.conf"), "BUILDAH_ISOLATION": "chroot"}

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Builds take turns: one that is done removes its image, which another of the same content still needs."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (self._folder / "policy.json").write_text(json.dumps(POLICY))
            folders = {"runroot": "run", "graphroot": "graph"}
            places = "".join(f'{key} = "{self._folder / name}"\n' for key, name in folders.items())
            # the one driver that needs neither privileges nor a file system of its own
            (self._folder / "storage.conf").write_text(f'[storage]\ndriver = "vfs"\n{places}')
            yield


def _has_user_range() -> bool:
    try:
        lines = Path("/etc/subuid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return any(line.startswith((f"{getpass.getuser()}:", f"{os.getuid()}:")) for line in lines)


def _answer(request: urllib.request.Request) -> bytes:
    """What the local AWS or its registry answers."""
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with straight.open(request, timeout=ANSWER_SECONDS) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")
        raise RehearsalError(f"the registry of the local AWS does not accept the image: {said}") from error
    except OSError as error:
        raise RehearsalError(f"the local AWS has no registry to push to: {error}") from error


def _described(digest: str) -> bytes:
    """A manifest for what was not built: another one for each context."""
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 0}
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFESTS[0], "config": config, "layers": []}).encode()


def _path(name: str) -> str:
    """A repository and its tag without the registry, which here is the local one."""
    host, _, rest = name.partition("/")
    return rest if rest and ("." in host or ":" in host) else name
