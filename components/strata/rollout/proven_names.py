"""What the image that a record names proves to be, where the record calls it what no gate has called it.

Whoever writes over a record may leave everything as it is but the version: what runs is then the release, and its name
is not. A gate judges a name before it records it, and its note has it: where the two agree, nothing is asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from strata.images.catalogue import read_entry
from strata.naming import catalogue_name
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.denials import is_denied
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef, Release

__all__ = ["BY_NOTE", "RECORD_AGAIN", "ProvenName", "find_renamed", "is_doubted", "note_of"]

BY_NOTE = "by the note of its last gate"
"""What says so where nothing else does."""

RECORD_AGAIN = "to have the record name what runs: `pulumi up --refresh` writes it again, for what is pinned"
"""What brings the name of a release back, of which everything else is as the record says."""


@dataclass(frozen=True)
class ProvenName:
    """What an image is, where its record calls it something else.

    Args:
        versions: as which it proves itself.
        by: what says so, as it follows them.
        recorded: the image as the record names it.
    """

    versions: tuple[str, ...]
    by: str
    recorded: ImageRef

    def __str__(self) -> str:
        """The versions, as one text."""
        return ", ".join(self.versions)

    @property
    def deviation(self) -> str:
        """That the record calls it something else, as a clause."""
        image = self.recorded
        return f"the record calls {image.content} {image.label}, and {self.by} it is {image.name} {self}"

    def named(self, running: Mapping[str, int]) -> Mapping[str, int]:
        """What runs, by what it proves to be.

        Args:
            running: the same by what the record calls it.
        """
        found: dict[str, int] = {}
        for what, count in running.items():
            version, _, more = what.partition(" ")
            name = f"{self} {more}".rstrip() if version == self.recorded.version else what
            found[name] = found.get(name, 0) + count
        return found


def note_of(release: Release, note: Note | None) -> Note | None:
    """The note of the last gate, if it is about that very release and image, whatever it calls them."""
    if note is None or (note.digest, note.image.content) != (release.digest, release.image.content):
        return None
    return note


def is_doubted(recorded: Release | None, note: Note | None, tagged: str) -> bool:
    """Whether the last gate, or where none has noted the same the tag of the image, calls it what the record does not.

    Args:
        recorded: the release that is proven.
        note: what the last gate left.
        tagged: the version by the image's tag; empty where it has none.
    """
    if recorded is None:
        return False
    if (noted := note_of(recorded, note)) is not None:
        return noted.image.label != recorded.image.label
    return tagged not in {"", recorded.image.version}


def find_renamed(
    driver: BaseDriver,
    recorded: Release | None,
    note: Note | None,
    called: Callable[[ImageRef], tuple[tuple[str, ...], str]],
    deny: Callable[[Exception], None] = lambda _error: None,
) -> ProvenName | None:
    """What the recorded image is, where something says so and nothing says that it is what the record calls it.

    Args:
        driver: AWS, which is asked only where no gate has left a note of the same.
        recorded: the release that is proven.
        note: what the last gate left.
        called: gives the versions that an image proves to be or is called, and what says so; nothing for one of which
            nothing is known.
        deny: called with why nobody may know. Default: that is passed over.
    """
    image = recorded.image if recorded is not None else None
    if image is None or not image.version or recorded is None:
        return None
    same = note_of(recorded, note)
    if same is not None and same.image.label == image.label:
        return None
    try:
        noted = _catalogued(driver, image, image.version if same is None else same.image.version)
        if image.version in noted:
            return None
        versions, by = called(image)
    except Exception as error:
        if not is_denied(error):
            raise
        # nobody knows, and whoever looks need not be told so of every service
        deny(error)
        return None
    if not (versions or noted) and same is not None and _names(same, image):
        # of an image that nobody has catalogued or tagged, the gate that has proven it is the only witness
        versions, by = (same.image.version,), BY_NOTE
    if image.version in versions or not (versions or noted):
        return None
    return ProvenName(versions, by, image) if versions else ProvenName(noted, "in the catalogue", image)


def _names(note: Note, image: ImageRef) -> bool:
    """Whether a note says what an image is: its gate has proven it."""
    return note.phase is Phase.SUCCEEDED and note.image.name == image.name and bool(note.image.version)


def _catalogued(driver: BaseDriver, image: ImageRef, other: str) -> tuple[str, ...]:
    """Which of two versions the catalogue has the image as."""
    names = {catalogue_name(image.name, each): each for each in (image.version, other)}
    found: list[str] = []
    for name, value in driver.parameters(sorted(names)).items():
        try:
            if read_entry(value).identity == image.content:
                found.append(names[name])
        except ValueError:
            # what is no entry says nothing
            continue
    return tuple(sorted(found))
