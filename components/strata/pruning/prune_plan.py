"""Which images of a stack nobody needs, and why each of the others stays."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from strata.clock import age_seconds
from strata.durations import duration_text
from strata.promotion.named_in_records import named_in_records
from strata.promotion.pinned_stack import PinnedStack
from strata.pruning.keep_reasons import Claim, KeepReason, KeepWhy, claims_on
from strata.pruning.project_places import ProjectPlace, certainly, pins_of, places_of, stacks_of
from strata.pruning.recorded_needs import recorded_needs
from strata.pruning.repository_policy import accounts_allowed
from strata.pruning.running_needs import container_needs, machine_needs, references_to
from strata.pruning.stock import Stock, stock_of
from strata.pruning.stored_images import StoredImage, StoredKind
from strata.verdict_names import revocation_names, revoked_image_name

__all__ = ["PrunePlan", "PruneRow", "PruneTerms", "plan_prune"]


@dataclass(frozen=True)
class PruneTerms:
    """What stays whoever needs it.

    Args:
        min_age_seconds: what is younger.
        ways_back: how many earlier releases of each service, besides those that are forbidden.
    """

    min_age_seconds: float
    ways_back: int


@dataclass(frozen=True)
class PruneRow:
    """Something that is stored.

    Args:
        stored: what it is.
        age_seconds: since it was made; None where nothing says it.
        catalogued: the versions under which the catalogue has it.
        revoked: why it is revoked; None where it is not.
        kept: why it stays; empty where nobody needs it.
    """

    stored: StoredImage
    age_seconds: float | None
    catalogued: tuple[str, ...] = ()
    revoked: str | None = None
    kept: tuple[KeepReason, ...] = ()

    @property
    def unneeded(self) -> bool:
        """Whether nobody needs it."""
        return not self.kept

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata image prune` has it."""
        stored = self.stored
        return {
            "image_name": stored.name,
            "kind": stored.kind.value,
            "version": stored.version or None,
            "image_id": stored.identity,
            "made": stored.made,
            "age_seconds": self.age_seconds,
            "snapshots": list(stored.snapshots),
            "catalogued": bool(self.catalogued),
            "revoked": self.revoked,
            "unneeded": self.unneeded,
            "kept": [each.document() for each in self.kept],
        }


