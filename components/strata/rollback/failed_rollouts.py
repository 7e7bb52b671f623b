"""The rollouts of a service that did not bring their release, as far back as AWS keeps them.

AWS says when, how long and why, and not who asked: that is whoever wrote the first note of the rollout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from strata.durations import duration_text
from strata.rollout.note import Note
from strata.rollout.record import Release, ServerRelease, TaskRelease
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.views import RefreshView
from strata.rollout.tasks.image_lookup import digest_of
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_views import DeploymentView

__all__ = ["KEPT_FOR", "KEPT_SPAN", "FailedRollout", "NotedRollout", "failed_deployments", "failed_refreshes"]

KEPT_FOR: Final[Mapping[type[Release], str]] = {ServerRelease: "six weeks", TaskRelease: "ninety days"}
"""How long AWS keeps the rollouts of a kind of release, in words."""

KEPT_SPAN: Final[Mapping[type[Release], timedelta]] = {
    ServerRelease: timedelta(weeks=6),
    TaskRelease: timedelta(days=90),
}
"""The same (DescribeInstanceRefreshes, ListServiceDeployments)."""


@dataclass(frozen=True)
class FailedRollout:
    """A rollout that ended without its release.

    Args:
        id: as AWS knows it.
        target: what it was to bring, in words; empty where it was to bring nothing in particular.
        status: how it ended, in AWS's words.
        reason: why, in the words of its gate, else in AWS's; empty where neither gave any.
        started: when it began.
        ended: when it ended.
        by: ARN of who started it; empty where its gate left no note, or AWS keeps it no more.
        same_release: whether it was to bring no other release, as what a schedule starts. Default: it was to bring one.
    """

    id: str
    target: str
    status: str
    reason: str
    started: datetime | None
    ended: datetime | None
    by: str = ""
    same_release: bool = False

    @property
    def seconds(self) -> float | None:
        """How long it took; None where AWS does not say."""
        return (self.ended - self.started).total_seconds() if self.started and self.ended else None

    @property
    def took(self) -> str:
        """How long it took, for people; empty where AWS does not say."""
        return duration_text(self.seconds) if self.seconds is not None else ""

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout history` has it."""
        return {
            "id": self.id,
            "target": self.target or None,
            "same_release": self.same_release,
            "status": self.status,
            "reason": self.reason,
            "started": self.started.isoformat() if self.started else None,
            "ended": self.ended.isoformat() if self.ended else None,
            "seconds": self.seconds,
            "by": self.by or None,
        }


@dataclass(frozen=True)
class NotedRollout:
    """What is noted of a rollout.

    Args:
        note: the last note of it; None where there is none.
        by: ARN of who wrote the first one that has its id; empty where nobody knows.
    """

    note: Note | None = None
    by: str = ""

    @property
    def target(self) -> str:
        """The version that it was to bring; empty where that is not noted."""
        return self.note.image.version if self.note is not None else ""

    @property
    def reason(self) -> str:
        """Why it ended; empty where that is not noted."""
        return self.note.reason if self.note is not None else ""


_UNNOTED: Final = NotedRollout()


def failed_refreshes(
    driver: Driver, group: str, releases: Sequence[ServerRelease], notes: Mapping[str, NotedRollout]
) -> list[FailedRollout]:
    """The instance refreshes of a group that did not succeed, newest first.

    Args:
        driver: AWS.
        group: name of the group.
        releases: those that were ever proven, by which a target gets its name.
        notes: what gates left of their rollouts, by the ids of those.
    """
    failed = [each for each in driver.every_refresh(group) if not each.active and each.status is not Status.SUCCESSFUL]
    names = _ServerNames(driver, releases)
    return [
        FailedRollout(
            id=each.id,
            target=noted.target or names.of(each),
            status=each.status,
            reason=noted.reason or each.reason,
            started=each.started,
            ended=each.ended,
            by=noted.by,
            same_release=each.version is None,
        )
        for each in failed
        for noted in (notes.get(each.id, _UNNOTED),)
    ]


class _ServerNames:
    """What template versions launch, in words; each is asked for once."""

    def __init__(self, driver: Driver, releases: Sequence[ServerRelease]) -> None:
        self._driver = driver
        self._images = {each.image.id: each.image.version for each in releases}
        self._found: dict[tuple[str, str], str] = {}

    def of(self, refresh: RefreshView) -> str:
        if refresh.template is None or refresh.version is None:
            return ""
        key = (refresh.template, refresh.version)
        if key not in self._found:
            self._found[key] = self._version(*key) or f"template version {refresh.version}"
        return self._found[key]

    def _version(self, template: str, version: str) -> str:
        if not self._driver.has_version(template, version):
            return ""
        image_id = str(self._driver.template_data(template, version).get("ImageId") or "")
        if image_id not in self._images:
            found = self._driver.image(image_id) if image_id else None
            self._images[image_id] = found.version if found else ""
        return self._images[image_id]


def failed_deployments(
    driver: TaskDriver, service: str, releases: Sequence[TaskRelease], notes: Mapping[str, NotedRollout]
) -> list[FailedRollout]:
    """The service deployments that did not succeed, newest first.

    One that AWS calls successful and whose tasks did not last has failed for its gate.

    Args:
        driver: AWS.
        service: ARN of the service.
        releases: those that were ever proven, by which a target gets its name.
        notes: what gates left of their rollouts, by the ids of those.
    """
    images = {digest_of(each.image.id): each.image.version for each in releases}
    failed = [each for each in driver.every_deployment(service) if not each.active and not each.succeeded]
    return [
        FailedRollout(
            id=each.name,
            target=noted.target or _deployed(driver, each, images),
            status=each.status,
            reason=noted.reason or each.reason,
            started=each.started,
            ended=each.ended,
            by=noted.by,
        )
        for each in failed
        for noted in (notes.get(each.arn, _UNNOTED),)
    ]


def _deployed(driver: TaskDriver, deployment: DeploymentView, images: dict[str | None, str]) -> str:
    """What a deployment was to bring: a version, or the task definition where no image of it has one."""
    revision = driver.revision(deployment.target) if deployment.target else None
    if revision is None or not revision.task_definition:
        return ""
    definition = driver.definition(revision.task_definition)
    reference = definition.images[0] if definition is not None and definition.images else ""
    tag = reference.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return images.get(digest_of(reference)) or tag or f"task definition {revision.task_definition.rpartition('/')[2]}"
