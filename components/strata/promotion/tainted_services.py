"""Services of the other stack into which somebody was let: what was done there by hand is in no image yet."""

from collections.abc import Iterator, Sequence

from strata.aws.parameter_tree import read_below
from strata.naming import break_glass_name, break_glass_of, record_name
from strata.promotion.pin_change import Objection
from strata.promotion.pinned_stack import PinnedStack
from strata.promotion.stack_records import RecordedImage
from strata.promotion.version_order import is_older
from strata.rollout.break_glass_note import BreakGlass, read_break_glass

__all__ = ["find_tainted"]


def find_tainted(source: PinnedStack, holders: Sequence[RecordedImage]) -> list[Objection]:
    """Why an image must not be promoted from where somebody was let into a server or a task that runs it.

    Args:
        source: the other stack.
        holders: the records there that name the image.
    """
    image = holders[0].image
    found: list[Objection] = []
    for service in sorted({each.service for each in holders}):
        path = break_glass_name(record_name(source.project, source.stack, service), "").rstrip("/")
        for name, value in sorted(read_below(source.clients, path).items()):
            if break_glass_of(name) is None:
                continue
            note = read_break_glass(value)
            if note is None:
                found.append(
                    Objection(
                        f"parameter {name} has the place of a note of break-glass and is none, so nobody knows what "
                        f"was done in {service} of {source.title}",
                        f"Look at its history: `aws ssm get-parameter-history --name {name}`.",
                    )
                )
            elif not note.untouched:
                found += _objections(source, image.name, image.version, note)
    return found


def _objections(source: PinnedStack, image: str, version: str, note: BreakGlass) -> Iterator[Objection]:
    let_in = f"{note.by} was let into {note.unit} of {note.service} in {source.title} at {note.at} ({note.reason})"
    close = note.how_to_close(source.stack)
    if note.is_open:
        yield Objection(
            f"{let_in}, and that is not closed",
            f"Bake what was done by hand into a version, and close it: {close}; or with --no-change where nothing was.",
        )
    elif note.image_name not in ("", image):
        # of another image that the service runs, such as a sidecar
        return
    elif note.unanswered:
        yield Objection(
            f"{let_in}, it was closed by {note.closed_by} at {note.closed_at}, and it does not say which version has "
            "what was done by hand",
            f"Say it: {close}; or --no-change REASON where nothing was done.",
        )
    elif note.fixed_in and not _has_fix(source, image, version, note.fixed_in):
        yield Objection(
            f"{let_in}, and what was done by hand is in {note.fixed_in}: nothing says that {version} is as new",
            f"Roll {note.fixed_in} out in {source.stack} first, and promote that; where {version} has it too, say so: "
            f"`strata break-glass close {source.stack} {note.unit} --fixed-in {version}`.",
        )


def _has_fix(source: PinnedStack, image: str, version: str, fixed_in: str) -> bool:
    """Whether a version is the one with the fix, or newer: by its number, or else by when it was made."""
    if version == fixed_in or is_older(fixed_in, version):
        return True
    if is_older(version, fixed_in):
        return False
    made = {name: each.made for name, each in source.entries(image).items()}
    return is_older(fixed_in, version, made=made.get(fixed_in), than_made=made.get(version))
