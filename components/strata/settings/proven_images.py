"""Which images the stack of the program that runs has a proof of, where it requires one of every image.

An image need not come from the stack file: a program may hand over a reference, or settings of its own making. What the
stack requires holds for it all the same.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pulumi
from pydantic import ValidationError

from strata.settings.models import ImageProofSettings, PromotionSettings
from strata.settings.models.by_stage import stage_default
from strata.stage import Stage

__all__ = ["images_with_proof"]

_MACHINES: Final = "images"
"""Their proofs may be older than what says which image it is: the catalogue and watermarks prove that."""


def images_with_proof() -> Mapping[str, ImageProofSettings] | None:
    """The proofs of what the stack file pins, by id or digest, and by NAME VERSION of a pin without an id.

    Returns:
        None where the stack requires no proof, or the program has no stack file.
    """
    if not _required():
        return None
    return {**dict(_proven(_MACHINES)), **dict(_proven("container_images"))}


def _required() -> bool:
    said = _config("promotion")
    required = said.get("require_proof") if isinstance(said, Mapping) else None
    if isinstance(required, bool):
        return required
    try:
        stage = Stage(str(_config("stage")))
    except ValueError:
        return False
    default = stage_default(PromotionSettings.model_fields["require_proof"])
    return bool(default is not None and default.of(stage))


def _proven(part: str) -> Iterator[tuple[str, ImageProofSettings]]:
    pins = _config(part)
    for name, pin in pins.items() if isinstance(pins, Mapping) else ():
        if isinstance(pin, Mapping) and (proof := _proof(pin.get("proof"))) is not None:
            yield from ((image, proof) for image in _images_of(part, name, pin, proof.image))


def _proof(said: Any) -> ImageProofSettings | None:
    """What a pin says, if it is a proof at all: whatever reads all of the stack file reports what is none."""
    try:
        return ImageProofSettings.model_validate(said)
    except ValidationError:
        return None


def _images_of(part: str, name: str, pin: Mapping[str, Any], proven: str | None) -> Iterator[str]:
    """What a pin names, if the proof is one of that."""
    named = str(pin.get("id") or pin.get("digest") or pin.get("reference") or "").rpartition("@")[2]
    if named:
        if proven == named or (proven is None and part == _MACHINES):
            yield named
    elif part == _MACHINES:
        yield proven or f"{name} {pin.get('version')}"


def _config(key: str) -> Any:
    """A part of the stack file; what cannot be read is reported by whatever reads all of it."""
    text = pulumi.Config("strata").get(key)
    try:
        return json.loads(text) if text is not None and text.lstrip().startswith(("{", "[")) else text
    except ValueError:
        return None
