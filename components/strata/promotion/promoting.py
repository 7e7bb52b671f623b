"""Promote an image: pin in one stack what the release record of another one names, with the proof that it ran there."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from strata.durations import duration_text
from strata.errors import BusyError, RefusedError, UsageError
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.given_values import VERSION_WORDS, is_version
from strata.images.image_finder import FoundVersion
from strata.images.pin_file import PinKind, open_pin_file
from strata.images.proof_note import keep_proof_note, missing_proof_note, proof_moment
from strata.promotion.image_in_stack import find_container, find_machine
from strata.promotion.locked_keys import look_at_keys
from strata.promotion.pin_change import Objection, PinChange, refuse_all
from strata.promotion.pin_repository import repository_of
from strata.promotion.pinned_stack import PinnedStack
from strata.promotion.pinning import fields_of, find_objections, forbidden, require_pinned
from strata.promotion.promoted_image import find_scanned, find_unproven, new_entry
from strata.promotion.stack_records import RecordedImage
from strata.promotion.tainted_services import find_tainted
from strata.promotion.version_order import is_older
from strata.rollout.absent_record import noted_without_record
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.live_service import LiveService
from strata.rollout.messages import rolls_to_the_pin
from strata.rollout.record import ServerRelease
from strata.settings import patterns
from strata.settings.models import PromotionSettings
from strata.settings.models.by_stage import stage_default

__all__ = ["Promotion", "PromotionTerms", "kind_of_recorded", "prepare_promotion", "recorded_in"]


Look = Callable[[str], Sequence[LiveService]]
"""What a service of the other stack is like now."""


@dataclass(frozen=True)
class PromotionTerms:
    """What a promotion has to hold to.

    Args:
        soak_seconds: how long the image must have run in the other stack. Default: as the settings say.
        allow_older: whether a version may be promoted that is older than what is recorded.
    """

    soak_seconds: float | None = None
    allow_older: bool = False


@dataclass(frozen=True)
class Promotion:
    """A promotion that nothing speaks against.

    Args:
        change: of the pin.
        noted: what is added to the catalogue of the account and region; None where it is there, or nothing is known.
        notes: what could not be found out, and what nothing requires yet, as sentences.
        unnoted: the parameter that should note the proof that the file has of this image already, and does not; empty
            where it does, and where the file has none.
    """

    change: PinChange
    noted: CatalogueEntry | None = None
    notes: tuple[str, ...] = ()
    unnoted: str = ""

    def check(self) -> None:
        """Find out whether it can be carried out, before anything is changed.

        Raises:
            RefusedError: the pin cannot be changed alone, or the version is another image in the catalogue.
        """
        self.change.check()
        if self.noted is not None:
            self.change.stack.catalogue.check(self.noted)

    def carry_out(self) -> bool:
        """Write the pin, and note its proof and the version in AWS; gives whether the file says something else now.

        Raises:
            RefusedError: somebody has changed the file since, or the version is another image there.
        """
        stack = self.change.stack
        if self.noted is not None:
            stack.catalogue.add(self.noted)
        if (proof := self.change.shown_proof) is not None:
            # before the pin, which is refused without it
            keep_proof_note(stack.clients, stack.project, stack.stack, proof)
        return self.change.write()


def kind_of_recorded(found: RecordedImage) -> ImageKind:
    """What an image in a record is for."""
    return ImageKind.MACHINE if isinstance(found.release, ServerRelease) else ImageKind.CONTAINER


def recorded_in(source: PinnedStack, name: str) -> list[RecordedImage]:
    """The records of the other stack that name an image; all name the same version of it.

    Raises:
        RefusedError: none names it, or that of a service is gone, or they name several versions.
        UsageError: that of a service which it is for cannot be read.
    """
    records = source.recorded()
    holders = sorted(records.of(name), key=lambda each: each.service)
    for service, why in records.unread(source.users_of(name)).items():
        raise UsageError(
            f"{why}, so what {source.title} has proven of {name} is not known: {service} is to run it",
            fix=f"Run `pulumi up --refresh` in {source.stack}: it compares the record with AWS and writes it again.",
        )
    if not holders:
        users = {source.record(each): each for each in source.users_of(name)}
        for record, note in noted_without_record(BaseDriver(source.clients), users).items():
            raise RefusedError(
                f"there is no release record of {users[record]} of {source.title}, although its last rollout, to "
                f"{note.image}, is noted as succeeded, so what it has proven of {name} is not known",
                fix=f"Run `pulumi up --refresh` in {source.stack}, which writes the record of what is proven; "
                f"{rolls_to_the_pin(note.image.version)}.",
            )
        unread = "".join(f"; {why}" for why in records.unreadable.values())
        raise RefusedError(
            f"no release record of {source.title} names an image {name!r}, so nothing of it is proven there{unread}",
            fix=f"Roll it out in {source.stack} first: `strata rollout status {source.stack}` shows what is proven.",
        )
    if len({each.image.id for each in holders}) > 1:
        listed = ", ".join(f"{each.service} has {each.image.version} ({each.image.id})" for each in holders)
        raise RefusedError(
            f"the release records of {source.title} do not all name the same {name}: {listed}",
            fix=f"Roll them all to one version in {source.stack} first.",
        )
    return holders


def prepare_promotion(
    stack: PinnedStack,
    source: PinnedStack,
    name: str,
    holders: Sequence[RecordedImage],
    terms: PromotionTerms,
    look: Look,
) -> Promotion:
    """A promotion, once everything that could speak against it has been looked at.

    Args:
        stack: where it is to be pinned.
        source: where it ran.
        name: the pin.
        holders: the records there that name it, as `recorded_in` gives them.
        terms: what it has to hold to.
        look: looks at a service of the other stack.

    Raises:
        BusyError: the other stack is rolling.
        RefusedError: something speaks against it; all of it at once.
        UsageError: there is no such pin, no version of it is pinned, or the stack file cannot hold this one; or both
            stacks are one.
    """
    if stack.title == source.title:
        raise UsageError(f"{stack.title} cannot prove an image to itself", fix="Name the stack that ran it before.")
    kind = stack.kind(name)
    require_pinned(stack, name, kind)
    file = open_pin_file(stack.folder, stack.stack, kind)
    image = holders[0].image
    wanted = PinKind.MACHINE if kind_of_recorded(holders[0]) is ImageKind.MACHINE else PinKind.CONTAINER
    if wanted is not kind:
        raise UsageError(
            f"{name} is pinned below {kind.key} in {stack.file.source}, and {source.title} has it as {wanted.key}",
            fix="Give them different names.",
        )
    if not is_version(image.version):
        raise UsageError(
            f"{source.title} has recorded {name} as version {image.version!r}, which cannot be pinned: expected "
            f"{VERSION_WORDS}",
            fix=f"Roll the image out under such a version in {source.stack} first.",
        )
    if not all(re.fullmatch(patterns.RELEASE_DIGEST, each.release.digest) for each in holders):
        listed = ", ".join(f"{each.service} has {each.release.digest!r}" for each in holders)
        raise UsageError(
            f"{source.title} has recorded {name} with a release digest that is none: {listed}",
            fix=f"Run `pulumi up --refresh` in {source.stack}: it writes the record again, which somebody has changed.",
        )
    objections = [
        *_unsettled(source, holders, look),
        *_too_young(stack, source, holders, terms),
        *find_tainted(source, holders),
        *_vetoed_there(source, name, holders),
    ]
    if kind is PinKind.MACHINE:
        found, there = find_machine(stack, source, name, image.id, image.version)
    else:
        found, there = find_container(stack, name, image.id, image.version)
    keys = look_at_keys(stack, source, f"{name} {image.version}", found)
    objections += (*there, *keys.objections)
    revoked = source.revocation(name, image.version, image.id)
    # in one account and region it is the same revocation, which is among the objections below
    if revoked is not None and stack.revocation(name, image.version, image.id) is None:
        objections.append(
            Objection(f"{name} {image.version} is revoked in {source.title}: {revoked}", "Promote another version.")
        )
    objections += (
        find_objections(stack, name, kind, found, image.version)
        if found is not None
        else forbidden(stack, name, kind, image.version, image.id)
    )
    if not terms.allow_older:
        objections += _older(stack, name, kind, image.version, found)
    proven = True
    if found is not None:
        said = {each.text for each in objections}
        unproven = find_unproven(stack, source, image, found)
        proven = not unproven
        objections += [each for each in unproven if each.text not in said]
        objections += find_scanned(stack, name, image.version, found)
    refuse_all(f"{name} {image.version} cannot be promoted into {stack.title}", objections)
    if found is None:
        raise RefusedError(f"{name} {image.version} is not there")
    proof = _proof(stack, source, holders, stack.services_of(name, kind), found.id, terms)
    pin = {**fields_of(stack, name, kind, image.version, found.id), "proof": proof}
    shown = found.id if kind is PinKind.MACHINE else f"{repository_of(stack, name)}@{found.id}"
    change = PinChange(stack, name, kind, file, image.version, shown, pin, file.pin(kind, name), proof)
    entry = new_entry(stack, source, image, found, proven=stack.requires_proof and proven)
    notes = (*keys.notes, *_unknown(stack, kind, found), *_unrequired(stack, change))
    promotion = Promotion(change, entry, notes, _unnoted(change))
    promotion.check()
    return promotion


def _unnoted(change: PinChange) -> str:
    """Where the proof that the file has of this image is not noted, although a promotion must have noted it."""
    if change.changes_image or not change.before.get("proof"):
        return ""
    stack = change.stack
    return missing_proof_note(stack.clients, stack.project, stack.stack, change.image_id) or ""


def _unrequired(stack: PinnedStack, change: PinChange) -> Iterator[str]:
    """That the stage would require the proof that this pin gets, for the first time, and the stack file does not."""
    expected = stage_default(PromotionSettings.model_fields["require_proof"])
    if stack.requires_proof or expected is None or not expected.of(stack.settings.stage) or change.before.get("proof"):
        return
    yield (
        f"{change.file.path.name} requires no proof, so {stack.title} goes on accepting pins by hand: once all its "
        f"pins have one, take strata:promotion.require_proof out, which {stack.settings.stage} has on by default."
    )


def _unknown(stack: PinnedStack, kind: PinKind, found: FoundVersion) -> Iterator[str]:
    if kind is PinKind.MACHINE and not stack.finder.knows_watermarks():
        yield "The installed boto3 knows no watermarks: the catalogue alone says which version an image is."
    if found.origin is not None and found.origin.allowed is False:
        yield (
            f"The Allowed AMIs of account {stack.finder.account()} do not let {found.id} through: nothing will launch "
            "it once they are enabled, and not only audited."
        )


def _proof(
    stack: PinnedStack,
    source: PinnedStack,
    holders: Sequence[RecordedImage],
    services: Sequence[str],
    image_id: str,
    terms: PromotionTerms,
) -> dict[str, Any]:
    # of the service that the pin is for here, where the other stack has it too
    chosen = next((each for each in holders if each.service in services), holders[0])
    return {
        "stack": source.title,
        "release": chosen.image.version,
        "digest": chosen.release.digest,
        "image": image_id,
        "soaked": int(_soaked(source, holders)),
        # whatever is required later, this was enough
        "min_soak": int(stack.least_soak if terms.soak_seconds is None else terms.soak_seconds),
        "by": stack.finder.caller(),
        "at": proof_moment(stack.clock),
    }


def _soaked(source: PinnedStack, holders: Sequence[RecordedImage]) -> float:
    """For how long all of them have run it."""
    return max(0.0, source.clock.now() - max(each.at for each in holders).timestamp())


def _too_young(
    stack: PinnedStack, source: PinnedStack, holders: Sequence[RecordedImage], terms: PromotionTerms
) -> list[Objection]:
    least = terms.soak_seconds
    if least is None:
        least = stack.least_soak
    ran = _soaked(source, holders)
    if ran >= least:
        return []
    return [
        Objection(
            f"it has run in {source.title} for {duration_text(ran)} only, and {duration_text(least)} are required",
            f"Wait {duration_text(least - ran)}, or say --min-soak; strata:promotion.min_soak_minutes is the default.",
        )
    ]


def _unsettled(source: PinnedStack, holders: Sequence[RecordedImage], look: Look) -> list[Objection]:
    """What is not as the records of the other stack say."""
    found: list[Objection] = []
    for service in sorted({each.service for each in holders}):
        for live in look(service):
            if live.rolling:
                raise BusyError(
                    f"a rollout of {service} is running in {source.title}, so what is proven there may change",
                    fix=f"Wait for its end: `strata rollout watch {source.stack} {service}`.",
                )
            found += [
                Objection(
                    f"{service} of {source.title} is not the release that its record names: {deviation}",
                    f"Bring it back first: `strata rollout status {source.stack} {service}` names what does.",
                )
                for deviation in live.deviations
            ]
    return found


def _vetoed_there(source: PinnedStack, name: str, holders: Sequence[RecordedImage]) -> Iterator[Objection]:
    """The vetoes of the other stack: what it has forbidden itself proves nothing."""
    image = holders[0].image
    services = {*source.users_of(name), *(each.service for each in holders)}
    for service, veto in sorted(source.vetoes_for(sorted(services), image.version, image.id).items()):
        vetoed = veto.called[0].partition(" ")[2] if veto.called else image.version
        yield Objection(
            f"{name} {image.version} is vetoed for {service} of {source.title}, which is to prove it{veto.known_as}: "
            f"{veto}",
            f"Promote another version. If it may run again: `strata image unveto {source.stack} {service} {vetoed}`.",
        )


def _older(stack: PinnedStack, name: str, kind: PinKind, version: str, found: FoundVersion | None) -> list[Objection]:
    records, made = stack.recorded(), found.made if found is not None else None
    objections = [
        Objection(
            f"{why}, so whether it is older than what is recorded for {service} of {stack.title} is not known",
            f"Run `pulumi up --refresh` in {stack.stack}, which writes the record again; to promote it all the same, "
            "add --allow-older.",
        )
        for service, why in records.unread(stack.services_of(name, kind)).items()
    ]
    for each in records.of(name):
        known = stack.finder.machines_by_id(each.image.id) if each.image.id.startswith("ami-") else []
        if is_older(version, each.image.version, made=made, than_made=known[0].made if known else None):
            objections.append(
                Objection(
                    f"it is older than {each.image.version}, which is recorded for {each.service} of {stack.title}",
                    f"To go back, use `strata rollout rollback {stack.stack} {each.service}`; to promote it all the "
                    "same, add --allow-older.",
                )
            )
    return objections
