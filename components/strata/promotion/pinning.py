"""Pin a version of an image that exists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from strata.errors import RefusedError, UsageError
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.doubt import Doubt
from strata.images.given_values import require_image_id, require_version
from strata.images.image_finder import AVAILABLE, DISABLED, FoundVersion
from strata.images.image_trust import ImageTerms, MachineClaim, find_doubts, sources_revoked_by
from strata.images.pin_file import PinFile, PinKind, open_pin_file
from strata.promotion.copy_source import find_other_source
from strata.promotion.pin_change import Objection, PinChange, refuse_all
from strata.promotion.pin_repository import repository_of, without_tag
from strata.promotion.pinned_stack import PinnedStack
from strata.promotion.unfinished_version import how_to_finish, is_unfinished

__all__ = [
    "choose_version",
    "claim_of",
    "doubts_of",
    "fields_of",
    "find_objections",
    "forbidden",
    "prepare_pin",
    "require_pinned",
]

_ANOTHER: Final = "Pin another version: `strata image list` shows which there are."


def fields_of(stack: PinnedStack, name: str, kind: PinKind, version: str, image_id: str) -> dict[str, Any]:
    """The fields of a pin for a version, in the way in which the file pins it.

    Args:
        stack: the stack.
        name: the pin.
        kind: where it is.
        version: the version.
        image_id: id of a machine image, or digest of a container image.

    Raises:
        UsageError: the file does not pin the image, but has it built.
    """
    require_pinned(stack, name, kind)
    if kind is PinKind.MACHINE:
        return {"version": version, "id": image_id, "parameter": None}
    pin = stack.container_pin(name)
    if pin.reference is not None:
        return {"reference": f"{without_tag(pin.reference)}@{image_id}"}
    return {"version": version, "digest": image_id}


def require_pinned(stack: PinnedStack, name: str, kind: PinKind) -> None:
    """Refuse an image of which the stack file pins no version.

    Raises:
        UsageError: it has it built.
    """
    if kind is PinKind.CONTAINER and stack.container_pin(name).build is not None:
        raise UsageError(
            f"{name} is built by `pulumi up`, so no version of it is pinned in {stack.file.source}",
            fix="Pin what another stack has built: set repository, version and digest in place of build.",
        )


def choose_version(
    stack: PinnedStack, name: str, kind: PinKind, version: str, image_id: str | None
) -> tuple[FoundVersion, PinFile]:
    """The one image that is a version.

    Args:
        stack: the stack.
        name: the pin.
        kind: where it is.
        version: the version.
        image_id: id or digest, where the version alone may be several. Default: none.

    Raises:
        RefusedError: there is none, or there are several.
        UsageError: what is given is no id, or no digest.
    """
    if image_id is not None:
        require_image_id(image_id, stack.stack, machine=kind is PinKind.MACHINE)
    file = open_pin_file(stack.folder, stack.stack, kind)
    entry = stack.catalogue.entry(name, version)
    look = _machines if kind is PinKind.MACHINE else _containers
    found = look(stack, name, version, image_id, entry)
    if not found:
        raise RefusedError(
            f"there is no {name} {version}{f' ({image_id})' if image_id else ''} in account {stack.finder.account()}, "
            f"{stack.finder.region()}",
            fix=f"`strata image list {stack.stack} {name}` shows what there is; bake it, copy it, or share it.",
        )
    if len(found) > 1:
        listed = ", ".join(f"{each.id} (made {each.made or 'at an unknown time'})" for each in found)
        raise RefusedError(
            f"{len(found)} images are {name} {version}: {listed}",
            fix="A version names one image for good: deregister the others, or bake under a new version; "
            "--id says which one is meant.",
        )
    return found[0], file


def _machines(
    stack: PinnedStack, name: str, version: str, image_id: str | None, entry: CatalogueEntry | None
) -> list[FoundVersion]:
    pin, finder = stack.machine_pin(name), stack.finder
    of_version = finder.machines(pin.app or name, pin.owners, version)
    # what is disabled is no second image of a version, and is no absent one where there is no other
    tagged = [each for each in of_version if each.state != DISABLED] or of_version
    if image_id is not None:
        # the tags of another account's image cannot be seen
        found = tagged if any(each.id == image_id for each in tagged) else finder.machines_by_id(image_id)
        return [each for each in found if each.id == image_id and each.version in ("", version)]
    noted = finder.machines_by_id(entry.id) if entry is not None and entry.id else []
    return list({each.id: each for each in (*tagged, *noted) if each.version in ("", version)}.values())


def _containers(
    stack: PinnedStack, name: str, version: str, digest: str | None, entry: CatalogueEntry | None
) -> list[FoundVersion]:
    repository = repository_of(stack, name)
    tagged = [each for each in stack.finder.containers(repository) if each.version == version]
    if digest is None:
        if tagged:
            return tagged
        noted = [entry.digest] if entry is not None and entry.digest else _recorded_digests(stack, name, version)
        return [found for each in noted for found in _container_by_digest(stack, repository, version, each, tagged)]
    return _container_by_digest(stack, repository, version, digest, tagged)


def _recorded_digests(stack: PinnedStack, name: str, version: str) -> list[str]:
    """What the release records of the stack name as a version, each once."""
    recorded = (each.image for each in stack.recorded().of(name) if each.image.version == version)
    return list(dict.fromkeys(each.content for each in recorded))


def _container_by_digest(
    stack: PinnedStack, repository: str, version: str, digest: str, tagged: Sequence[FoundVersion]
) -> list[FoundVersion]:
    known = next((each for each in tagged if each.id == digest), None)
    if known is not None:
        return [known]
    there = stack.finder.has_container(repository, digest)
    if there is False or tagged:
        # a tag that says otherwise is another image of that version
        return []
    return [FoundVersion(kind=ImageKind.CONTAINER, version=version, id=digest)]


def prepare_pin(stack: PinnedStack, name: str, version: str, image_id: str | None) -> PinChange:
    """A change of a pin to a version that exists and that nothing speaks against.

    Args:
        stack: the stack.
        name: the pin.
        version: the version.
        image_id: id or digest, where the version alone may be several. Default: none.

    Raises:
        RefusedError: something does, or the stack requires a proof.
        UsageError: there is no such pin, or the stack file cannot hold the version.
    """
    kind = stack.kind(name)
    require_pinned(stack, name, kind)
    # a pin by its reference has no version in the stack file
    tags = kind is PinKind.CONTAINER and stack.container_pin(name).reference is not None
    require_version(
        version, tags=tags, fix=f"Write it as `strata image list {stack.stack} {name}` shows the versions there are."
    )
    if stack.requires_proof:
        raise RefusedError(
            f"{stack.title} requires a proof that an image ran in another stack, and a pin by hand has none",
            fix=f"Use `strata image promote {stack.stack} {name} --from OTHER`, or set "
            "strata:promotion.require_proof to false.",
        )
    found, file = choose_version(stack, name, kind, version, image_id)
    pin = {**fields_of(stack, name, kind, version, found.id), "proof": None}
    refuse_all(
        f"{name} {version} cannot be pinned in {stack.title}", find_objections(stack, name, kind, found, version)
    )
    shown = found.id if kind is PinKind.MACHINE else f"{repository_of(stack, name)}@{found.id}"
    change = PinChange(stack, name, kind, file, version, shown, pin, file.pin(kind, name))
    change.check()
    return change


def find_objections(stack: PinnedStack, name: str, kind: PinKind, found: FoundVersion, version: str) -> list[Objection]:
    """What speaks against running an image in a stack.

    Args:
        stack: the stack.
        name: the pin.
        kind: where it is.
        found: the image.
        version: the version it is pinned as.
    """
    objections = forbidden(stack, name, kind, version, found.id)
    label = f"{name} {version} ({found.id})"
    if found.state == DISABLED:
        enable = f"`aws ec2 enable-image --image-id {found.id}`"
        objections.append(
            Objection(f"{label} is disabled: nothing can launch it", f"{_ANOTHER} Or enable it: {enable}.")
        )
    elif found.state != AVAILABLE:
        objections.append(Objection(f"{label} is {found.state}", "Wait until it is available, or pin another version."))
    if found.deprecated_at(stack.clock.now()):
        objections.append(Objection(f"{label} is deprecated since {found.deprecated}", _ANOTHER))
    objections += [Objection(each.text, each.fix) for each in _contradictions(stack, name, found, version)]
    if found.architecture is not None:
        for service, wanted in stack.architectures(name).items():
            if wanted != found.architecture:
                objections.append(
                    Objection(
                        f"{label} is built for {found.architecture}, and the servers of {service} are {wanted}",
                        f"Pin an image for {wanted}, or choose an instance type for {found.architecture}.",
                    )
                )
    return objections


def _contradictions(stack: PinnedStack, name: str, found: FoundVersion, version: str) -> Iterator[Doubt]:
    """What says that an image is not the version that it is to be; one that says nothing is accepted here."""
    known = stack.entries(name)
    yield from _in_catalogue(stack, name, found, version, known)
    yield from find_other_source(stack, name, found, version)
    if (claim := claim_of(stack, name, found, version, known.get(version), required=False)) is not None:
        yield from doubts_of(stack, claim)


def _in_catalogue(
    stack: PinnedStack, name: str, found: FoundVersion, version: str, known: Mapping[str, CatalogueEntry]
) -> Iterator[Doubt]:
    """That the catalogue has another image as that version, or that image as another version."""
    where = f"the catalogue of account {stack.finder.account()}, {stack.finder.region()}"
    entry = known.get(version)
    if entry is not None and entry.identity != found.id:
        if stack.revocation(name, version, entry.identity) is None:
            fix = f"Pin {entry.identity}, or bake this one under a version of its own."
        else:
            fix = "Bake this one under a version of its own."
        yield Doubt(
            f"{where} has {entry.identity} as {name} {version}: expected {found.id}",
            fix,
        )
    if found.kind is ImageKind.CONTAINER and entry is None:
        yield from _called_otherwise(stack, name, found, version, known)
    if entry is not None and is_unfinished(stack, found, entry):
        yield Doubt(
            f"{entry.identity} is {name} {entry.version} in the catalogue and has no tag of a version, so no server "
            "would start from it: what noted it was stopped",
            f"Finish it: {how_to_finish(stack, name, entry)}. Where that is refused, bake a new version.",
        )
    # one container image may have several tags
    others = known.items() if entry is None and found.kind is ImageKind.MACHINE else ()
    if other := sorted(each for each, it in others if it.identity == found.id):
        yield Doubt(
            f"{where} has {found.id} as {name} {', '.join(other)}: expected {version}",
            "Pin it as the version that it is.",
        )


def _called_otherwise(
    stack: PinnedStack, name: str, found: FoundVersion, version: str, known: Mapping[str, CatalogueEntry]
) -> Iterator[Doubt]:
    """That a container image has versions, and not this one; one that nobody has called anything is what it is."""
    repository = repository_of(stack, name)
    noted = {each for each, it in known.items() if it.identity == found.id}
    called = noted.union(stack.finder.labels_of(repository, found.id))
    if called and version not in called:
        listed = ", ".join(sorted(called))
        yield Doubt(
            f"{found.id} is {name} {listed} by its tags and the catalogue, and nothing there calls it {version}",
            f"Use a version that it has, or give it the tag {version} in {repository}. Where a release record says so, "
            "somebody has written it by hand: `pulumi up --refresh` brings it back.",
        )


def claim_of(
    stack: PinnedStack,
    name: str,
    found: FoundVersion,
    version: str,
    entry: CatalogueEntry | None,
    *,
    required: bool,
    baked_by: Sequence[str] = (),
) -> MachineClaim | None:
    """A machine image as what it is to be; None for a container image, which is its digest.

    Args:
        stack: the stack.
        name: the pin.
        found: the image.
        version: the version.
        entry: what the catalogue has as that version.
        required: whether it must prove it.
        baked_by: accounts whose watermarks are believed, too. Default: none.
    """
    if found.origin is None:
        return None
    terms = ImageTerms.of(stack.settings.promotion, stack.machine_pin(name))
    return MachineClaim(
        name=name,
        version=version,
        origin=found.origin,
        catalogued=entry.identity if entry is not None else None,
        account=stack.finder.account(),
        terms=replace(terms, required=required, accounts=(*terms.accounts, *baked_by)),
    )


def doubts_of(stack: PinnedStack, claim: MachineClaim) -> list[Doubt]:
    """Why a machine image is not proven; none of them advises to take one that is revoked.

    Args:
        stack: where it is to be pinned.
        claim: the image, and what it is to be.
    """
    doubts = list(find_doubts(claim))
    if not doubts:
        return []
    sources = sources_revoked_by(claim)
    revoked = {sources[name]: str(found) for name, found in stack.verdicts.read(list(sources)).items()}
    return list(find_doubts(replace(claim, revoked=revoked))) if revoked else doubts


def forbidden(stack: PinnedStack, name: str, kind: PinKind, version: str, image_id: str) -> list[Objection]:
    """The revocation of an image, and its vetoes for the services of a pin, whatever it was forbidden as.

    Args:
        stack: the stack.
        name: the pin.
        kind: where it is.
        version: the version.
        image_id: its id, digest or reference.
    """
    found: list[Objection] = []
    if (revoked := stack.revocation(name, version, image_id)) is not None:
        found.append(Objection(f"{name} {version} is revoked{revoked.known_as}: {revoked}", _ANOTHER))
    for service, veto in sorted(stack.vetoes(name, kind, version, image_id).items()):
        vetoed = veto.called[0].partition(" ")[2] if veto.called else version
        found.append(
            Objection(
                f"{name} {version} is vetoed for {service} of {stack.title}{veto.known_as}: {veto}",
                f"If it may run again: `strata image unveto {stack.stack} {service} {vetoed}`.",
            )
        )
    return found
