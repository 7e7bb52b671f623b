"""What release records and the notes of gates call an image that neither a tag nor the catalogue has a name for."""

from collections.abc import Collection, Iterator, Mapping

from strata.aws.clients import ClientFor
from strata.aws.parameter_tree import read_below
from strata.aws.parameters import describe_history
from strata.naming import is_record, note_name, records_root
from strata.rollout.note import read_note
from strata.rollout.record import ImageRef, Release, readable

__all__ = ["named_in_records"]


def named_in_records(
    client: ClientFor, name: str, records: Collection[str], identities: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The versions of images by what names them: notes of gates, then records, then what records named before.

    A gate judges a name before it notes it, and a record may be written by hand: so its notes go first.

    Args:
        client: gives the boto3 client of a service.
        name: what the image is called: what goes by another name is of another image.
        records: names of the records whose earlier versions count, too: those of the stack that is looked at. Of other
            stacks, whichever project they are of, what they name now counts.
        identities: ids and digests. Without one nothing is asked.

    Returns:
        by id or digest, the one that decides first; nothing for one that no record has ever named.
    """
    if not identities:
        return {}
    found: dict[str, dict[str, None]] = {}
    for image in _named(client, records):
        if image.content in identities and image.name == name and image.version:
            found.setdefault(image.content, {})[image.version] = None
    return {identity: tuple(versions) for identity, versions in found.items()}


def _named(client: ClientFor, records: Collection[str]) -> Iterator[ImageRef]:
    values = read_below(client, records_root(), recursive=True)
    # those of the stack itself first
    every = sorted((each for each in values if is_record(each)), key=lambda each: (each not in records, each))
    yield from _noted(every, values)
    for each in every:
        yield from _images(values[each])
    for each in sorted(records):
        for version in sorted(describe_history(client, each), key=lambda it: -int(it["Version"])):
            yield from _images(str(version["Value"]))


def _noted(records: Collection[str], values: Mapping[str, str]) -> Iterator[ImageRef]:
    notes = (read_note(values.get(note_name(each))) for each in records)
    yield from (note.image for note in notes if note is not None)


def _images(value: str) -> Iterator[ImageRef]:
    """What a version of a record names; nothing where somebody has written over it."""
    release = readable(Release, value)
    yield from release.images if release is not None else ()
