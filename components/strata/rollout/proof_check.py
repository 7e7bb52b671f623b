"""Whether the proof of a pin is what a promotion has noted in AWS, asked before anything of the image is started."""

from collections.abc import Sequence

from strata.images.proof_note import ProofNote, find_disagreements, proof_note_name, read_proof_note
from strata.problem import Problem
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.denials import is_denied
from strata.rollout.preflight_findings import PreflightFinding, refuse, warn
from strata.rollout.record import ImageRef, Release
from strata.settings.models import ImageProofSettings
from strata.settings.unreliable_proofs import doubt_of_proof

__all__ = ["find_unconfirmed", "find_unconfirmed_pin"]


def find_unconfirmed(
    driver: BaseDriver, record: str, image: ImageRef, proof: ImageProofSettings
) -> tuple[PreflightFinding, ...]:
    """Why a proof counts for nothing: no promotion into this stack has noted it, or it says something else.

    Args:
        driver: AWS, which is asked once, and again where the newest note is of another proof.
        record: name of the SSM parameter that holds the service's release.
        image: the pinned image.
        proof: what its pin says.
    """
    _, _, project, stack, *_ = record.split("/")
    name = proof_note_name(project, stack, image.content)
    if name is None:
        return ()
    note = read_proof_note(driver.parameters([name]).get(name))
    # whoever changed a proof may have changed its stack: only the note says where the image ran
    other = _from(note.proof, project, stack) if note is not None else "OTHER"
    again = f"`strata image promote {stack} {image.name} --from {other}`"
    fix = f"Run {again}, which writes proof and note together."
    if note is None:
        return (
            refuse(
                f"the proof of image {image} says that it ran in {proof.stack}, and nothing in AWS confirms it: "
                f"expected what a promotion notes as {name}",
                f"{fix} One that was written before promotions noted it is taken up by the same command.",
            ),
        )
    wrong = "; ".join(find_disagreements(proof, image.content, note))
    if not wrong:
        return ()
    earlier = _earlier(driver, name)
    # a stack file that is taken back to what it said has the proof of that time
    if any(not any(find_disagreements(proof, image.content, each)) for each in earlier or ()):
        return ()
    unread = "; whether one before it was, may not be read (ssm:GetParameterHistory)" if earlier is None else ""
    return (refuse(f"the proof of image {image} is not the one that was noted as {name}: {wrong}{unread}", fix),)


def _earlier(driver: BaseDriver, name: str) -> list[ProofNote] | None:
    """All that was ever noted, as far back as AWS keeps it; None where that may not be read."""
    try:
        values = driver.parameter_history(name)
    except Exception as error:
        if not is_denied(error):
            raise
        return None
    return [note for each in values if (note := read_proof_note(each)) is not None]


def find_unconfirmed_pin(
    driver: BaseDriver,
    record: str,
    image: ImageRef | None,
    proof: ImageProofSettings | None,
    recorded: Release | None,
    problems: Sequence[Problem] = (),
) -> tuple[PreflightFinding, ...]:
    """As `find_unconfirmed`, of what a stack file pins, for who only looks: what may not be read is a warning.

    Args:
        driver: AWS.
        record: name of the SSM parameter that holds the service's release.
        image: the pinned image; None where a build or the program decides.
        proof: what its pin says, if it says something.
        recorded: the release that is proven, which may go on.
        problems: what the stack file alone shows to be wrong with the proof, which lets no program start. Default:
            nothing.
    """
    if problems:
        stack = record.split("/")[3]
        # whoever reads a stack file does not know what it is called
        fixes = [each.fix.replace("image promote STACK ", f"image promote {stack} ") for each in problems]
        return tuple(refuse(doubt_of_proof(each), fix) for each, fix in zip(problems, fixes, strict=True))
    runs = recorded is not None and image is not None and recorded.image.content == image.content
    if image is None or proof is None or runs:
        return ()
    try:
        return find_unconfirmed(driver, record, image, proof)
    except Exception as error:
        if not is_denied(error):
            raise
        return (
            warn(
                f"whether a promotion has noted the proof of image {image} was not checked: {error}",
                "Allow ssm:GetParameters to whoever asks.",
            ),
        )


def _from(proof: ImageProofSettings, project: str, stack: str) -> str:
    """The stack to promote from, where a proof that was noted names one that may be it."""
    other, _, name = proof.stack.partition("/")
    return name if other == project and name != stack else "OTHER"
