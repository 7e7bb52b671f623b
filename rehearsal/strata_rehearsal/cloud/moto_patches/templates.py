"""moto's launch templates: user data nobody can read, tags that never change and are mistaken for those of the servers.

A version made from another keeps nothing of it, and none can be deleted.

One that is gone is refused by other codes than EC2's. A client that lost an answer and asks again tells by the code
that its template is gone.
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateBackend, LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current, in_use

__all__ = ["patch"]


def patch() -> None:
    """Let user data be readable, base versions on others, delete them, show and refuse them as EC2 does."""
    wrap(LaunchTemplate, "create_version", _as_made)
    wrap(LaunchTemplates, "create_launch_template_version", _from_its_source)
    wrap(LaunchTemplateBackend, "delete_launch_template", _as_named)
    replace(LaunchTemplates, "delete_launch_template_versions", _delete_versions)
    replace(LaunchTemplate, "get_version", _by_number)
    replace(LaunchTemplate, "default_version", lambda self: _by_number(self, self.default_version_number))
    # moto keeps the tags a template was made with and shows those for ever
    replace(LaunchTemplate, "tags", property(_tags, _ignore))


def _tags(template: Any) -> list[dict[str, str]]:
    return template.get_tags()


def _ignore(_template: Any, _tags_when_made: list[dict[str, str]]) -> None:
    """Moto notes the tags once, as it makes the template."""


def _as_made(original: Callable[..., LaunchTemplateVersion]) -> Callable[..., LaunchTemplateVersion]:
    def create_version(self: Any, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
        user_data = data.get("UserData")
        if user_data is not None and not isinstance(user_data, Base64EncodedString):
            data = {**data, "UserData": parse_user_data(user_data)}
        if "TagSpecifications" in data:
            # moto adds the tags of the template itself, which AWS does not show as part of a version
            launched = [each for each in data["TagSpecifications"] if each["ResourceType"] != "launch-template"]
            data = {**data, "TagSpecifications": launched}
        version = original(self, data, description)
        # a number is never given twice, whatever was deleted (EC2)
        version.number = self.numbers_given = getattr(self, "numbers_given", 0) + 1
        if in_use():
            current().world.record(
                "template", self.name, "version", template=self.id, number=version.number, image=version.image_id
            )
        return version

    return create_version


def _from_its_source(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_launch_template_version(self: Any) -> Any:
        source = self.params.get("SourceVersion")
        if source is not None:
            name, backend = self.params.get("LaunchTemplateName"), self.ec2_backend
            template = (
                backend.get_launch_template_by_name(name)
                if name
                else backend.get_launch_template(self.params["LaunchTemplateId"])
            )
            given = self.params.get("LaunchTemplateData") or {}
            self.params["LaunchTemplateData"] = {**template.get_version(source).data, **given}
        return original(self)

    return create_launch_template_version


def _by_number(self: Any, num: Any) -> LaunchTemplateVersion:
    """Moto uses a number as a place in its list."""
    said = str(num).lower()
    wanted = {"$latest": self.latest_version_number, "$default": self.default_version_number}.get(said, said)
    found = next((each for each in self.versions if str(each.number) == str(wanted)), None)
    if found is None:
        raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=num)
    return found


def _delete_versions(self: Any) -> ActionResult:
    name, backend = self.params.get("LaunchTemplateName"), self.ec2_backend
    template = (
        backend.get_launch_template_by_name(name)
        if name
        else backend.get_launch_template(self.params["LaunchTemplateId"])
    )
    deleted: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    for said in self.params["Versions"]:
        number = int(said)
        shown = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": number}
        found = next((each for each in template.versions if each.number == number), None)
        if found is None:
            why = {"Code": "launchTemplateVersionDoesNotExist", "Message": f"Version {number} does not exist."}
            kept.append({**shown, "ResponseError": why})
        elif template.is_default(found):
            why = {"Code": "unexpectedError", "Message": f"Version {number} is the default version."}
            kept.append({**shown, "ResponseError": why})
        else:
            template.versions.remove(found)
            deleted.append(shown)
    return ActionResult(
        {
            "SuccessfullyDeletedLaunchTemplateVersions": deleted,
            "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
        }
    )


def _as_named(original: Callable[..., LaunchTemplate]) -> Callable[..., LaunchTemplate]:
    def delete_launch_template(self: Any, name: str, tid: str | None) -> LaunchTemplate:
        # these two look for it under the name they were given, and say so
        if name:
            self.get_launch_template_by_name(name)
        elif tid:
            self.get_launch_template(tid)
        return original(self, name, tid)

    return delete_launch_template
