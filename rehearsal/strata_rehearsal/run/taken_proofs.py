"""The proofs of pins that a rehearsal takes from the stack file: only the real AWS knows what was promoted."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from strata.aws.facts.partitions import partition_of
from strata.images.proof_note import make_up_proof_note
from strata.settings.models import ImageProofSettings, StackSettings
from strata_rehearsal.cloud.cloud_handle import CloudHandle
from strata_rehearsal.run.aws_config import local_clients
from strata_rehearsal.run.container_pins import pin_of
from strata_rehearsal.run.rehearsed_settings import RehearsedSettings

__all__ = ["TakenProof", "take_proofs"]


@dataclass(frozen=True)
class TakenProof:
    """A proof that no promotion has noted in the local AWS.

    Args:
        image_id: the pinned image: its id or digest.
        image_name: the pin.
        version: the version that it is proven as.
        region: the region in which it is noted now.
        proven_by: the stack in which it ran, as the pin says.
    """

    image_id: str
    image_name: str
    version: str
    region: str
    proven_by: str

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rehearse` has it."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"that {self.image_name} {self.version} ({self.image_id}) ran in {self.proven_by} was taken from the stack "
            "file, since this local AWS has seen no promotion of it; a real preview and `up` ask AWS for its note"
        )


def take_proofs(cloud: CloudHandle, rehearsed: RehearsedSettings, project: str, stack: str) -> list[TakenProof]:
    """Note in the local AWS what the promotions behind a stack file would have noted, where none has.

    What a promotion has noted there stays, and a pin that says something else is refused as it would be in AWS. Once
    the local AWS has seen any promotion, it is asked as AWS is: a pin whose note is missing, as one that was deleted,
    is refused. What earlier rehearsals took stays taken.

    Args:
        cloud: the local AWS.
        rehearsed: the stack's settings.
        project: the project.
        stack: the stack.

    Returns:
        the proofs for which there is nothing but the word of the stack file.
    """
    taken: list[TakenProof] = []
    if not rehearsed.settings.promotion.require_proof:
        return taken
    new = not cloud.state()["promotions"]
    for name, image_id, proof in _proofs(rehearsed.settings):
        made_up = [
            make_up_proof_note(local_clients(cloud.endpoint, region), project, stack, image_id, proof, new=new)
            for region in _regions(rehearsed)
        ]
        if any(made_up):
            taken.append(TakenProof(image_id, name, proof.release, rehearsed.region, proof.stack))
    return taken


def _proofs(settings: StackSettings) -> Iterator[tuple[str, str, ImageProofSettings]]:
    """Each pin with a proof: its name, id or digest, and the proof."""
    for name, pin in settings.images.items():
        if pin.id is not None and pin.proof is not None:
            yield name, pin.id, pin.proof
    for name, image in settings.container_images.items():
        found = pin_of(image)
        if found is not None and image.proof is not None:
            yield name, found.digest, image.proof


def _regions(rehearsed: RehearsedSettings) -> list[str]:
    """Where the program may call AWS: what the partition calls a region may be none, such as `aws-global`."""
    from botocore.session import Session

    partition = partition_of(rehearsed.region) if not rehearsed.names_region else None
    known = Session().get_available_regions("ssm", partition.name) if partition is not None else ()
    return sorted({rehearsed.region, *known})
