"""moto's launch templates: user data nobody can read, tags that never change and are taken for those of the servers.

A version made from another keeps nothing of it.

One that is gone is refused by other codes than EC2's. A client that lost an answer and asks again tells by the code
that its template is gone.
"""

from collections.abc import Callable
from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateBackend, LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

from strata.rehearsal.cloud.patches import replace, wrap
from strata.rehearsal.cloud.state import current, in_use

__all__ = ["patch"]


def patch() -> None:
    """Let user data be readable, base versions on others, show what each was made with, refuse what is gone as EC2."""
    wrap(LaunchTemplate, "create_version", _as_made)
    wrap(LaunchTemplates, "create_launch_template_version", _from_its_source)
    wrap(LaunchTemplateBackend, "delete_launch_template", _as_named)
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


def _as_named(original: Callable[..., LaunchTemplate]) -> Callable[..., LaunchTemplate]:
    def delete_launch_template(self: Any, name: str, tid: str | None) -> LaunchTemplate:
        # these two look for it under the name they were given, and say so
        if name:
            self.get_launch_template_by_name(name)
        elif tid:
            self.get_launch_template(tid)
        return original(self, name, tid)

    return delete_launch_template
