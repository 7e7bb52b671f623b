"""What the parameters below `/strata/` of an account and region say is needed: by records, ways back and vetoes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.parameter_tree import read_below
from strata.clock import Clock
from strata.errors import RefusedError
from strata.images.verdicts import VerdictStore, read_verdict
from strata.naming import is_record, records_root, version_in
from strata.pruning.keep_reasons import Claim, KeepReason, KeepWhy
from strata.rollback.past_releases import RecordHistory, read_history
from strata.rollback.record_store import RecordStore
from strata.rollout.record import ImageRef, proven
from strata.rollout.tasks.image_lookup import digest_of
from strata.verdict_names import record_of_verdict, revocation_names, verdict_image

__all__ = ["recorded_needs"]

_IDENTITIES: Final = ("ami-", "sha256:")
"""How ids and digests begin."""


def recorded_needs(client: ClientFor, clock: Clock, *, ways_back: int, place: str = "") -> Iterator[Claim]:
    """The needs, whichever project the parameters belong to.

    Args:
        client: gives the boto3 client of a service of that account and region.
        clock: time.
        ways_back: how many earlier releases of each service it must be able to go back to.
        place: what follows the name of a record; empty for the account and region that was asked about.

    Raises:
        RefusedError: a record cannot be read, so nobody knows what it names.
    """
    parameters = read_below(client, records_root(), recursive=True)
    vetoes = _vetoes(parameters)
    records = {name: value for name, value in parameters.items() if is_record(name)}
    called: dict[str, set[str]] = {}
    for record, value in records.items():
        current = _current(record, value, place)
        for image in current:
            called.setdefault(record, set()).add(image.name)
            yield _claim(image, KeepWhy.RECORDED, f"the record {record} names it{place}")
        history = _history(client, clock, record, vetoes.get(record, {}))
        for each in history.releases:
            called.setdefault(record, set()).update(image.name for image in each.release.images)
        yield from _ways_back(history, record, ways_back, place)
    for record, versions in vetoes.items():
        for version, text in versions.items():
            reason = KeepReason(KeepWhy.VETOED, f"it is vetoed, {record.rpartition('/')[0]}{place}: {text}")
            if version.startswith(_IDENTITIES):
                yield Claim(reason, identity=version)
                continue
            # a service without a record may run any image
            for name in sorted(called.get(record, {""})):
                yield Claim(reason, version=version, name=name)


def _vetoes(parameters: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Why versions and images are vetoed, by the record of the service and the version, id or digest."""
    found: dict[str, dict[str, str]] = {}
    for name, value in parameters.items():
        record = record_of_verdict(name)
        if record is not None:
            found.setdefault(record, {})[verdict_image(name) or version_in(name)] = str(read_verdict(value))
    return found


def _current(record: str, value: str, place: str) -> tuple[ImageRef, ...]:
    try:
        release = proven(value)
    except ValueError as error:
        raise RefusedError(
            f"parameter {record}{place} is {error}, so which images it names is not known, and none can be called "
            "unneeded",
            fix="Run `pulumi up --refresh` in its stack: it compares the record with AWS and writes it again. Nothing "
            "was removed.",
        ) from error
    return release.images if release is not None else ()


def _history(client: ClientFor, clock: Clock, record: str, vetoed: Mapping[str, Any]) -> RecordHistory:
    history = read_history(RecordStore(client, clock, record).versions())
    images = {image for each in history.releases for image in each.release.images}
    store = VerdictStore(client, clock)
    revoked = store.read({name for each in images for name in revocation_names(each.name, each.version, each.id)})
    return history.judged({version: read_verdict(text) for version, text in vetoed.items()}, revoked)


def _ways_back(history: RecordHistory, record: str, most: int, place: str) -> Iterator[Claim]:
    """The newest earlier releases that a rollback could take: of other digests, and not forbidden."""
    seen = {history.current.release.digest} if history.current is not None else set[str]()
    for each in history.releases:
        if each.current or each.forbidden is not None or each.release.digest in seen:
            continue
        if len(seen) - (history.current is not None) >= most:
            return
        seen.add(each.release.digest)
        for image in each.release.images:
            yield _claim(image, KeepWhy.ROLLBACK, f"{record}{place} could go back to it, as {each.version}")


def _claim(image: ImageRef, why: KeepWhy, text: str) -> Claim:
    return Claim(KeepReason(why, text), identity=digest_of(image.id) or image.id)