@dataclass(frozen=True)
class PrunePlan:
    """All that is stored of the images of a stack.

    Args:
        stack: the stack.
        account: where.
        region: where.
        terms: what stays whoever needs it.
        rows: what is stored, by pin, the newest first.
        notes: what could not be looked at, so that nothing of it is removed, as sentences.
    """

    stack: PinnedStack
    account: str
    region: str
    terms: PruneTerms
    rows: tuple[PruneRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def unneeded(self) -> tuple[PruneRow, ...]:
        """What nobody needs."""
        return tuple(each for each in self.rows if each.unneeded)


def plan_prune(stack: PinnedStack, name: str | None, terms: PruneTerms, *, local: bool) -> PrunePlan:
    """Look at everything that is stored, and at everything that may need it; changes nothing.

    Args:
        stack: the stack.
        name: one pin. Default: all of the stack.
        terms: what stays whoever needs it.
        local: use the local AWS of the last rehearsal.

    Raises:
        RefusedError: it cannot be known who needs what.
        UsageError: there is no such pin.
    """
    names = sorted(stack.pins) if name is None else [name]
    kinds = {each: stack.kind(each) for each in names}
    stacks = stacks_of(stack, local=local)
    places = places_of(stacks)
    notes: list[str] = []
    stocks = [stock_of(stack, stacks, each, kind, notes) for each, kind in kinds.items()]
    claims = [claim for each in stacks for claim in pins_of(each)]
    claims += _claims(places, terms, [image for stock in stocks for image in stock.stored])
    rows = [row for stock in stocks for row in _rows(stack, stock, claims, terms)]
    rows = _together(_one_verdict(rows))
    rows = _last_questions(places, rows)
    return PrunePlan(stack, places[0].account, places[0].region, terms, tuple(rows), tuple(notes))


def _claims(places: Sequence[ProjectPlace], terms: PruneTerms, stored: Sequence[StoredImage]) -> list[Claim]:
    """What is needed in all accounts and regions of the project."""
    machines = {each.identity for each in stored if each.identity.startswith("ami-")}
    digests = {each.identity for each in stored if each.identity.startswith("sha256:")}
    here = places[0]
    found: list[Claim] = []
    for place in places:

        def ask(place: ProjectPlace = place) -> list[Claim]:
            clients, clock = place.stack.clients, place.stack.clock
            claims = list(recorded_needs(clients, clock, ways_back=terms.ways_back, place=place.label))
            # an image has another id in another region
            if place.region == here.region:
                claims += machine_needs(clients, machines, place=place.label)
            return [*claims, *container_needs(clients, digests, place=place.label)]

        found += ask() if place.own else certainly(f"account {place.account} needs in {place.region}", ask)
    return found


def _rows(stack: PinnedStack, stock: Stock, claims: Sequence[Claim], terms: PruneTerms) -> list[PruneRow]:
    name = stock.names[0]
    stored = _named(stack, stock)
    revoked = stack.verdicts.read({key for each in stored for key in _revocations(name, each, each.versions)})
    now = stack.clock.now()
    rows: list[PruneRow] = []
    for each in stored:
        noted = stock.noted(each.identity)
        versions = tuple(dict.fromkeys((*each.versions, *noted)))
        image = replace(each, versions=versions)
        verdicts = [revoked[key] for key in _revocations(name, each, versions) if key in revoked]
        age = age_seconds(image.made, now)
        kept = (*claims_on(claims, image.identity, versions, stock.names), *_of_itself(image, age, now, terms))
        rows.append(PruneRow(image, age, noted, str(verdicts[0]) if verdicts else None, kept))
    return sorted(rows, key=lambda row: row.stored.made or "", reverse=True)


def _named(stack: PinnedStack, stock: Stock) -> list[StoredImage]:
    """What is stored, where an image that nothing else has a name for is called what a release of it was."""
    name = stock.names[0]
    nameless = {each.identity for each in stock.stored if not each.versions and not stock.noted(each.identity)}
    records = {stack.record(each) for each in stack.users_of(name)}
    called = named_in_records(stack.clients, name, records, nameless)
    return [replace(each, versions=each.versions or called.get(each.identity, ())) for each in stock.stored]


def _revocations(name: str, image: StoredImage, versions: Sequence[str]) -> list[str]:
    """The parameters that would revoke it, by a version or by what it is."""
    of_versions = [key for version in versions for key in revocation_names(name, version, "")]
    of_image = revoked_image_name(image.identity)
    return [*of_versions, *([of_image] if of_image is not None else [])]


def _of_itself(image: StoredImage, age: float | None, now: float, terms: PruneTerms) -> Iterator[KeepReason]:
    """What an image says about itself."""
    if not image.finished:
        yield KeepReason(KeepWhy.UNFINISHED, "it is being made")
    if image.owner:
        yield KeepReason(KeepWhy.FOREIGN, f"the image of this entry is there, and belongs to account {image.owner}")
    if image.protection.until is not None:
        yield KeepReason(KeepWhy.PROTECTED, f"AWS refuses to deregister it until {image.protection.until}")
    if image.protection.on and not image.protection.marked:
        yield KeepReason(
            KeepWhy.PROTECTED,
            "somebody has protected it from being deregistered: `aws ec2 disable-image-deregistration-protection "
            f"--image-id {image.identity}`",
        )
    least = duration_text(terms.min_age_seconds)
    if age is None:
        yield KeepReason(KeepWhy.YOUNG, "nothing says how old it is")
    elif age < terms.min_age_seconds:
        yield KeepReason(KeepWhy.YOUNG, f"it is younger than {least}")
    used = age_seconds(image.used, now)
    if used is not None and used < terms.min_age_seconds:
        what = "pulled" if image.kind is StoredKind.CONTAINER else "launched"
        yield KeepReason(KeepWhy.USED_LATELY, f"it was last {what} at {image.used}, less than {least} ago")


def _one_verdict(rows: Sequence[PruneRow]) -> list[PruneRow]:
    """What two pins name stays if it stays as one of them."""
    kept: dict[str, dict[KeepReason, None]] = {}
    for row in rows:
        kept.setdefault(row.stored.identity, {}).update(dict.fromkeys(row.kept))
    return [replace(row, kept=tuple(kept[row.stored.identity])) for row in rows]


def _together(rows: Sequence[PruneRow]) -> list[PruneRow]:
    """An index stays with its parts and its parts with it, and what is about an image as long as that."""
    found = {row.stored.identity: row for row in rows if row.stored.kind is StoredKind.CONTAINER}
    wholes: dict[str, list[str]] = {}
    for row in found.values():
        for part in row.stored.parts:
            wholes.setdefault(part, []).append(row.stored.identity)
    changed = True
    while changed:
        changed = False
        for row in list(found.values()):
            needed = _kept_with(row, wholes.get(row.stored.identity, ()), found)
            if row.unneeded and needed is not None:
                found[row.stored.identity] = replace(row, kept=(needed,))
                changed = True
    return [replace(row, kept=found.get(row.stored.identity, row).kept) for row in rows]


def _kept_with(row: PruneRow, wholes: Sequence[str], found: Mapping[str, PruneRow]) -> KeepReason | None:
    image = row.stored

    def stays(digest: str | None) -> bool:
        return digest is not None and digest in found and not found[digest].unneeded

    for whole in wholes:
        if stays(whole):
            return KeepReason(KeepWhy.PART, f"it is part of {whole}, which stays")
    for part in image.parts:
        if stays(part):
            return KeepReason(KeepWhy.PART, f"its part {part} stays")
    if stays(image.about):
        return KeepReason(KeepWhy.PART, f"it is about {image.about}, which stays")
    return None


def _last_questions(places: Sequence[ProjectPlace], rows: Sequence[PruneRow]) -> list[PruneRow]:
    """What is asked only of what nobody seems to need."""
    client = places[0].stack.clients
    free = {row.stored.identity for row in rows if row.unneeded and row.stored.kind is StoredKind.MACHINE}
    references = list(references_to(client, free))
    finder, known = places[0].stack.finder, {each.account for each in places}
    policies: dict[str, tuple[str, ...]] = {}

    def ask(row: PruneRow) -> Iterable[KeepReason]:
        image = row.stored
        if not row.unneeded:
            return row.kept
        if image.kind is StoredKind.MACHINE:
            shared = finder.shared_with(image.identity)
            reasons = list(claims_on(references, image.identity, (), ()))
            return [*reasons, *([_shared(shared)] if shared else [])]
        if image.kind is StoredKind.CONTAINER:
            if image.repository not in policies:
                policies[image.repository] = accounts_allowed(client, image.repository, but=known)
            others = policies[image.repository]
            return [_shared(others)] if others else []
        return []

    return [replace(row, kept=tuple(ask(row))) for row in rows]


def _shared(accounts: Sequence[str]) -> KeepReason:
    return KeepReason(KeepWhy.SHARED, f"it is shared with {', '.join(accounts)}, and nobody sees from here who uses it")
