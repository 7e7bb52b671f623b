"""`strata image pin STACK NAME VERSION` and `strata image promote STACK NAME --from OTHER`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import cwd_option, dry_run_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_json, print_note, print_warning, styled

if TYPE_CHECKING:
    from strata.promotion.pin_change import PinChange
    from strata.promotion.pin_protection import PinProtection
    from strata.rollout.live_service import LiveService

__all__ = ["pin", "promote"]


@click.command("pin", short_help="Pin a version of an image in the stack file.")
@stack_argument
@click.argument("name")
@click.argument("version")
@click.option("--id", "image_id", help="Image id, or digest of a container image, if a version is not enough.")
@dry_run_option
@local_option
@cwd_option
@json_option
def pin(
    stack: str, name: str, version: str, image_id: str | None, cwd: Path, *, dry_run: bool, local: bool, as_json: bool
) -> None:
    """Pin a version of an image in the stack file. Comments and layout of the file stay; `pulumi up` rolls it out.

    Refuses what is not there, is several images, is revoked or vetoed, or does not fit the servers. For example:
    strata image pin staging web 1.5.0
    """
    from strata.aws.target import plain_errors
    from strata.promotion.pin_protection import protect_pinned
    from strata.promotion.pinned_stack import open_stack
    from strata.promotion.pinning import prepare_pin

    with plain_errors():
        change = prepare_pin(open_stack(cwd, stack, local=local, pin=name), name, version, image_id)
        written = not dry_run and change.write()
        protection = None if dry_run else protect_pinned(change)
    _note_freeze(change, local=local, as_json=as_json)
    _report(change, protection, written=written, local=local, as_json=as_json)


@click.command("promote", short_help="Pin what another stack has proven to run.")
@stack_argument
@click.argument("name")
@click.option("--from", "other", required=True, metavar="OTHER", help="The stack that runs it.")
@click.option("--min-soak", help="How long it must have run there, such as 30m. Default: the setting of STACK.")
@click.option("--allow-older", is_flag=True, help="Also promote a version that is older than what is recorded.")
@dry_run_option
@local_option
@cwd_option
@json_option
def promote(
    stack: str,
    name: str,
    other: str,
    min_soak: str | None,
    cwd: Path,
    *,
    allow_older: bool,
    dry_run: bool,
    local: bool,
    as_json: bool,
) -> None:
    """Pin in STACK what the release record of another stack names, with the proof that it ran there.

    Refuses what has not run there long enough, is revoked or vetoed, is older than what is recorded, or cannot be
    launched by the account of STACK; ends with 6 while the other stack is rolling. For example:
    strata image promote prod web --from staging
    """
    from strata.aws.target import plain_errors
    from strata.images.given_values import parse_duration
    from strata.project.location import locate
    from strata.project.stack_file import find_stack_file
    from strata.promotion.pin_protection import protect_pinned
    from strata.promotion.pinned_stack import open_stack
    from strata.promotion.promoting import PromotionTerms, kind_of_recorded, prepare_promotion, recorded_in
    from strata.rollout.stack_services import services_of_stack
    from strata.settings.models.promotion import MOST_SOAK_MINUTES

    terms = PromotionTerms(
        parse_duration(min_soak, most=MOST_SOAK_MINUTES * 60) if min_soak is not None else None, allow_older=allow_older
    )
    find_stack_file(*locate(cwd, stack))
    with plain_errors():
        source = open_stack(cwd, other, local=local)
        holders = recorded_in(source, name)
        target = open_stack(cwd, stack, local=local, pin=name, kind=kind_of_recorded(holders[0]))

        def look(service: str) -> "Sequence[LiveService]":
            return services_of_stack(source.folder, source.stack, service, local=local).look()

        promotion = prepare_promotion(target, source, name, holders, terms, look)
        written = not dry_run and promotion.carry_out()
        protection = None if dry_run else protect_pinned(promotion.change)
    for note in promotion.notes:
        print_note(note, err=as_json)
    _note_freeze(promotion.change, local=local, as_json=as_json)
    if promotion.unnoted:
        file, again = promotion.change.file.path.name, "would be written again" if dry_run else "was written again"
        print_warning(
            f"the note of the proof that {file} has of this image already, {promotion.unnoted}, was missing and "
            f"{again}: somebody has deleted it, or promotions did not note proofs yet when that one was written"
        )
    noted = {"note_missing": bool(promotion.unnoted)}
    _report(promotion.change, protection, written=written, local=local, as_json=as_json, more=noted)


def _note_freeze(change: "PinChange", *, local: bool, as_json: bool) -> None:
    """A pin rolls nothing out, and may be written at any time."""
    from strata.settings.freeze_spans import look_at_freezes

    # a rehearsal leaves the windows out
    freeze = look_at_freezes(() if local else change.stack.settings.freezes, change.stack.clock.now())
    if freeze.sentence:
        print_note(f"{freeze.sentence}; until then `pulumi up` refuses to roll it out", err=as_json)


def _report(
    change: "PinChange",
    protection: "PinProtection | None",
    *,
    written: bool,
    local: bool,
    as_json: bool,
    more: "Mapping[str, bool] | None" = None,
) -> None:
    """Print what became of a pin, and of the protection of its image; nothing became of it in a dry run."""
    dry_run, protected = protection is None, protection.protected if protection is not None else ()
    if protection is not None and protection.note:
        print_note(protection.note, err=as_json)
    if as_json:
        print_json({**change.document(written=written, dry_run=dry_run, protected=protected), **(more or {})})
        return
    stack, file = change.stack.stack, change.file.path.name
    before = f" in place of {change.before['version']}" if change.before.get("version") else ""
    label = f"{change.name} {change.version} ({change.image_id})"
    if (proof := change.shown_proof) is not None:
        from strata.durations import duration_text

        ran = duration_text(float(proof["soaked"]))
        echo(f"proven by {proof['stack']}, release {proof['digest']}, for {ran}")
    if not change.changes:
        echo(f"{file} pins {label} already")
    elif dry_run:
        said = f"pin {label}{before} in {file}"
        if not change.changes_image:
            said = f"{'remove' if change.proof is None else 'write'} the proof of {label}, which {file} pins already"
        echo(f"would {said}; nothing was written")
    else:
        said = f"pinned {label}{before} in {file}"
        if not change.changes_image:
            said = f"{'removed' if change.proof is None else 'wrote'} the proof of {label}, which {file} pinned already"
        echo(styled(said, bold=True) if written else f"{file} is as it was")
    for each in protected:
        echo(f"protected {each} from being deregistered")
    if change.changes and not dry_run:
        echo(f"next: {_then(stack, local=local)}")


def _then(stack: str, *, local: bool) -> str:
    """What rolls a pin out: what is in the local AWS is in the state of the rehearsals."""
    return f"rehearse it: `strata rehearse {stack}`" if local else f"commit it, and run `pulumi up --stack {stack}`"
