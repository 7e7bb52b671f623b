"""Revoke a version of an image in one account and region, and say who still holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from strata.aws.clients import Clients
from strata.aws.provider_config import ProviderConfig
from strata.aws.target import connect_to_aws
from strata.clock import Clock, clock_from_environment
from strata.errors import RefusedError, UsageError
from strata.images.image_finder import DISABLED, ImageFinder
from strata.images.image_protection import lift_protection, liftable
from strata.images.verdicts import ImageVerdict, VerdictStore
from strata.naming import revocation_name
from strata.project.location import locate
from strata.project.stack_file import read_stack
from strata.promotion.holders import Holder, HolderSearch
from strata.promotion.known_images import find_known
from strata.rollout.note import UNDER_WAY
from strata.rollout.record import ImageRef
from strata.verdict_names import revoked_image_name

__all__ = ["DisabledImages", "ImageAws", "Revocation", "image_aws", "look_for_holders", "revoke", "would_disable"]


@dataclass(frozen=True)
class ImageAws:
    """One account and region.

    Args:
        clients: AWS.
        clock: time.
        settings: what the file of the stack says whose account and region it is. Default: no stack is named.
        stack: the stack, as the command line names it. Default: none is named.
    """

    clients: Clients
    clock: Clock
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stack: str = "STACK"


@dataclass(frozen=True)
class DisabledImages:
    """What became of the machine images of a version that is revoked.

    Args:
        ids: those that nothing can launch any more.
        unprotected: those among them that may be deregistered again: a gate had protected them from it.
    """

    ids: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Revocation:
    """A version that is revoked, or is about to be.

    Args:
        name: the image.
        version: the version.
        account: where.
        region: where.
        machines: ids of the machine images that it is there.
        containers: digests of the container images that it is.
        holders: who names or runs it.
        verdict: why it is revoked; None before it is.
        not_asked: why EC2 could not be asked what else refers to it; empty where it could.
        dropped: a reason that was given although it was revoked before with another one; empty where none was.
        unread: the release records and notes of rollouts there that cannot be read, so that they may name it, as
            clauses.
    """

    name: str
    version: str
    account: str
    region: str
    machines: tuple[str, ...]
    containers: tuple[str, ...]
    holders: tuple[Holder, ...]
    verdict: ImageVerdict | None = None
    not_asked: str = ""
    unread: tuple[str, ...] = ()
    dropped: str = ""

    @property
    def known(self) -> bool:
        """Whether there is anything of that version."""
        return bool(self.machines or self.containers or self.holders)

    def document(self, *, dry_run: bool, disabled: DisabledImages) -> dict[str, Any]:
        """As the JSON of `strata image revoke` has it."""
        verdict = self.verdict
        return {
            "image_name": self.name,
            "version": self.version,
            "account": self.account,
            "region": self.region,
            "image_ids": [*self.machines, *self.containers],
            "holders": [each.document() for each in self.holders],
            "not_asked": self.not_asked or None,
            "unread_parameters": list(self.unread),
            "reason": verdict.reason if verdict is not None else None,
            "by": verdict.by if verdict is not None else None,
            "at": verdict.at if verdict is not None else None,
            "disabled": list(disabled.ids),
            "unprotected": list(disabled.unprotected),
            "dry_run": dry_run,
        }


def image_aws(cwd: Path, stack: str | None, region: str | None, *, local: bool) -> ImageAws:
    """The account and region of a stack, or those of the environment.

    Args:
        cwd: where to look for the project, from there upwards.
        stack: whose. Default: nobody's; the credentials of the environment decide.
        region: in place of a stack's. Default: the environment's.
        local: use the local AWS of the last rehearsal.

    Raises:
        UsageError: both are named, or the local AWS and no stack.
    """
    if stack is not None and region is not None:
        raise UsageError("--stack and --region both name a region", fix="Leave one of them out.")
    if stack is None:
        if local:
            raise UsageError("a local AWS is that of a project's stacks", fix="Name one of them with --stack.")
        return ImageAws(Clients(ProviderConfig(region=region)), clock_from_environment())
    folder, name = locate(cwd, stack)
    file = read_stack(folder, name)
    return ImageAws(*connect_to_aws(folder, name, file, local=local), file.settings, stack)


def look_for_holders(aws: ImageAws, name: str, version: str) -> Revocation:
    """What there is of a version, and who holds it.

    Args:
        aws: account and region.
        name: the image.
        version: the version.
    """
    finder, search = ImageFinder(aws.clients), HolderSearch(aws.clients)
    recorded = list(search.recorded())
    noted = list(search.noted())
    named = [*(image for _, image in recorded), *(note.image for _, note in noted)]
    known = find_known(aws.clients, name, version, named, aws.settings)
    holders = [
        Holder("record", record, _names(image, name, version))
        for record, image in recorded
        if (image.name, image.version) == (name, version) or image.content in known.contents
    ]
    holders += [
        Holder("rollout", parameter, f"brings {note.image.id}")
        for parameter, note in noted
        if note.phase in UNDER_WAY and note.image.content in known.contents
    ]
    holders += search.of_machines(known.machines)
    referring, not_asked = search.referring(known.machines)
    holders += referring
    holders += search.of_containers(known.containers)
    return Revocation(
        name,
        version,
        finder.account(),
        finder.region(),
        tuple(sorted(known.machines)),
        tuple(sorted(known.containers)),
        tuple(holders),
        not_asked=not_asked,
        unread=tuple(search.unread()),
    )


def _names(image: ImageRef, name: str, version: str) -> str:
    other = "" if (image.name, image.version) == (name, version) else f" as {image.name} {image.version}"
    return f"names {image.id}{other}"


def revoke(aws: ImageAws, found: Revocation, reason: str, *, disable: bool) -> tuple[Revocation, DisabledImages]:
    """Revoke a version; a revocation that is there already stays as it is.

    Args:
        aws: account and region.
        found: as `look_for_holders` gives it.
        reason: why.
        disable: whether its machine images are disabled too, so that nothing can launch them.

    Returns:
        It with its verdict, and what was disabled.

    Raises:
        RefusedError: something holds an image that is to be disabled, or may; it is revoked all the same.
    """
    store, name = VerdictStore(aws.clients, aws.clock), revocation_name(found.name, found.version)
    images = [each for image in (*found.machines, *found.containers) if (each := revoked_image_name(image))]
    before = store.read([name]).get(name)
    verdict = store.forbid(name, reason, images=images, called=f"{found.name} {found.version}")
    dropped = reason if before is not None and before.reason != reason else ""
    revoked = replace(found, verdict=verdict, dropped=dropped)
    if not disable:
        return revoked, DisabledImages()
    require_free(aws, revoked)
    there = ImageFinder(aws.clients).machines_by_id(*found.machines)
    usable = [each.id for each in there if each.state != DISABLED]
    if revoked.verdict is not None:
        # before they are: what lifts a revocation gives back what is noted, and leaves alone what somebody else took
        protected = liftable(aws.clients, found.machines)
        revoked = replace(found, verdict=store.note_disabled(name, revoked.verdict, usable, protected))
    for image_id in usable:
        aws.clients("ec2").disable_image(ImageId=image_id)
    return revoked, DisabledImages(found.machines, lift_protection(aws.clients, found.machines))


def would_disable(aws: ImageAws, found: Revocation) -> tuple[str, ...]:
    """The machine images that would be disabled with it.

    Raises:
        RefusedError: something holds one of them, or may.
    """
    require_free(aws, found)
    return tuple(each.id for each in ImageFinder(aws.clients).machines_by_id(*found.machines) if each.state != DISABLED)


def require_free(aws: ImageAws, found: Revocation) -> None:
    """Refuse to disable what is held, or may be in accounts that cannot be seen from here.

    Raises:
        RefusedError: it is, or may be.
    """
    done = "can be revoked, and not disabled"
    if found.verdict is not None:
        kept = f" already, because of {found.verdict.reason!r}, which stays the reason" if found.dropped else ""
        done = f"is revoked{kept}, and was not disabled"
    label = f"{found.name} {found.version} {done}"
    if found.containers and not found.machines:
        # said before who holds it: rolling them away would not make one that can be disabled of it
        raise RefusedError(
            f"{label}: it is a container image, and only machine images are ever disabled",
            fix="Leave --disable out: what is revoked is refused wherever Strata would start it.",
        )
    if found.holders:
        held = "".join(f"\n  - {each.clause}" for each in found.holders)
        raise RefusedError(f"{label}: it is held by{held}", fix="Roll them to another version, then disable it.")
    if not found.machines:
        raise RefusedError(f"{label}: there is no machine image of it here", fix="Leave --disable out.")
    if found.unread:
        listed = "".join(f"\n  - {each}" for each in found.unread)
        raise RefusedError(
            f"{label}: what cannot be read may name it{listed}",
            fix="Run `pulumi up --refresh` in each stack: it compares the record with AWS and writes it again.",
        )
    finder = ImageFinder(aws.clients)
    shared = {each: finder.shared_with(each) for each in found.machines}
    for image_id, accounts in shared.items():
        if accounts:
            raise RefusedError(
                f"{label}: {image_id} is shared with {', '.join(accounts)}, and nobody sees from here what runs it",
                fix=f"Take it back first: `aws ec2 reset-image-attribute --image-id {image_id} "
                "--attribute launchPermission`.",
            )
