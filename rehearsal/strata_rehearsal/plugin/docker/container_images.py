"""What the docker plugin answers to each of the engine's questions about an image."""

# The engine tells every operation all that there is to know; what was pushed needs little of it.
# ruff: noqa: ARG002

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from strata_rehearsal.plugin.check import Failure
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.docker.image_builder import BuiltImage, ImageBuilder
from strata_rehearsal.plugin.docker.image_inputs import (
    BUILD_TYPE,
    IMAGE_TYPE,
    REGISTRY_IMAGE_TYPE,
    ImageRequest,
    read_request,
)
from strata_rehearsal.plugin.engine_values import UNKNOWN, Properties, contains_unknown
from strata_rehearsal.plugin.property_comparison import Change, Kind
from strata_rehearsal.plugin.provider import Difference, Resources

__all__ = ["ContainerImages"]

SOURCE = "digestSource"
"""Output that says whether a digest is that of an image that was built, or a computed one."""
_LOGINS = frozenset({"registry", "authConfig", "registries"})
_NOT_FORCING = frozenset({"keepRemotely", "insecureSkipVerify"})
_DIGESTS = {IMAGE_TYPE: ("repoDigest",), REGISTRY_IMAGE_TYPE: ("sha256Digest",), BUILD_TYPE: ("digest", "ref")}


class ContainerImages(Resources):
    """Images that are built where they can be, and described by a digest of their content where they cannot.

    A digest is known when an image is pushed, as with the real providers: a preview builds it, says which digest it
    has, and leaves the output open.

    Args:
        cloud: the local AWS.
        builder: what builds.
        say: says one line to people.
    """

    def __init__(self, cloud: AwsConnection, builder: ImageBuilder, say: Callable[[str], None]) -> None:
        super().__init__(cloud, {})
        self._builder = builder
        self._say = say

    def check(
        self, token: str, name: str, old: Properties, new: Properties, seed: bytes
    ) -> tuple[Properties, list[Failure]]:
        """The inputs with a digest of the context among them, so that a changed file is a changed input."""
        inputs = {key: value for key, value in new.items() if not key.startswith("__")}
        if token == IMAGE_TYPE and not contains_unknown(inputs.get("build")):
            build = dict(inputs.get("build") or {})
            inputs["build"] = {**build, "contextDigest": read_request(token, inputs).build.context.digest()}
        elif token == BUILD_TYPE and not contains_unknown(inputs.get("context")):
            inputs["contextHash"] = read_request(token, inputs).build.context.digest()
        return inputs, []

    def diff(self, token: str, old: Properties, new: Properties) -> Difference:
        """How the new inputs differ from the old ones; how one logs in is no change of an image."""
        forces = token == REGISTRY_IMAGE_TYPE
        before, after = ({key: value for key, value in each.items() if key not in _LOGINS} for each in (old, new))
        changes = [
            Change(path, name, kind, replaces=forces and name not in _NOT_FORCING)
            for path, kind in _changed(before, after)
            for name in (path.partition(".")[0],)
        ]
        return Difference(changes, replace_first=False)

    def preview_create(self, token: str, inputs: Properties) -> Properties:
        """Builds what is going to be made, and leaves open what only a push decides."""
        return self._preview(token, inputs, {})

    def preview_update(self, token: str, old: Properties, old_inputs: Properties, new: Properties) -> Properties:
        """The same for what is going to be changed in place."""
        return self._preview(token, new, old)

    def create(self, token: str, name: str, inputs: Properties, made: Callable[[str], None]) -> tuple[str, Properties]:
        """Builds and pushes."""
        outputs = self._make(token, inputs)
        resource_id = str(outputs[_DIGESTS[token][0]]) or name
        made(resource_id)
        return resource_id, outputs

    def update(
        self, token: str, name: str, resource_id: str, old: Properties, old_inputs: Properties, new: Properties
    ) -> Properties:
        """Builds and pushes again."""
        return self._make(token, new)

    def read(
        self, token: str, name: str, resource_id: str, state: Properties, inputs: Properties
    ) -> tuple[Properties, Properties] | None:
        """What was pushed stays as it was: tags are immutable, and a digest is what it is."""
        return state, inputs

    def delete(self, token: str, name: str, resource_id: str, state: Properties, inputs: Properties) -> None:
        """An image in a registry outlives the resource, as with the real providers."""

    def _preview(self, token: str, inputs: Properties, old: Properties) -> Properties:
        outputs = {**inputs, **dict.fromkeys((*_DIGESTS[token], SOURCE), UNKNOWN)}
        needed = {key: value for key, value in inputs.items() if key not in {"imageName", "name", "tags", *_LOGINS}}
        if contains_unknown(needed):
            return outputs
        request = read_request(token, inputs)
        if request.previewed:
            before = str(old.get(_DIGESTS[token][0], "")).rpartition("@")[2]
            built = self._builder.make(request, push=False)
            self._tell(request, built, f"{built.digest}, until now {before}" if before else built.digest)
        return outputs

    def _make(self, token: str, inputs: Properties) -> Properties:
        request = read_request(token, inputs)
        built = self._builder.make(request, push=request.push and bool(request.name))
        self._tell(request, built, built.digest)
        return {**inputs, **_outputs(token, request, built), SOURCE: built.source}

    def _tell(self, request: ImageRequest, built: BuiltImage, digest: str) -> None:
        how = f"computed from its content, because {built.obstacle}" if built.obstacle else "built"
        self._say(f"the image of {request.build.context.folder} is {digest} ({how})")


def _outputs(token: str, request: ImageRequest, built: BuiltImage) -> Properties:
    whole = f"{request.repository}@{built.digest}"
    if token == IMAGE_TYPE:
        context = request.build.context
        return {
            "repoDigest": whole,
            "baseImageName": request.name,
            "context": str(context.folder),
            "dockerfile": str(context.dockerfile_path),
            "platform": request.build.platform or "",
            "registryServer": request.repository.partition("/")[0],
        }
    if token == REGISTRY_IMAGE_TYPE:
        return {"sha256Digest": built.digest}
    return {"digest": built.digest, "ref": f"{request.name}@{built.digest}" if request.name else built.digest}


def _changed(old: Mapping[str, Any], new: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Kind]]:
    for key in sorted({*old, *new}):
        before, after, here = old.get(key), new.get(key), f"{path}{key}"
        if before == after:
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _changed(before, after, f"{here}.")
        else:
            yield here, Kind.ADD if before is None else Kind.DELETE if after is None else Kind.UPDATE
