"""Who holds a version of an image in one account and region: records, groups, servers and tasks."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.outage import describe_failure, error_code
from strata.aws.parameter_tree import read_below
from strata.aws.portions import portions
from strata.images.image_finder import FILTER_VALUES
from strata.naming import is_note, is_record, records_root
from strata.rollout.note import Note, read_note
from strata.rollout.record import ImageRef, proven
from strata.rollout.tasks.image_lookup import digest_of

__all__ = ["Holder", "HolderSearch"]

_IN_USE: Final = ("pending", "running", "stopping", "stopped", "shutting-down")
"""States of servers that exist, or may be started again."""
_A_CALL: Final = 100
"""DescribeTasks: `tasks`."""
_REFERENCED: Final = 10
"""DescribeImageReferences: `ImageIds`."""
_REFERENCES: Final = "describe_image_references"
_NOT_ASKED: Final = frozenset({"InvalidAction", "UnauthorizedOperation", "UnsupportedOperation"})
"""EC2's codes for a call that it does not know in that region, or not from this caller."""
_KINDS: Final = {
    "ec2:LaunchTemplate": "launch template",
    "ssm:Parameter": "parameter",
    "imagebuilder:ImageRecipe": "recipe",
    "imagebuilder:ContainerRecipe": "recipe",
}


