"""A pin as a command is about to write it, and what speaks against that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from strata.errors import RefusedError
from strata.images.pin_file import PinFile, PinKind, edited_pin, write_pin
from strata.promotion.pinned_stack import PinnedStack
from strata.settings.models import ImageProofSettings

__all__ = ["Objection", "PinChange", "refuse_all"]


@dataclass(frozen=True)
class Objection:
    """Why a version must not be pinned.

    Args:
        text: what speaks against it.
        fix: what to do about it, as a full sentence.
    """

    text: str
    fix: str


def refuse_all(what: str, objections: Sequence[Objection]) -> None:
    """Refuse for all that was found, at once.

    Args:
        what: what must not be done, as a clause.
        objections: what speaks against it.

    Raises:
        RefusedError: something does.
    """
    if len(objections) == 1:
        raise RefusedError(f"{what}: {objections[0].text}", fix=objections[0].fix)
    if objections:
        raise RefusedError(f"{what}:\n{_listed(objections)}")


def _listed(objections: Sequence[Objection]) -> str:
    """All of them, those that the same helps against together, with what helps once."""
    by_fix: dict[str, dict[str, None]] = {}
    for each in objections:
        by_fix.setdefault(each.fix, {})[each.text] = None
    return "\n".join(
        line for fix, texts in by_fix.items() for line in (*(f"  - {text}" for text in texts), f"    fix: {fix}")
    )


@dataclass(frozen=True)
class PinChange:
    """A pin as it is to be written.

    Args:
        stack: the stack.
        name: the pin.
        kind: where it is.
        file: the stack file as it was read.
        version: the version.
        image_id: id of the machine image, or reference of the container image.
        pin: the fields that are written; None takes one out.
        before: what the file says now.
        proof: what is written as the proof. Default: none.
    """

    stack: PinnedStack
    name: str
    kind: PinKind
    file: PinFile
    version: str
    image_id: str
    pin: Mapping[str, Any]
    before: Mapping[str, Any]
    proof: Mapping[str, Any] | None = field(default=None)

    @property
    def changes(self) -> bool:
        """Whether the file says something else now; a proof of the same release is no other for its age."""
        before, proof = self.before.get("proof"), self.pin.get("proof")
        return self.changes_image or _lasting(before) != _lasting(proof) or self._says_too_much(before, proof)

    def _says_too_much(self, before: Any, proof: Any) -> bool:
        """Whether a proof of the same release would be refused all the same."""
        if proof is None:
            return False
        try:
            said = ImageProofSettings.model_validate(before)
        except ValidationError:
            return True
        least = self.stack.least_soak if said.min_soak is None else said.min_soak
        return not least <= said.soaked <= proof["soaked"] or said.at > proof["at"]

    @property
    def changes_image(self) -> bool:
        """Whether the file names another image now, and not only another proof of the same one."""
        return any(self.before.get(key) != value for key, value in self.pin.items() if key != "proof")

    @property
    def shown_proof(self) -> Mapping[str, Any] | None:
        """The proof that the file has once the pin is written: where nothing changes, the one that it has."""
        before = self.before.get("proof")
        return before if not self.changes and isinstance(before, Mapping) else self.proof

    def check(self) -> None:
        """Find out whether the file can be edited, and change nothing.

        Raises:
            RefusedError: it cannot be edited without changing more.
        """
        if self.changes:
            edited_pin(self.file, self.kind, self.name, self.pin)

    def write(self) -> bool:
        """Write it; gives whether the file says something else now.

        Raises:
            RefusedError: somebody has changed the file since, or it cannot be edited without changing more.
        """
        if not self.changes:
            return False
        write_pin(self.file, self.kind, self.name, self.pin)
        return True

    def document(self, *, written: bool, dry_run: bool, protected: Sequence[str] = ()) -> dict[str, Any]:
        """As the JSON of the commands has it.

        Args:
            written: whether the file says something else now.
            dry_run: whether nothing was to be written.
            protected: the images that are protected from being deregistered now, and were not before.
        """
        proof = self.shown_proof
        return {
            "stack": self.stack.stack,
            "image_name": self.name,
            "version": self.version,
            "image_id": self.image_id,
            "before": self.before.get("version"),
            "file": self.file.path.name,
            "written": written,
            "dry_run": dry_run,
            "protected": list(protected),
            "proof": None
            if proof is None
            else {
                "proven_by": proof["stack"],
                "version": proof["release"],
                "digest": proof["digest"],
                "image_id": proof.get("image"),
                "soaked_seconds": proof["soaked"],
                "by": proof["by"],
                "at": proof["at"],
            },
        }


def _lasting(proof: Any) -> Any:
    """What of a proof stays the same when the same release is promoted again later."""
    fields = ("stack", "release", "digest", "image")
    return {key: proof.get(key) for key in fields} if isinstance(proof, Mapping) else None
