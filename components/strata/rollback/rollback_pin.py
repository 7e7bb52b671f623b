"""The pin of a service's image in its stack file, and what of it a rollback can change."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from strata.errors import RefusedError, SettingsError, UsageError
from strata.images.pin_file import PinFile, PinKind, edited_pin, open_pin_file, read_pin_file, write_pin
from strata.rollback.service_place import ServicePlace
from strata.rollout.record import Release, TaskRelease
from strata.settings.models import StackSettings

__all__ = ["StackPin", "pinned_image", "stack_pin"]

_PROOF: Final = "proof"
_WHICH: Final = ("version", "id", "digest", "reference", "parameter", "build")
"""Keys of a pin that say which image it is."""
_PLAIN: Final = re.compile(r"[A-Za-z/]([A-Za-z0-9_./@:+-]*[A-Za-z0-9])?|[0-9]+(\.[0-9]+){2,}")
"""Text that YAML reads as the same text without quotes: no number, no date, and nothing of its own words."""
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True)
class StackPin:
    """What the stack file is to say.

    Args:
        kind: of the pin.
        name: the pin.
        fields: what it is to have.
        file: the stack file; None where there is none that can be read.
        cannot: why the pin cannot be changed, as a clause; empty where it can.
        proof: where the release ran, for a pin that says so.
        proven: whether the stack requires a pin to say so, or nobody knows whether it does.
    """

    kind: PinKind
    name: str
    fields: Mapping[str, str]
    file: PinFile | None
    cannot: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict[str, Any])
    proven: bool = False

    @property
    def line(self) -> str:
        """The pin as a line of a stack file, below `config:`, with the proof that a stack may require.

        It has what else the pin says, where that is known: without its repository it would be another image.
        """
        there = self.file.pin(self.kind, self.name) if self.file is not None else {}
        others = {key: value for key, value in there.items() if key not in (*_WHICH, _PROOF)}
        proof = {_PROOF: dict(self.proof)} if self.proves and self.proof else {}
        return f"{self.kind.key}: {{{self.name}: {_in_a_line({**self.fields, **others, **proof})}}}"

    @property
    def needed(self) -> bool:
        """Whether the file says something else."""
        if self.file is None:
            return False
        there = self.file.pin(self.kind, self.name)
        fields = any(str(there.get(key)) != value for key, value in self.fields.items())
        return fields or (self.proves and _told(there.get(_PROOF)) != _told(self.proof))

    @property
    def proves(self) -> bool:
        """Whether the pin says where its version ran: a proof of another version would make the file wrong."""
        return self.proven or (self.file is not None and _PROOF in self.file.pin(self.kind, self.name))

    def check(self) -> None:
        """Find out whether the file can be edited, and change nothing.

        Raises:
            RefusedError: it cannot be edited without changing more.
        """
        if self.file is not None and self.needed:
            edited_pin(self.file, self.kind, self.name, self._wanted)

    def write(self) -> bool:
        """Change the file; gives whether there was anything to change.

        Raises:
            RefusedError: somebody else has made it say something else meanwhile, or it cannot be edited without
                changing more.
            UsageError: it cannot be written.
        """
        if self.file is None or not self.needed:
            return False
        try:
            write_pin(self.file, self.kind, self.name, self._wanted)
        except RefusedError:
            if not self._written_meanwhile(self.file):
                raise
            return False
        return True

    def _written_meanwhile(self, file: PinFile) -> bool:
        """Whether somebody else has written this very pin since the file was read, as a second rollback to it does."""
        try:
            return not replace(self, file=read_pin_file(file.path)).needed
        except (SettingsError, UsageError):
            # it was left half-written, or is gone: nothing says what it pins
            return False

    @property
    def _wanted(self) -> dict[str, Any]:
        return {**self.fields, **({_PROOF: dict(self.proof) or None} if self.proves else {})}


def stack_pin(place: ServicePlace, release: Release, proof: Mapping[str, Any]) -> StackPin:
    """What the stack file of a service is to say so that it runs a release.

    Args:
        place: the service.
        release: the release.
        proof: where it ran: in this very stack.
    """
    settings, image = place.settings, release.image
    kind = PinKind.CONTAINER if isinstance(release, TaskRelease) else PinKind.MACHINE
    if settings is None or place.folder is None:
        name = image.name if kind is PinKind.MACHINE else place.service
        cannot = place.unread or "there is no project here"
        return StackPin(kind, name, _fields(kind, release), None, cannot, proof, proven=True)
    name = pin_name(place, settings, kind)
    fields, cannot = (
        _container_fields(settings, name, release)
        if kind is PinKind.CONTAINER
        else (_machine_fields(settings, name, release))
    )
    proven = settings.promotion.require_proof or _has_proof(settings, kind, name)
    if cannot:
        return StackPin(kind, name, fields, None, cannot, proof, proven=proven)
    pin = StackPin(kind, name, fields, None, "", proof, proven=proven)
    try:
        pin = replace(pin, file=open_pin_file(place.folder, place.stack, kind))
        pin.check()
    except (RefusedError, SettingsError, UsageError) as error:
        return replace(pin, cannot=error.message.splitlines()[0])
    return pin


def _in_a_line(value: Any) -> str:
    """A value of a stack file as YAML has it in one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_in_a_line(each)}' for key, each in value.items())}}}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(_in_a_line(each) for each in value)}]"
    if not isinstance(value, str) or (_PLAIN.fullmatch(value) and value.lower() not in _WORDS):
        return str(value)
    return json.dumps(value)


