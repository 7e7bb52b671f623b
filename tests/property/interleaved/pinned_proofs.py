"""The proof of a pin: one that nobody has noted, and whether AWS has a note of what a stack file says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from strata.images.pin_file import PinKind, open_pin_file, write_pin
from strata.images.proof_note import proof_note_name
from strata.rollout.record import ImageRef

__all__ = ["PROJECT", "is_confirmed", "make_up_proof", "pin_unproven"]


PROJECT: Final = "shop"


def pin_unproven(folder: Path, stack: str, image: ImageRef, digest: str) -> None:
    """Pin an image with a proof of which nobody knows but the stack file.

    Args:
        folder: of the project.
        stack: the stack.
        image: the image.
        digest: of the release that is said to have run.
    """
    machine = image.id == image.content
    kind, key = (PinKind.MACHINE, "id") if machine else (PinKind.CONTAINER, "digest")
    proof = make_up_proof(image, digest, soaked=999_999)
    pin = {"version": image.version, key: image.content, "proof": proof}
    write_pin(open_pin_file(folder, stack, kind), kind, image.name, pin)


def make_up_proof(image: ImageRef, digest: str, *, soaked: int = 5400) -> dict[str, Any]:
    """What a promotion from staging would write into a stack file, without its note in AWS.

    Args:
        image: what is pinned.
        digest: of the release that is said to have run.
        soaked: for how many seconds.
    """
    return {
        "stack": f"{PROJECT}/staging",
        "release": image.version,
        "digest": digest,
        "image": image.content,
        "soaked": soaked,
        "by": "arn:aws:iam::1:user/me",
        "at": "2026-01-31T08:30:00Z",
    }


def is_confirmed(stack: str, pin: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:
    """Whether a promotion into a stack has noted the proof of its pin.

    Args:
        stack: the stack.
        pin: what its file says.
        parameters: what SSM has.
    """
    proof, name = pin.get("proof"), proof_note_name(PROJECT, stack, str(pin.get("id") or pin["digest"]))
    noted = json.loads(parameters.get(str(name), "null"))
    if not proof or not noted:
        return False
    same = all(proof.get(key) == noted.get(key) for key in ("stack", "release", "digest", "image", "min_soak"))
    # the same release may have been promoted again since, which leaves the stack file alone
    return same and proof["soaked"] <= noted["soaked"] and proof["at"] <= noted["at"]
