"""What a promotion notes in AWS of the proof that it writes into a stack file, so that the two can be compared.

A proof is text, and anybody can write some. The note is beside the catalogue of the account and region into which an
image is promoted, where only those may write who may promote. A rollback by its pin notes its proof in the same way.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from strata.aws.clients import ClientFor
from strata.aws.parameters import read_parameters
from strata.clock import Clock, clock_from_environment, utc_text
from strata.naming import catalogue_path
from strata.settings.models import ImageProofSettings
from strata.verdict_names import image_part

__all__ = [
    "ProofNote",
    "find_disagreements",
    "keep_proof_note",
    "make_up_proof_note",
    "missing_proof_note",
    "notes_promotion",
    "proof_moment",
    "proof_note_name",
    "read_proof_note",
]

_PROMOTED: Final = "_promoted"
"""No image has such a name, since none begins with `_`."""
_MADE_UP: Final = "made_up"


@dataclass(frozen=True)
class ProofNote:
    """The proof of an image, as it is noted for a stack.

    Args:
        proof: what the pin says; with the image, always.
        made_up: whether a rehearsal wrote it, which takes the stack file's word. Default: a command wrote it.
    """

    proof: ImageProofSettings
    made_up: bool = False

    def to_json(self) -> str:
        """The parameter's value."""
        said = self.proof.model_dump(mode="json", exclude_none=True)
        return json.dumps({**said, **({_MADE_UP: True} if self.made_up else {})}, sort_keys=True)


def proof_note_name(project: str, stack: str, image_id: str) -> str | None:
    """Where the proof of an image is noted for a stack; None for what has neither id nor digest.

    Args:
        project: of the stack.
        stack: the stack, without its project.
        image_id: id of a machine image; digest of a container image, or a reference with it.
    """
    part = image_part(image_id)
    return f"{catalogue_path(_PROMOTED)}/{part}/{project}/{stack}/proof" if part else None


def read_proof_note(value: str | None) -> ProofNote | None:
    """The note that a parameter holds; None where it holds none that can be read.

    Args:
        value: the parameter's value; None where there is none.
    """
    try:
        found: Any = json.loads(value or "")
        made_up = bool(found.pop(_MADE_UP, False))
        return ProofNote(ImageProofSettings.model_validate(found), made_up)
    except (AttributeError, TypeError, ValueError, ValidationError):
        return None


def proof_moment(clock: Clock) -> str:
    """Now, as a proof has it: a moment that is to come for nobody who reads it, as RFC 3339 in UTC.

    The clock of a local AWS may be days ahead of that by which the same stack file is read without it.

    Args:
        clock: of the AWS in which the proof is noted.
    """
    return utc_text(min(clock.now(), clock_from_environment().now()))


def notes_promotion(name: str, value: str) -> bool:
    """Whether a parameter is the note of a promotion, and not one that a rehearsal made up.

    Args:
        name: the parameter's.
        value: its value.
    """
    note = read_proof_note(value) if name.startswith(f"{catalogue_path(_PROMOTED)}/") else None
    return note is not None and not note.made_up


def keep_proof_note(client: ClientFor, project: str, stack: str, proof: Mapping[str, Any]) -> None:
    """Note the proof of an image; one that was noted for the stack before stays in the parameter's history.

    Args:
        client: gives the boto3 client of a service.
        project: of the stack that pins it.
        stack: that stack.
        proof: what its pin says.
    """
    name = proof_note_name(project, stack, str(proof.get("image") or ""))
    if name is not None:
        value = json.dumps(dict(proof), sort_keys=True)
        client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def missing_proof_note(client: ClientFor, project: str, stack: str, image_id: str) -> str | None:
    """Where the proof of an image would be noted for a stack, if it is not; None if it is.

    Args:
        client: gives the boto3 client of a service.
        project: of the stack that pins it.
        stack: that stack.
        image_id: the pinned image.
    """
    name = proof_note_name(project, stack, image_id)
    return name if name is not None and name not in read_parameters(client, [name]) else None


def make_up_proof_note(
    client: ClientFor, project: str, stack: str, image_id: str, proof: ImageProofSettings, *, new: bool = True
) -> bool:
    """Note a proof where none is noted, by the stack file's word alone; gives whether the note is made up.

    Args:
        client: gives the boto3 client of a service, of a local AWS.
        project: of the stack that pins it.
        stack: that stack.
        image_id: the pinned image.
        proof: what its pin says.
        new: whether one that is not there is made up; otherwise only what was before counts. Default: it is.
    """
    name = proof_note_name(project, stack, image_id)
    if name is None:
        return False
    known = read_parameters(client, [name]).get(name)
    if known is not None:
        note = read_proof_note(known)
        return note is not None and note.made_up and not any(find_disagreements(proof, image_id, note))
    if new:
        note = ProofNote(proof.model_copy(update={"image": image_id}), made_up=True)
        client("ssm").put_parameter(Name=name, Value=note.to_json(), Type="String", Overwrite=True)
    return new


def find_disagreements(proof: ImageProofSettings, image_id: str, note: ProofNote) -> Iterator[str]:
    """What a proof says otherwise than its note, as clauses.

    A stack file keeps its proof where the same release is promoted once more, so that the note may be newer.

    Args:
        proof: what the pin says.
        image_id: the pinned image, which a proof of a machine image may not name.
        note: what is noted.
    """
    noted = note.proof
    for field, said, known in (
        ("stack", proof.stack, noted.stack),
        ("release", proof.release, noted.release),
        ("digest", proof.digest, noted.digest),
        ("image", proof.image or image_id, noted.image),
        ("min_soak", proof.min_soak, noted.min_soak),
    ):
        if said != known:
            yield f"{field} is {_shown(said)}, and {_shown(known)} is noted"
    if proof.soaked > noted.soaked:
        yield f"soaked is {proof.soaked}, and {noted.soaked} is noted"
    # moments in UTC are in the order of their text
    if proof.at > noted.at:
        yield f"at is {proof.at}, and {noted.at} is noted"
    elif proof.at == noted.at and proof.by != noted.by:
        yield f"by is {proof.by}, and {noted.by} is noted"


def _shown(said: str | int | None) -> str:
    return "nothing" if said is None else str(said)
