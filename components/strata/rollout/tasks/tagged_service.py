"""The service of Amazon ECS that has the tags of a service, and what it runs, in words, where no record names it."""

from collections.abc import Mapping

from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.unrecorded import launching

__all__ = ["describe_tagged_service"]


def describe_tagged_service(driver: TaskDriver, tags: Mapping[str, str]) -> str:
    """A service of Amazon ECS and what it runs, as a clause; empty where none has the tags.

    Args:
        driver: AWS.
        tags: of a service.
    """
    found = driver.service_tagged(tags)
    if found is None:
        return ""
    definition = driver.definition(found.task_definition)
    image = definition.images[0] if definition is not None and definition.images else ""
    return launching(f"service {found.name} has {found.running} running tasks", image)
