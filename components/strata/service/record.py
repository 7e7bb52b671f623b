"""The release record as a resource, written only when the gate lets it."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.component import Component
from strata.rollout.record import ImageRef, Release
from strata.service.template import Template
from strata.spectrum import Mutability

__all__ = ["release_record"]


def release_record(
    service: Component,
    name: str,
    *,
    image: pulumi.Output[ImageRef],
    template: Template,
    group: "aws.autoscaling.Group",
    depends_on: Sequence[pulumi.Resource],
    hooks: pulumi.ResourceHookBinding | None,
) -> "aws.ssm.Parameter":
    """The parameter.

    Nothing but outputs may depend on it: what does is skipped when the gate fails. Its value is `insecure_value`
    because `value` reaches hooks as a secret.
    """

    def value(parts: dict[str, Any]) -> str:
        return Release(
            group=parts["group"],
            template=parts["template"],
            template_version=parts["version"],
            image=parts["image"],
            digest=parts["digest"],
        ).to_json()

    parts = pulumi.Output.all(
        group=group.name,
        template=template.resource.id,
        version=template.version,
        image=image,
        digest=template.digest,
    )
    return service.child(
        aws.ssm.Parameter,
        "release",
        {
            "name": name,
            "type": "String",
            # The value is unknown in a preview that touches the template; this line says what is about to change.
            "description": image.apply(lambda found: f"{service.pulumi_resource_name} runs {found}"),
            "insecure_value": parts.apply(value),
        },
        Mutability.VERSIONED,
        depends_on=[group, *depends_on],
        hooks=hooks,
    )
