"""The group that has the tags of a service, and what it runs, in words: by these it is found without a record."""

from collections.abc import Mapping

from strata.rollout.servers.driver import Driver
from strata.rollout.unrecorded import launching

__all__ = ["describe_tagged_group"]


def describe_tagged_group(driver: Driver, tags: Mapping[str, str]) -> str:
    """A group and what it runs, as a clause; empty where no group has the tags.

    Args:
        driver: AWS.
        tags: of a service.
    """
    group = next(iter(driver.groups_tagged(tags)), None)
    if group is None:
        return ""
    version = group.saved_version or ""
    image = ""
    if group.template and version.isdigit() and driver.has_version(group.template, version):
        image = str(driver.template_data(group.template, version).get("ImageId") or "")
    running = sum(each.in_service for each in group.servers)
    return launching(f"group {group.name} has {running} servers in service", image)
