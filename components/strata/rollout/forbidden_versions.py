"""Versions that a service knows of and must not run, whoever is told what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from strata.images.verdicts import describe_verdict
from strata.naming import recorded_service
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.note import Note
from strata.rollout.record import Release
from strata.verdict_names import verdict_names

__all__ = ["ForbiddenVersions", "read_forbidden"]


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
        called = {each.split(" ", 1)[0] for each in running}
        return tuple(f"{version} runs, and is {why}" for version, why in self.why.items() if version in called)

    def deviation(self, version: str) -> str:
        """That the recorded version must not come back; empty where it may."""
        return f"{version}, which the record names, is {self.why[version]}" if version in self.why else ""

    def way_on(self, version: str) -> str:
        """What to do instead of bringing the recorded version back; empty where that may come back."""
        if version not in self.why:
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
        recorded: the release that is proven.
        note: what its last gate left.
    """
    images = [each.image for each in (recorded, note) if each is not None]
    versions = {
        name: each.version for each in images for name in verdict_names(record, each.name, each.version, each.id)
    }
    found = driver.parameters(sorted(versions)) if versions else {}
    why = {versions[name]: describe_verdict(name, value) for name, value in found.items()}
    return ForbiddenVersions(why, " ".join(recorded_service(record) or ()))
