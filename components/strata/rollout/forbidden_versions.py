"""Versions that a service knows of and must not run, whoever is told what to do about it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from strata.images.verdicts import describe_verdict
from strata.naming import recorded_service
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.note import Note
from strata.rollout.record import ImageRef, Release
from strata.verdict_names import verdict_names

__all__ = ["ForbiddenVersions", "read_forbidden", "read_named"]


@dataclass(frozen=True)
class ForbiddenVersions:
    """Versions that a service knows of and must not run.

    Args:
        why: by version, why it must not: as a clause, after "is".
        place: stack and service, as the command line names them.
    """

    why: Mapping[str, str] = field(default_factory=dict[str, str])
    place: str = ""

    def running(self, running: Iterable[str]) -> tuple[str, ...]:
        """What of what runs must not run, one line a version.

        Args:
            running: what runs, by name: a version first of all.
        """
        # of what proves to be several versions all are named
        called = {version.split(" ", 1)[0] for each in running for version in each.split(", ")}
        return tuple(f"{version} runs, and is {why}" for version, why in self.why.items() if version in called)

    def deviations(self, versions: Iterable[str], named: str) -> Iterator[str]:
        """That the released version must not come back, as clauses; none where it may.

        Args:
            versions: what the released image is, as a rule one.
            named: what its record calls it.
        """
        for each in versions:
            if each in self.why:
                yield f"{each}, which {'the record names' if each == named else 'runs'}, is {self.why[each]}"

    def way_on(self, *versions: str) -> str:
        """What to do instead of bringing the released version back; empty where that may come back.

        Args:
            versions: what the released image is, as a rule one.
        """
        version = next((each for each in versions if each in self.why), None)
        if version is None:
            return ""
        return (
            f"{version} must not come back: `strata rollout rollback {self.place}` goes back to a release before it, "
            "or pin another image and run `pulumi up`"
        )


def read_forbidden(driver: BaseDriver, record: str, recorded: Release | None, note: Note | None) -> ForbiddenVersions:
    """Which of the versions that a service knows of are vetoed for it or revoked, with one call.

    Args:
        driver: AWS.
        record: name of the service's release record.
        recorded: the release that is proven, as its record is to name it: by what runs.
        note: what its last gate left.
    """
    return _read(driver, record, [each.image for each in (recorded, note) if each is not None])


def read_named(
    driver: BaseDriver, record: str, recorded: Release | None, note: Note | None, versions: Iterable[str]
) -> ForbiddenVersions:
    """As `read_forbidden`, of a release whose record calls its image what that is not.

    Args:
        driver: AWS.
        record: name of the service's release record.
        recorded: the release that is proven, as its record is to name it.
        note: what its last gate left.
        versions: as which its image proves itself.
    """
    true = [] if recorded is None else [replace(recorded.image, version=each) for each in versions]
    # a gate may have noted the false name, too, after it was written
    noted = [each.image for each in (note,) if each and (not recorded or each.image.label != recorded.image.label)]
    return _read(driver, record, [*true, *noted])


def _read(driver: BaseDriver, record: str, images: Iterable[ImageRef]) -> ForbiddenVersions:
    versions = {
        name: each.version for each in images for name in verdict_names(record, each.name, each.version, each.id)
    }
    found = driver.parameters(sorted(versions)) if versions else {}
    why = {versions[name]: describe_verdict(name, value) for name, value in found.items()}
    return ForbiddenVersions(why, " ".join(recorded_service(record) or ()))