@dataclass(frozen=True)
class Holder:
    """Something that names an image or runs it.

    Args:
        held_by: record, rollout, group, server, task, launch template, parameter or recipe.
        name: as AWS knows it.
        says: what it has to do with the image, to follow the name.
        image: id or digest of the image.
    """

    held_by: str
    name: str
    says: str
    image: str = ""

    def __str__(self) -> str:
        return f"{self.held_by} {self.name} {self.says}"

    @property
    def clause(self) -> str:
        """As it follows "held by"."""
        return f"{self.held_by} {self.name}, which {self.says}"

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata image revoke` has it."""
        return {"held_by": self.held_by, "name": self.name, "says": self.says}


class HolderSearch:
    """Looks for them in one account and region; it only reads.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        self._client = client

    def recorded(self) -> Iterator[tuple[str, ImageRef]]:
        """All release records, and the images that they name."""
        for parameter, value in self._parameters.items():
            if is_record(parameter):
                yield from ((parameter, image) for image in _images(value))

    def noted(self) -> Iterator[tuple[str, Note]]:
        """The notes of the last rollouts: one that is going on brings what no record names yet."""
        for parameter, value in self._parameters.items():
            if is_note(parameter) and (note := read_note(value)) is not None:
                yield parameter, note

    def unread(self) -> Iterator[str]:
        """The records and the notes of rollouts that name nobody knows what, since they are none, as clauses."""
        for parameter, value in sorted(self._parameters.items()):
            if is_record(parameter):
                try:
                    proven(value)
                except ValueError as error:
                    yield f"parameter {parameter} is {error}"
            elif is_note(parameter) and read_note(value) is None:
                yield f"parameter {parameter} is not the note of a rollout: {value[:200]!r}"

    @cached_property
    def _parameters(self) -> Mapping[str, str]:
        return read_below(self._client, records_root(), recursive=True)

    def of_machines(self, ids: Collection[str]) -> list[Holder]:
        """The groups that would launch one of these images, and the servers that were."""
        if not ids:
            return []
        return [*self._groups(ids), *self._servers(ids)]

    def templates(self) -> frozenset[str]:
        """Ids of the launch templates that groups launch from."""
        return frozenset(
            str(template["LaunchTemplateId"])
            for group in self._all_groups
            for template in _templates(group)
            if template.get("LaunchTemplateId")
        )

    def referring(self, ids: Collection[str]) -> tuple[list[Holder], str]:
        """What else of the account refers to one of these machine images, by EC2's own account of it.

        Launch templates of groups are left out, which `of_machines` looks at: of those only the version that a group
        names can launch anything, and each of the releases before has one.

        Args:
            ids: the images.

        Returns:
            it, and why it could not be asked; empty where it could.
        """
        ec2 = self._client("ec2")
        if not ids:
            return [], ""
        if not hasattr(ec2, _REFERENCES):
            return [], "the installed boto3 does not know DescribeImageReferences"
        rolled, found = self.templates(), list[Holder]()
        try:
            for each in self.references(ids, IncludeAllResourceTypes=True):
                found += _referring(each, rolled)
        except Exception as error:
            if error_code(error) not in _NOT_ASKED:
                raise
            return found, describe_failure(error)
        return found, ""

    def references(self, ids: Collection[str], **kinds: Any) -> Iterator[Mapping[str, Any]]:
        """What of the account refers to machine images, as DescribeImageReferences answers.

        Args:
            ids: the images.
            kinds: of which kind, as that call is asked.
        """
        pages = self._client("ec2").get_paginator(_REFERENCES)
        for some in portions(sorted(ids), _REFERENCED):
            for page in pages.paginate(ImageIds=some, **kinds):
                yield from page["ImageReferences"]

    def of_containers(self, digests: Collection[str]) -> list[Holder]:
        """The tasks that run one of these images."""
        if not digests:
            return []
        ecs = self._client("ecs")
        found: list[Holder] = []
        for clusters in ecs.get_paginator("list_clusters").paginate():
            for cluster in clusters["clusterArns"]:
                for tasks in ecs.get_paginator("list_tasks").paginate(cluster=cluster):
                    found += self._tasks(cluster, tasks["taskArns"], digests)
        return found

    def _groups(self, ids: Collection[str]) -> Iterator[Holder]:
        for group in self._all_groups:
            name = str(group["AutoScalingGroupName"])
            for template in _templates(group):
                image = self._launched(template)
                if image in ids:
                    version = template.get("Version", "$Default")
                    says = f"would launch {image}, by version {version} of its launch template"
                    yield Holder("group", name, says, str(image))
            for image in _overriding(group):
                if image in ids:
                    yield Holder("group", name, f"would launch {image}, by an override of its template", image)

    @cached_property
    def _all_groups(self) -> list[Mapping[str, Any]]:
        pages = self._client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate()
        return [each for page in pages for each in page["AutoScalingGroups"]]

    def _launched(self, template: Mapping[str, Any]) -> str | None:
        asked = {key: template[key] for key in ("LaunchTemplateId", "LaunchTemplateName") if template.get(key)}
        # AWS accepts one of the two
        key = next(iter(asked), None)
        if key is None:
            return None
        named = {key: asked[key], "Versions": [template.get("Version") or "$Default"]}
        image = self._image_of(named)
        # one that names a parameter launches what that holds by then
        return self._image_of({**named, "ResolveAlias": True}) if image and image.startswith("resolve:") else image

    def _image_of(self, named: Mapping[str, Any]) -> str | None:
        try:
            found = self._client("ec2").describe_launch_template_versions(**named)
        except Exception as error:
            if not error_code(error).startswith("InvalidLaunchTemplate"):
                raise
            return None
        versions = found["LaunchTemplateVersions"]
        return str(versions[0]["LaunchTemplateData"].get("ImageId")) if versions else None

    def _servers(self, ids: Collection[str]) -> Iterator[Holder]:
        pages = self._client("ec2").get_paginator("describe_instances")
        for some in portions(sorted(ids), FILTER_VALUES):
            asked = [
                {"Name": "image-id", "Values": some},
                {"Name": "instance-state-name", "Values": list(_IN_USE)},
            ]
            for page in pages.paginate(Filters=asked):
                for reservation in page["Reservations"]:
                    for each in reservation["Instances"]:
                        says = f"is {each['State']['Name']} and was launched from {each['ImageId']}"
                        yield Holder("server", str(each["InstanceId"]), says, str(each["ImageId"]))

    def _tasks(self, cluster: str, tasks: list[str], digests: Collection[str]) -> Iterator[Holder]:
        for some in portions(tasks, _A_CALL):
            found = self._client("ecs").describe_tasks(cluster=cluster, tasks=some)
            for task in found["tasks"]:
                for container in task["containers"]:
                    digest = container.get("imageDigest") or digest_of(container.get("image") or "")
                    if digest in digests:
                        says = f"is {task['lastStatus']} and runs {digest} in its container {container['name']}"
                        yield Holder("task", str(task["taskArn"]), says, str(digest))


def _referring(found: Mapping[str, Any], rolled: Collection[str]) -> Iterator[Holder]:
    kind, arn, image = str(found["ResourceType"]), str(found["Arn"]), str(found["ImageId"])
    # a server is found with its state, and a template by its group
    if kind != "ec2:Instance" and arn.rpartition("/")[2] not in rolled:
        yield Holder(_KINDS.get(kind, kind), arn, f"names {image}", image)


def _images(value: str) -> list[ImageRef]:
    try:
        release = proven(value)
    except ValueError:
        # what is no record names no image
        return []
    return list(release.images) if release is not None else []


def _templates(group: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The launch templates of a group, with the version it names."""
    if group.get("LaunchTemplate"):
        yield group["LaunchTemplate"]
    mixed = (group.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    if mixed.get("LaunchTemplateSpecification"):
        yield mixed["LaunchTemplateSpecification"]
    for each in mixed.get("Overrides") or ():
        if each.get("LaunchTemplateSpecification"):
            yield each["LaunchTemplateSpecification"]


def _overriding(group: Mapping[str, Any]) -> Iterator[str]:
    """The images that a group launches in place of its template's."""
    overrides = ((group.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}).get("Overrides") or ()
    yield from (str(each["ImageId"]) for each in overrides if each.get("ImageId"))
