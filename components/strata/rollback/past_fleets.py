"""What runs a service, servers or containers, as far as a way back asks about it: reading only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from strata.aws.clients import ClientFor
from strata.images.image_trust import ImageTerms
from strata.rollback.failed_rollouts import FailedRollout, NotedRollout, failed_deployments, failed_refreshes
from strata.rollout.record import ImageRef, Release, ServerRelease, TaskRelease
from strata.rollout.recorded_images import describe_other
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.machine_trust import called_machine
from strata.rollout.servers.refresh import FORWARD
from strata.rollout.servers.true_servers import true_servers
from strata.rollout.tasks.image_lookup import in_repository
from strata.rollout.tasks.released_tasks import true_tasks
from strata.rollout.tasks.task_driver import TaskDriver

__all__ = ["LaunchedRelease", "PastFleet", "PastServers", "PastTasks", "UnfinishedRollout", "fleet_of"]

Kind = TypeVar("Kind", bound=Release)

_AVAILABLE = "available"
_ACTIVE = "ACTIVE"


@dataclass(frozen=True)
class UnfinishedRollout:
    """A rollout that has not ended.

    Args:
        id: as AWS knows it.
        digest: digest of the release that it brings; None where Strata has not made that.
        image_id: the image that it brings; empty where it brings none in particular.
        forward: whether it can still be taken back, and is not on its way back already.
    """

    id: str
    digest: str | None
    image_id: str
    forward: bool


@dataclass(frozen=True)
class LaunchedRelease:
    """What a fleet launches.

    Args:
        digest: digest of the release.
        image_id: its image.
    """

    digest: str
    image_id: str


class PastFleet(Protocol):
    """What runs a service."""

    def failed(self, releases: Sequence[Release], notes: Mapping[str, NotedRollout]) -> list[FailedRollout]:
        """The rollouts that did not bring their release, newest first.

        Args:
            releases: those that were ever proven.
            notes: what gates left of their rollouts, by the ids of those.
        """
        ...

    def running(self) -> UnfinishedRollout | None:
        """The rollout that has not ended; None where none runs."""
        ...

    def launches(self) -> LaunchedRelease | None:
        """What it launches while no rollout is running, which is also what the last one has brought.

        That need not be what is recorded: a rollout goes on in AWS when its gate is gone, and may succeed.

        Returns:
            None where there is no fleet, or where it launches what Strata has not made.
        """
        ...

    def true(self, release: Kind) -> Kind:
        """The recorded release as its record is to name it, by what runs; itself where that shows no false field.

        Args:
            release: as the record names it.
        """
        ...

    def idle(self) -> str:
        """Why nothing runs now, as a clause; empty where something is wanted."""
        ...

    def unavailable(self, release: Release) -> Iterator[str]:
        """Why the image of a release cannot run here, as clauses: it is not there, or of what is run otherwise."""
        ...

    def called(self, image: ImageRef, terms: ImageTerms) -> tuple[tuple[str, ...], str]:
        """The versions that an image proves to be or is called, and what says so; nothing where nothing is known.

        Args:
            image: the image.
            terms: whose watermarks count.
        """
        ...

    def gone(self, release: Release) -> Iterator[str]:
        """What else AWS needs to run an earlier release, without a program that makes it again, and is not there."""
        ...


def fleet_of(client: ClientFor, recorded: Release) -> "PastFleet":
    """The fleet of a release.

    Args:
        client: gives the boto3 client of a service.
        recorded: what the service is proven to run.
    """
    if isinstance(recorded, TaskRelease):
        return PastTasks(TaskDriver(client), recorded)
    if isinstance(recorded, ServerRelease):
        return PastServers(Driver(client), recorded)
    raise TypeError(f"no fleet is known for a {type(recorded).__name__}")


class PastServers:
    """An Auto Scaling group.

    Args:
        driver: AWS.
        recorded: what it is proven to run.
    """

    def __init__(self, driver: Driver, recorded: ServerRelease) -> None:
        self._driver = driver
        self._recorded = recorded

    def failed(self, releases: Sequence[Release], notes: Mapping[str, NotedRollout]) -> list[FailedRollout]:
        own = [each for each in releases if isinstance(each, ServerRelease)]
        if self._driver.group(self._recorded.group) is None:
            return []
        return failed_refreshes(self._driver, self._recorded.group, own, notes)

    def running(self) -> UnfinishedRollout | None:
        if self._driver.group(self._recorded.group) is None:
            return None
        newest = next(iter(self._driver.refreshes(self._recorded.group, most=1)), None)
        if newest is None or not newest.active:
            return None
        template, version = newest.template, newest.version
        if template is None or version is None or not self._driver.has_version(template, version):
            return UnfinishedRollout(newest.id, None, "", newest.status in FORWARD)
        digest = self._driver.release_digests(template, [version], model=None).get(version)
        image = str(self._driver.template_data(template, version).get("ImageId") or "")
        return UnfinishedRollout(newest.id, digest, image, newest.status in FORWARD)

    def launches(self) -> LaunchedRelease | None:
        group = self._driver.group(self._recorded.group)
        if group is None or group.template is None:
            return None
        template, version = group.template, str(group.saved_version)
        if not version.isdigit() or not self._driver.has_version(template, version):
            return None
        digest = self._driver.release_digests(template, [version], model=None).get(version)
        image = str(self._driver.template_data(template, version).get("ImageId") or "")
        return LaunchedRelease(digest, image) if digest else None

    def true(self, release: Kind) -> Kind:
        if not isinstance(release, ServerRelease):
            return release
        return cast("Kind", true_servers(self._driver, release, self._driver.group(release.group)))

    def idle(self) -> str:
        group = self._driver.group(self._recorded.group)
        if group is None:
            return f"group {self._recorded.group} is gone"
        return "the group wants no server" if group.empty else ""

    def unavailable(self, release: Release) -> Iterator[str]:
        if not isinstance(release, ServerRelease):
            # whatever has put it into this record, EC2 has no such image to be asked for
            yield "it is a release of containers"
            return
        found = self._driver.image(release.image.id)
        if found is None:
            yield f"its image {release.image.id} is gone"
        elif found.state != _AVAILABLE:
            yield f"its image {release.image.id} is {found.state}"

    def called(self, image: ImageRef, terms: ImageTerms) -> tuple[tuple[str, ...], str]:
        return called_machine(self._driver, terms, image)

    def gone(self, release: Release) -> Iterator[str]:
        recorded = self._recorded
        if not isinstance(release, ServerRelease):
            return
        if release.group != recorded.group:
            yield f"it ran on group {release.group}, which was replaced"
        elif release.template != recorded.template:
            yield f"it was launched from template {release.template}, which was replaced"
        else:
            version = str(release.template_version)
            number = release.template_version
            digests, image = self._driver.releases(release.template, [version], model=number)
            if digests.get(version) != release.digest:
                there = self._driver.has_version(release.template, version)
                said = "launches something else than the record says" if there else "was deleted"
                yield f"version {version} of its launch template {release.template} {said}"
            else:
                yield from _other(f"version {version} of its launch template {release.template}", release, image or "")


class PastTasks:
    """A service of Amazon ECS.

    Args:
        driver: AWS.
        recorded: what it is proven to run.
    """

    def __init__(self, driver: TaskDriver, recorded: TaskRelease) -> None:
        self._driver = driver
        self._recorded = recorded

    def failed(self, releases: Sequence[Release], notes: Mapping[str, NotedRollout]) -> list[FailedRollout]:
        own = [each for each in releases if isinstance(each, TaskRelease)]
        if self._driver.service(self._recorded.service) is None:
            return []
        return failed_deployments(self._driver, self._recorded.service, own, notes)

    def running(self) -> UnfinishedRollout | None:
        if self._driver.service(self._recorded.service) is None:
            return None
        newest = next(iter(self._driver.deployments(self._recorded.service, most=1)), None)
        if newest is None or not newest.active:
            return None
        revision = self._driver.revision(newest.target) if newest.target else None
        definition = self._driver.definition(revision.task_definition) if revision else None
        if definition is None:
            return UnfinishedRollout(newest.arn, None, "", newest.forward)
        image = definition.images[0] if definition.images else ""
        return UnfinishedRollout(newest.arn, definition.digest, image, newest.forward)

    def launches(self) -> LaunchedRelease | None:
        service = self._driver.service(self._recorded.service)
        definition = self._driver.definition(service.task_definition) if service is not None else None
        if definition is None or not definition.digest or not definition.images:
            return None
        return LaunchedRelease(definition.digest, definition.images[0])

    def true(self, release: Kind) -> Kind:
        service = self._driver.service(self._recorded.service)
        if not isinstance(release, TaskRelease) or service is None:
            return release
        named, running = (self._driver.definition(each) for each in (release.task_definition, service.task_definition))
        return cast("Kind", true_tasks(release, named, running))

    def idle(self) -> str:
        service = self._driver.service(self._recorded.service)
        if service is None:
            return f"service {self._recorded.service.rpartition('/')[2]} is gone"
        return "the service wants no task" if service.empty else ""

    def unavailable(self, release: Release) -> Iterator[str]:
        if not isinstance(release, TaskRelease):
            yield "it is a release of servers"
            return
        image = in_repository(release.image.id)
        if image is None:
            # a registry that is not AWS's: nobody here may ask it
            return
        if self._driver.manifest(image) is None:
            yield f"its image {release.image.id} is not in its repository any more"

    def called(self, image: ImageRef, terms: ImageTerms) -> tuple[tuple[str, ...], str]:
        del terms
        return self._driver.called(image)

    def gone(self, release: Release) -> Iterator[str]:
        if not isinstance(release, TaskRelease):
            return
        if release.service != self._recorded.service:
            yield f"it ran on service {release.service}, which was replaced"
            return
        name = release.task_definition.rpartition("/")[2]
        found = self._driver.definition(release.task_definition)
        if found is None or found.status != _ACTIVE:
            yield f"task definition {name} was {'deregistered' if found else 'deleted'}"
        elif found.digest != release.digest:
            yield f"task definition {name} is tagged as another release"
        else:
            yield from _other(f"task definition {name}", release, *found.images)


def _other(launcher: str, release: Release, *launched: str) -> Iterator[str]:
    """That the record of a release names what is not launched: a rollout to it is refused."""
    if said := describe_other(launcher, release, launched):
        yield said
