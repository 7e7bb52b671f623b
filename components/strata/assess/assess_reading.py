"""Reads what an assessment judges; what AWS does not answer is kept beside what it does."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from strata.assess.assess_driver import AssessDriver
from strata.assess.assessed_group import AssessedGroup, AssessedLaunch, LaunchSource
from strata.drift.drift_finding import UnreadPart
from strata.drift.noted_answers import NotedAnswers

__all__ = ["EVERY_GROUP", "AssessReading"]

T = TypeVar("T")

EVERY_GROUP: Final = ""
"""In the place of a group's name: all that were looked at."""


class AssessReading:
    """One look at groups.

    Args:
        driver: AWS.
    """

    def __init__(self, driver: AssessDriver) -> None:
        self._driver = driver
        self._answers = NotedAnswers()

    @property
    def unread(self) -> tuple[UnreadPart, ...]:
        """What could not be read; its `service` is the name of a group."""
        return tuple(self._answers.unread)

    def look(self, groups: Sequence[AssessedGroup]) -> list[AssessedGroup]:
        """Groups with what they launch, their servers, and what those have.

        Args:
            groups: as Auto Scaling describes them.
        """
        configured = self._configurations(groups)
        found = [replace(each, launches=self._launches(each, configured)) for each in groups]
        members = {server for each in found for server in each.members}
        servers = self._asked("servers as EC2 describes them", members, self._driver.servers)
        found = [
            replace(
                each,
                servers=None
                if servers is None
                else tuple(servers[one] for one in sorted(each.members) if one in servers),
            )
            for each in found
        ]
        walls = {one for each in found for one in each.security_groups}
        opened = self._asked("ways in of security groups", walls, self._driver.opened)
        elastic = self._asked("elastic addresses", members, self._driver.elastic)
        kinds = {one for each in found for one in each.instance_types}
        stores = self._asked("disks of instance types", kinds, self._driver.stores)
        return [
            replace(each, opened=None if opened is None else tuple(opened), elastic=elastic, stores=stores)
            for each in found
        ]

    def _asked(self, what: str, about: Collection[str], ask: Callable[[Collection[str]], T]) -> T | None:
        return self._answers.read(EVERY_GROUP, what, lambda: ask(about))

    def _configurations(self, groups: Sequence[AssessedGroup]) -> dict[LaunchSource, AssessedLaunch]:
        sources = {source for each in groups for source in each.sources if source.template is None}
        if not sources:
            return {}
        ask = self._driver.configurations
        found = self._answers.read(EVERY_GROUP, "launch configurations", lambda: ask(sources)) or []
        return {each.source: each for each in found}

    def _launches(
        self, group: AssessedGroup, configured: dict[LaunchSource, AssessedLaunch]
    ) -> tuple[AssessedLaunch, ...]:
        found: list[AssessedLaunch] = []
        for source in group.sources:
            if source.template is None:
                launch = configured.get(source)
            else:
                launch = self._answers.read(group.name, str(source), lambda source=source: self._driver.launch(source))
            if launch is not None:
                found.append(launch)
        return tuple(found)
