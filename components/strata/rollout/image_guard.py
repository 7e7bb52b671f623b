"""Keeps images that must not run out of a service, also where nothing of them has to be started."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from strata.aws.target import plain_errors
from strata.errors import StrataError
from strata.naming import recorded_service
from strata.resource_hooks import Console
from strata.rollout.deployer import Deployer
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.image_verdicts import find_refusals
from strata.rollout.preflight_findings import PreflightFinding, PreflightSeverity, heed, refuse
from strata.rollout.proof_check import find_unconfirmed
from strata.rollout.record import ImageRef, Release
from strata.rollout.spec import RolloutSpec

__all__ = ["ImageGuard"]


class ImageGuard:
    """Judges the images that a program asks a service to run; a preview only says what `up` will refuse.

    A preflight judges them too, right before a rollout starts. But a release may be recorded that nothing is rolled
    for: it is the first one, or everything runs it already, by another name or because somebody has deleted the record.

    Args:
        spec: how the service is rolled.
        deployer: rolls it.
        console: where lines go.
    """

    def __init__(self, spec: RolloutSpec, deployer: Deployer[Any, Any, Any], console: Console) -> None:
        self._spec = spec
        self._deployer = deployer
        self._console = console

    async def heed(self, desired: DesiredRelease, recorded: Release | None) -> None:
        """Refuse a release that must not come back, as far as the record does not name it already.

        Args:
            desired: what the program asks for.
            recorded: what the record names in AWS.

        Raises:
            PreflightError: it, or what runs beside it, is vetoed or revoked, has no proof where one is required, or
                runs already and does not prove to be what it would be recorded as.
        """
        same = recorded is not None and recorded.digest == desired.digest
        if recorded is not None and same and frozenset(recorded.images) == frozenset(desired.images):
            return
        findings = [
            *await self._verdicts(desired.image, desired.sidecars),
            *await self._unproven(desired.image, recorded, same=same),
        ]
        if recorded is not None and same and not findings:
            # nothing is rolled for another name, so that no preflight would look
            findings = await self._deployer.judge_name(self._spec, desired.image, recorded, desired.digest)
        if findings and recorded is not None and not same:
            findings = await self._with_way_out(desired, findings)
        # of what runs already nothing is rolled but its record
        refusal = f"{desired.image} must not be recorded" if same else f"the rollout to {desired.image} must not start"
        self._heed(findings, refusal)

    async def heed_first(self, image: ImageRef, sidecars: Mapping[str, ImageRef]) -> None:
        """Refuse what a fleet that is about to be made would launch by itself, before anything could be rolled.

        Args:
            image: the service's own image.
            sidecars: those beside it.

        Raises:
            PreflightError: something speaks against one of them.
        """
        verdicts = [*await self._verdicts(image, sidecars), *await self._unproven(image, None)]
        previews = pulumi.runtime.is_dry_run()
        # of what is forbidden nobody waits for a scan
        judged = await self._deployer.judge(self._spec, image, sidecars, previews=previews) if not verdicts else ()
        self._heed([*verdicts, *judged], f"{image} must not be launched")

    async def _verdicts(self, image: ImageRef, sidecars: Mapping[str, ImageRef]) -> Sequence[PreflightFinding]:
        aws, terms = self._deployer.aws, self._spec.terms
        app, beside = (terms.app if terms is not None else ""), tuple(sidecars.values())
        return await aws(find_refusals, aws.driver, self._spec.record, image, beside, app=app)

    async def _unproven(
        self, image: ImageRef, recorded: Release | None, *, same: bool = False
    ) -> Sequence[PreflightFinding]:
        """That no pin with a proof names an image, or that nobody noted that proof: the program may name any image."""
        proven = self._spec.terms.proven if self._spec.terms is not None else None
        # a sidecar needs no proof, so that it has run beside the recorded image proves nothing
        runs = recorded is not None and (same or recorded.image.content == image.content)
        if proven is None or runs:
            return ()
        proof = proven.get(image.content) or proven.get(image.label)
        if proof is not None:
            aws = self._deployer.aws
            return await aws(find_unconfirmed, aws.driver, self._spec.record, image, proof)
        stack, _ = recorded_service(self._spec.record) or ("STACK", "")
        return (
            refuse(
                f"image {image} is none that the stack file pins with a proof: expected one, since "
                "strata:promotion.require_proof is set",
                f"Pin it by `strata image promote {stack} {image.name} --from OTHER`, and let the program take what is "
                "pinned: stack.image(NAME) or stack.container_image(NAME). Where no other stack runs it, set "
                "strata:promotion.require_proof to false.",
            ),
        )

    async def _with_way_out(
        self, desired: DesiredRelease, findings: Sequence[PreflightFinding]
    ) -> Sequence[PreflightFinding]:
        """No pin takes back what a killed `up` has left: where the record names what is pinned, no gate is called."""
        try:
            with plain_errors():
                brings = await self._deployer.brought_by(desired)
        except StrataError as error:
            # the refusal must not be lost over what would only help
            self._console.warn(
                f"{self._spec.service}: whether a rollout to {desired.image} is still running could not be read: "
                f"{error.message}"
            )
            return findings
        if not brings:
            return findings
        place = " ".join(recorded_service(self._spec.record) or (self._spec.service,))
        way = f"{brings}: `strata rollout rollback {place} --now` takes it back."
        return [replace(each, fix=f"{each.fix} {way}") for each in findings]

    def _heed(self, findings: Sequence[PreflightFinding], refusal: str) -> None:
        if pulumi.runtime.is_dry_run():
            for each in findings:
                refused = "`pulumi up` will refuse it: " if each.severity is PreflightSeverity.REFUSE else ""
                self._console.warn(f"{self._spec.service}: {refused}{each}")
            return
        heed(findings, self._console, self._spec.service, refusal)
