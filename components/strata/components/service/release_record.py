"""The release record as a resource, written only when the gate lets it."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.service.template import Template
from strata.rollout.gated_service import DesiredRelease, Gate, GatedService
from strata.rollout.record import ImageRef, ServerRelease, proven
from strata.spectrum import Mutability

__all__ = ["release_record"]


def release_record(
    service: Component,
    *,
    image: pulumi.Output[ImageRef],
    template: Template,
    group: "aws.autoscaling.Group",
    depends_on: Sequence[pulumi.Resource],
    gate: Gate,
    gated: GatedService,
) -> "aws.ssm.Parameter":
    """The parameter.

    Nothing but outputs may depend on it: what does is skipped when the gate fails. Its value is `insecure_value`
    because `value` reaches hooks as a secret.

    It names what the program asks for, once the gate has let it. Of a group that wants no servers it goes on naming
    what is proven, so that an `up` without servers to prove anything on neither fails nor claims anything.
    """

    def value(parts: dict[str, Any]) -> str:
        return ServerRelease(
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
    # first, since it refuses a gate that could not call AWS as the provider does
    hooks = gate.bind_record(gated)
    kept = _kept(gate, gated, template, group)
    said = image.apply(lambda found: f"{service.pulumi_resource_name} runs {found}")
    return service.child(
        aws.ssm.Parameter,
        "release",
        Mutability.VERSIONED,
        depends_on=[group, *depends_on],
        hooks=hooks,
    )(
        name=gated.record,
        type="String",
        # The value is unknown in a preview that touches the template; this line says what is about to change.
        description=kept.apply(lambda text: said if text is None else _described(service, text)),
        insecure_value=kept.apply(lambda text: parts.apply(value) if text is None else text),
    )


def _kept(
    gate: Gate, gated: GatedService, template: Template, group: "aws.autoscaling.Group"
) -> pulumi.Output[str | None]:
    """What the record goes on saying. A preview does not know a new template version, and asks without it."""

    async def ask(parts: dict[str, Any]) -> str | None:
        return await gate.kept(gated, DesiredRelease(**parts))

    known = {"fleet": group.name, "image": gated.image, "digest": gated.digest}
    if not pulumi.runtime.is_dry_run():
        known |= {"template": template.resource.id, "template_version": template.version}
    return pulumi.Output.all(**known).apply(ask)


def _described(service: Component, value: str) -> str:
    release = proven(value)
    return f"{service.pulumi_resource_name} runs {release.image if release else 'nothing proven'}"
