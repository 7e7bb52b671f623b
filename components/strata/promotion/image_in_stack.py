"""Whether the account and region of a stack have an image that another stack runs, and may use it."""

from strata.image_build.image_reference import ImageReference
from strata.images.catalogue import ImageKind
from strata.images.image_finder import AVAILABLE, FoundVersion
from strata.promotion.copy_advice import copy_advice
from strata.promotion.pin_change import Objection
from strata.promotion.pin_repository import repository_of
from strata.promotion.pinned_stack import PinnedStack

__all__ = ["find_container", "find_machine"]


def find_machine(
    stack: PinnedStack, source: PinnedStack, name: str, image_id: str, version: str
) -> tuple[FoundVersion | None, list[Objection]]:
    """The machine image in the stack's own account and region: the same one, or a copy that is known to be one."""
    here, there = stack.finder, source.finder
    account, region = here.account(), here.region()
    other = there.account()
    label = f"{name} {version} ({image_id})"
    found = next(iter(here.machines_by_id(image_id)), None)
    if found is None and not there.machines_by_id(image_id) and not (here.hides_images() or there.hides_images()):
        return None, [
            Objection(
                f"{label} is gone: account {other}, which runs it, has no such image in {there.region()} any more",
                f"Roll out another version in {source.stack}, and promote that.",
            )
        ]
    if found is None and region != there.region():
        found = _copy(stack, name, image_id, version)
        if found is None:
            return None, [
                Objection(
                    f"{label} is in {there.region()}, and {region} has no copy of it in account {account}",
                    copy_advice(stack, source, name, image_id, version),
                )
            ]
        if _is_of_another(found, image_id, next(iter(there.machines_by_id(image_id)), None)):
            return None, [
                Objection(
                    f"the catalogue of {region} has {found.id} as {name} {version}, which is a copy of {found.source}, "
                    f"and {source.title} runs {image_id}",
                    "A version names one image for good: bake a new version, roll it out there, and promote that.",
                )
            ]
    if found is None and here.hides_images() and there.may_launch(account, image_id) is not False:
        return None, [
            Objection(
                f"{label} of account {other} is hidden in {region} by the Allowed AMIs of account {account}, which are "
                "enabled: nothing there finds or launches it",
                "Let it through, such as by its owner: `aws ec2 replace-image-criteria-in-allowed-images-settings`; "
                "`aws ec2 get-allowed-images-settings` shows what is let through.",
            )
        ]
    if found is None:
        return None, [
            Objection(
                f"account {account} cannot see {label} of account {other} in {region}",
                f"Share it: `aws ec2 modify-image-attribute --region {region} --image-id {image_id} "
                f"--launch-permission Add=[{{UserId={account}}}]`. The same command shows then whether the key of its "
                "snapshots is shared, too.",
            )
        ]
    objections: list[Objection] = []
    owners = stack.machine_pin(name).owners
    if found.owner not in ("", account) and found.owner not in owners:
        objections.append(
            Objection(
                f"{label} belongs to account {found.owner}, which the pin does not name as an owner",
                f'Set strata:images.{name}.owners to ["{found.owner}"].',
            )
        )
    if found.version not in ("", version):
        objections.append(
            Objection(f"{found.id} says of itself that it is {name} {found.version}", "Bake it under a new version.")
        )
    return found, objections


def _is_of_another(found: FoundVersion, image_id: str, proven: FoundVersion | None) -> bool:
    """Whether AWS says that an image is a copy of another one than what is proven.

    Image Builder may make both of them of a third one, which only it has seen.
    """
    if found.source in (None, "", image_id) or found.origin is None or found.origin.server:
        return False
    of_one = proven is not None and proven.origin is not None and not proven.origin.server
    return not (of_one and proven is not None and proven.source == found.source)


def _copy(stack: PinnedStack, name: str, image_id: str, version: str) -> FoundVersion | None:
    """A copy in the stack's region: AWS names its source, or the catalogue there has it. Tags anybody can write.

    Of several copies one that can be launched and that no tag calls another version comes first, the newest of them.
    """
    finder, pin = stack.finder, stack.machine_pin(name)
    entry = stack.catalogue.entry(name, version)
    noted = finder.machines_by_id(entry.id) if entry is not None and entry.id else []
    # not by tags: those of another account's image cannot be seen, and a copy need not have any
    seen = finder.machines_of(sorted({finder.account(), *(each for each in pin.owners if each.isdigit())}))
    copies = [each for each in seen if each.source == image_id and each.origin and not each.origin.server]
    copies.sort(key=lambda each: (each.state != AVAILABLE, each.version not in ("", version)))
    return next(iter((*noted, *copies)), None)


def find_container(
    stack: PinnedStack, name: str, reference: str, version: str
) -> tuple[FoundVersion | None, list[Objection]]:
    """The container image in the repository of the stack."""
    image = ImageReference.parse(reference)
    repository = repository_of(stack, name)
    there = stack.finder.has_container(repository, image.digest)
    if there is False and repository == image.repository:
        return None, [
            Objection(
                f"{name} {version} ({image.digest}) is gone: {repository} does not have it any more",
                "Push it again, or roll out another version where it ran, and promote that.",
            )
        ]
    if there is False or (there is None and repository != image.repository):
        unknown = "is not known to have" if there is None else "does not have"
        return None, [
            Objection(
                f"{repository} {unknown} {name} {version} ({image.digest})",
                f"Copy it: docker buildx imagetools create --tag {repository}:{version} {reference}.",
            )
        ]
    return FoundVersion(kind=ImageKind.CONTAINER, version=version, id=image.digest), []
