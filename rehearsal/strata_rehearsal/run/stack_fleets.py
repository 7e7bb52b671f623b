"""The groups and container services of one stack, as the local AWS shows them now (pure)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from strata.rollout.servers.preferences import Preferences, ceiling, floor
from strata.rollout.tasks.deployment import (
    DeploymentConfiguration,
    configuration_from_api,
    task_ceiling,
    task_floor,
)

__all__ = ["StackFleet", "stack_fleets", "unnamed_fleets"]


@dataclass(frozen=True)
class StackFleet:
    """A group or a container service.

    Args:
        key: of its history.
        service: the service it is.
        rollouts: how each of its rollouts was to proceed, by id.
    """

    key: str
    service: str
    rollouts: Mapping[str, Preferences | DeploymentConfiguration]

    def bounds(self, rollout: str, desired: int) -> tuple[int, int]:
        """Floor and ceiling of a rollout.

        Args:
            rollout: its id.
            desired: how many servers or tasks were wanted.
        """
        rules = self.rollouts[rollout]
        if isinstance(rules, Preferences):
            return floor(desired, rules), ceiling(desired, rules)
        return task_floor(desired, rules), task_ceiling(desired, rules)


def stack_fleets(state: Mapping[str, Any], stack: str, services: Mapping[str, object]) -> dict[str, StackFleet]:
    """What a stack has, without what is being deleted, by the key of its history.

    Args:
        state: what the local AWS shows.
        stack: name of the stack.
        services: by name, those that count.
    """
    return {each.key: each for each in _fleets(state, stack) if each.service in services}


def unnamed_fleets(state: Mapping[str, Any], stack: str, named: Collection[str]) -> list[StackFleet]:
    """What a stack still has of services that it does not name any more, as after a new name whose run has failed.

    Args:
        state: what the local AWS shows.
        stack: name of the stack.
        named: the services and the maintained fleets that it names.
    """
    return [each for each in _fleets(state, stack) if each.service not in named]


def _fleets(state: Mapping[str, Any], stack: str) -> Iterator[StackFleet]:
    yield from _groups(state, stack)
    yield from _container_services(state, stack)


def _groups(state: Mapping[str, Any], stack: str) -> Iterator[StackFleet]:
    for group in state["groups"]:
        if _counts(group, stack):
            refreshes = group["refreshes"]
            rules = {each["InstanceRefreshId"]: Preferences.from_api(each["Preferences"]) for each in refreshes}
            yield StackFleet(group["name"], group["service"], rules)


def _container_services(state: Mapping[str, Any], stack: str) -> Iterator[StackFleet]:
    for service in state["services"]:
        if _counts(service, stack):
            rules = {
                each["serviceDeploymentArn"].rpartition("/")[2]: configuration_from_api(each["deploymentConfiguration"])
                for each in service["deployments"]
            }
            yield StackFleet(f"{service['cluster']}/{service['name']}", service["service"], rules)


def _counts(found: Mapping[str, Any], stack: str) -> bool:
    return not found["deleting"] and found["tags"].get("strata:stack") == stack
