"""The release record as a resource, written only when the gate lets it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.rollout.gated_service import DesiredRelease, Gate, GatedService, KeptRecord
from strata.rollout.record import describe_record, proven, with_sidecars
from strata.spectrum import Mutability

__all__ = ["release_record"]


def release_record(
    service: Component,
    *,
    fleet: pulumi.Output[str],
    made: Mapping[str, pulumi.Output[Any]],
    release: pulumi.Output[Any],
    depends_on: Sequence[pulumi.Resource],
    gate: Gate,
    gated: GatedService,
) -> "aws.ssm.Parameter":
    """The parameter.

    Nothing but outputs may depend on it: what does is skipped when the gate fails. Its value is `insecure_value`
    because `value` reaches hooks as a secret.

    It names what the program asks for, once the gate has let it. Of a fleet that wants no servers it goes on naming
    what is proven, so that an `up` without servers to prove anything on neither fails nor claims anything.

    Args:
        service: the service.
        fleet: what AWS calls that which runs it.
        made: what a `DesiredRelease` has besides, once it is made: a preview does not know it.
        release: the `Release` the program asks for.
        depends_on: what must exist before the gate runs.
        gate: the gate.
        gated: what it is handed.
    """
    # first, since it refuses a gate that could not call AWS as the provider does
    hooks = gate.bind_record(gated)
    kept = _kept(gate, gated, fleet, made)
    contents = pulumi.Output.all(gated.image, _sidecars(gated)).apply(lambda both: with_sidecars(str(both[0]), both[1]))
    said = contents.apply(lambda found: describe_record(service.pulumi_resource_name, found))
    return service.child(
        aws.ssm.Parameter,
        "release",
        Mutability.VERSIONED,
        depends_on=depends_on,
        hooks=hooks,
    )(
        name=gated.record,
        type="String",
        # The value is unknown in a preview that touches the template; this line says what is about to change.
        description=kept.apply(lambda found: said if found.value is None else _described(service, found.value)),
        insecure_value=kept.apply(lambda found: release.apply(found.written) if found.value is None else found.value),
    )


def _kept(
    gate: Gate, gated: GatedService, fleet: pulumi.Output[str], made: Mapping[str, pulumi.Output[Any]]
) -> pulumi.Output[KeptRecord]:
    """What the record goes on saying. A preview does not know what is about to be made, and asks without it."""

    async def ask(parts: dict[str, Any]) -> KeptRecord:
        return await gate.kept(gated, DesiredRelease(**parts))

    known: dict[str, pulumi.Output[Any]] = {
        "fleet": fleet,
        "image": gated.image,
        "digest": gated.digest,
        "sidecars": _sidecars(gated),
    }
    if not pulumi.runtime.is_dry_run():
        known |= made
    return pulumi.Output.all(**known).apply(ask)


def _described(service: Component, value: str) -> str:
    release = proven(value)
    return describe_record(service.pulumi_resource_name, release.contents if release else None)


def _sidecars(gated: GatedService) -> pulumi.Output[Any]:
    return gated.sidecars if gated.sidecars is not None else pulumi.Output.from_input({})
