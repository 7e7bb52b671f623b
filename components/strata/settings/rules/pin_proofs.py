"""What a stack file alone shows of the proofs of its pins, where the stack requires them.

That a proof is true is for AWS to say: `rollout.proof_check` compares it with what a promotion has noted there.
"""

from collections.abc import Iterator
from typing import Final

from strata.clock import parse_moment, utc_text
from strata.durations import duration_text
from strata.problem import ABSENT, Path
from strata.settings.models import ImageProofSettings, StackSettings
from strata.settings.models.rule import Conflict, rule
from strata.settings.parts import Facts

SKEW_SECONDS: Final = 300
"""How far the clock of whoever promoted may be ahead of the one that reads the proof."""


@rule("pin-unproven", "Where proof is required, a pin says where its image ran before.")
def _pin_unproven(facts: Facts) -> Iterator[Conflict]:
    for at, field, proof in _required(facts):
        if proof is None:
            yield Conflict(
                (*at, "proof"),
                ABSENT,
                expected="a proof that it ran in another stack, which strata:promotion.require_proof requires",
                fix=f"Pin it by `strata image promote STACK {at[-1]} --from OTHER`, which writes the proof; where no "
                "other stack runs it, set strata:promotion.require_proof to false.",
                reads=(("promotion", "require_proof"), (*at, field)),
            )
        elif proof.image is None and at[0] == "container_images":
            # a machine image has the catalogue and its watermarks to prove it
            yield Conflict(
                (*at, "proof", "image"),
                ABSENT,
                expected="the digest that is proven: a proof without it is one of a version, which any image may have",
                fix=f"Promote it again by `strata image promote STACK {at[-1]} --from "
                f"{proof.stack.partition('/')[2] or 'OTHER'}`, which writes it.",
                reads=(("promotion", "require_proof"), (*at, field)),
            )


@rule("pin-proof-moment", "A proof was not written in the future.")
def _proof_moment(facts: Facts) -> Iterator[Conflict]:
    for at, _, proof in _required(facts):
        if proof is not None and not _is_past(proof.at, facts.now + SKEW_SECONDS):
            yield Conflict(
                (*at, "proof", "at"),
                proof.at,
                expected=f"a moment that is not to come; it is {utc_text(facts.now)}",
                fix=f"Write no proof by hand: `strata image promote STACK {at[-1]} --from OTHER` does.",
                reads=(("promotion", "require_proof"),),
            )


@rule("pin-proof-soak", "An image ran in the other stack for as long as a promotion requires.")
def _proof_soak(facts: Facts) -> Iterator[Conflict]:
    usual = (facts.settings.promotion.min_soak_minutes or 0) * 60
    for at, _, proof in _required(facts):
        least = usual if proof is None or proof.min_soak is None else proof.min_soak
        if proof is not None and proof.soaked < least:
            yield Conflict(
                (*at, "proof", "soaked"),
                proof.soaked,
                expected=f"at least {least}, since {duration_text(least)} are required of a promotion",
                fix="Promote it again once it has run that long: "
                f"`strata image promote STACK {at[-1]} --from {proof.stack.partition('/')[2] or 'OTHER'}`. "
                "Where less is enough this once, add --min-soak, which the proof then has.",
                reads=(("promotion", "require_proof"), ("promotion", "min_soak_minutes")),
            )


def _is_past(moment: str, now: float) -> bool:
    try:
        return parse_moment(moment).timestamp() <= now
    except ValueError:
        # there is no such day
        return False


def _required(facts: Facts) -> Iterator[tuple[Path, str, ImageProofSettings | None]]:
    """The pins that must have a proof: where each is, which field decides its image, and its proof."""
    if facts.settings.promotion.require_proof:
        yield from _pins(facts.settings)


def _pins(settings: StackSettings) -> Iterator[tuple[Path, str, ImageProofSettings | None]]:
    unproven = _of_maintained_only(settings)
    for name, pin in settings.images.items():
        if pin.version is not None and name not in unproven:
            yield ("images", name), "version", pin.proof
    for name, image in settings.container_images.items():
        for field in ("digest", "reference"):
            if getattr(image, field) is not None:
                yield ("container_images", name), field, image.proof


def _of_maintained_only(settings: StackSettings) -> frozenset[str]:
    """Pins of fleets that are changed in place, and of nothing else: no stack has a release of such a fleet."""
    maintained = {fleet.image or name for name, fleet in settings.maintained.items()}
    return frozenset(maintained - {service.image or name for name, service in settings.services.items()})