def _has_proof(settings: StackSettings, kind: PinKind, name: str) -> bool:
    pins = settings.container_images if kind is PinKind.CONTAINER else settings.images
    pin = pins.get(name)
    return pin is not None and pin.proof is not None


def _told(proof: Any) -> Any:
    return (proof.get("digest"), proof.get("image")) if isinstance(proof, Mapping) else None


def pin_name(place: ServicePlace, settings: StackSettings, kind: PinKind) -> str:
    """The pin that a service names, or that has its name."""
    services = settings.container_services if kind is PinKind.CONTAINER else settings.services
    service = services.get(place.service)
    return (service.image if service is not None else None) or place.service


def pinned_image(place: ServicePlace, release: Release) -> tuple[str, str] | None:
    """Version and id of what the stack file pins for a service; None where it pins nothing by its id.

    Args:
        place: the service.
        release: one of its releases, whose repository a container's digest is in.
    """
    settings = place.settings
    if settings is None:
        return None
    if isinstance(release, TaskRelease):
        image = settings.container_images.get(pin_name(place, settings, PinKind.CONTAINER))
        if image is None or image.digest is None:
            return None
        repository = release.image.id.partition("@")[0]
        return image.version or "", f"{repository}@{image.digest}"
    pin = settings.images.get(pin_name(place, settings, PinKind.MACHINE))
    return (pin.version or "", pin.id) if pin is not None and pin.id is not None else None


def _fields(kind: PinKind, release: Release) -> dict[str, str]:
    image = release.image
    if kind is PinKind.MACHINE:
        return {"version": image.version, "id": image.id}
    return {"version": image.version, "digest": image.id.rpartition("@")[2]}


def _machine_fields(settings: StackSettings, name: str, release: Release) -> tuple[dict[str, str], str]:
    fields, pin = _fields(PinKind.MACHINE, release), settings.images.get(name)
    if pin is None:
        return fields, f"the stack file has no pin {name}: the program names the image"
    if pin.parameter is not None:
        return fields, f"the pin {name} is looked up in the parameter {pin.parameter}, and nothing is written there"
    return fields, ""


def _container_fields(settings: StackSettings, name: str, release: Release) -> tuple[dict[str, str], str]:
    fields, image = _fields(PinKind.CONTAINER, release), settings.container_images.get(name)
    if image is not None and image.reference is not None:
        return {"reference": release.image.id}, ""
    if image is not None and image.build is not None:
        return fields, f"the image {name} is built by the program: go back to the commit that built it"
    if image is None or image.digest is None:
        return fields, f"the stack file has no pin {name}: the program names the image"
    return fields, ""
