"""Lift the revocation of a version in one account and region, and give back what it took from its images."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from strata.aws.outage import describe_failure
from strata.errors import AwsError, UsageError
from strata.images.image_finder import DISABLED, ImageFinder
from strata.images.image_protection import protect_images, unprotected_marked
from strata.images.verdicts import ImageVerdict, VerdictStore
from strata.naming import lifted_revocation_name, revocation_name
from strata.promotion.revoking import ImageAws
from strata.rollout.command_line import command_line_of
from strata.rollout.denials import is_denied
from strata.verdict_names import revoked_images_path

__all__ = ["LiftedRevocation", "find_revoked", "lift_revocation"]

_GONE: Final = "not there any more"


@dataclass(frozen=True)
class LiftedRevocation:
    """A revocation that is lifted, or is about to be.

    Args:
        name: the image.
        version: the version.
        account: where.
        region: where.
        verdict: why it was revoked.
        images: the machine images that were disabled with it, and the state in which AWS has them.
        enabled: ids of those that were enabled; before it is lifted, that are to be.
        protected: ids of those that are protected from being deregistered again; before it is lifted, that are to be.
        unprotected: ids of those that were protected before, and are not, with what protects each: a command.
        trouble: why it could not protect them again, as a clause; empty where nothing kept it from that.
        noted: who lifted it, when and why; None before it is.
    """

    name: str
    version: str
    account: str
    region: str
    verdict: ImageVerdict
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    enabled: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    unprotected: Mapping[str, str] = field(default_factory=dict[str, str])
    trouble: str = ""
    noted: ImageVerdict | None = None

    def document(self, reason: str) -> dict[str, Any]:
        """As the JSON of `strata image unrevoke` has it; a dry run says what would be given back, and why.

        Args:
            reason: why it is lifted, or would be.
        """
        noted = self.noted
        return {
            "image_name": self.name,
            "version": self.version,
            "account": self.account,
            "region": self.region,
            "revoked": str(self.verdict),
            "reason": noted.reason if noted is not None else reason,
            "by": noted.by if noted is not None else None,
            "at": noted.at if noted is not None else None,
            "images": [{"image_id": each, "state": state} for each, state in self.images.items()],
            "enabled": list(self.enabled),
            "protected": list(self.protected),
            "unprotected": list(self.unprotected),
            "next": list(self.unprotected.values()),
            "dry_run": noted is None,
        }


def find_revoked(aws: ImageAws, name: str, version: str) -> LiftedRevocation:
    """The revocation of a version.

    Args:
        aws: account and region.
        name: the image.
        version: the version.

    Raises:
        UsageError: it is not revoked there.
    """
    finder, parameter = ImageFinder(aws.clients), revocation_name(name, version)
    account, region = finder.account(), finder.region()
    store, called = VerdictStore(aws.clients, aws.clock), f"{name} {version}"
    by_id = (each for each in store.images(revoked_images_path()).values() if called in each.called)
    # who died over its revocation has revoked the images and not the version
    verdict = store.read([parameter]).get(parameter) or next(by_id, None)
    if verdict is None:
        raise UsageError(
            f"{name} {version} is not revoked in account {account}, {region}",
            fix=f"`strata image list {aws.stack} {name}` shows what is revoked; a veto is lifted by "
            f"`strata image unveto {aws.stack} SERVICE {version}`.",
        )
    states = _states(finder, tuple(sorted({*verdict.disabled, *verdict.unprotected})))
    enabled = tuple(each for each in verdict.disabled if states.get(each) == DISABLED)
    return LiftedRevocation(
        name, version, account, region, verdict, states, enabled=enabled, protected=verdict.unprotected
    )


def lift_revocation(aws: ImageAws, found: LiftedRevocation, reason: str) -> LiftedRevocation:
    """Lift it. The revocation of the version goes last, so that a run that is interrupted can be repeated.

    Args:
        aws: account and region.
        found: as `find_revoked` gives it.
        reason: why.

    Raises:
        AwsError: AWS still has the revocation.
    """
    store, parameter = VerdictStore(aws.clients, aws.clock), revocation_name(found.name, found.version)
    for image_id in found.enabled:
        aws.clients("ec2").enable_image(ImageId=image_id)
    protected, trouble = _protected(aws, found.protected)
    states = _states(ImageFinder(aws.clients), tuple(found.images))
    # also what was revoked before its protection was noted
    command = f"{command_line_of(aws.clients('ec2'))} ec2 enable-image-deregistration-protection --image-id"
    unprotected = {each: f"{command} {each}" for each in unprotected_marked(aws.clients, tuple(found.images))}
    noted = store.note_lifted(lifted_revocation_name(found.name, found.version), reason)
    store.lift_images(revoked_images_path(), f"{found.name} {found.version}")
    store.lift(parameter)
    if parameter in store.read([parameter]):
        raise AwsError(
            f"{found.name} {found.version} is still revoked: parameter {parameter} is there, although it was deleted",
            fix="Somebody has revoked it again at this moment, or AWS answers late: run the command again.",
        )
    return replace(
        found,
        images=states,
        protected=protected,
        unprotected=unprotected,
        trouble=trouble,
        noted=noted,
    )


def _protected(aws: ImageAws, images: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Those that are protected again, and why others are not: the revocation is lifted all the same."""
    try:
        return (protect_images(aws.clients, images) if images else ()), ""
    except Exception as error:
        if not is_denied(error):
            raise
        return (), describe_failure(error)


def _states(finder: ImageFinder, images: tuple[str, ...]) -> dict[str, str]:
    states = {each.id: each.state for each in finder.machines_by_id(*images)}
    return {each: states.get(each, _GONE) for each in images}
