"""A run of the lifecycle policies: which AMIs of Image Builder's images they delete.

AWS runs them by itself; here somebody asks for a run, for nobody rehearses for months.
https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-rules.html
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from strata_rehearsal.cloud.image_builder.arns import PartKind
from strata_rehearsal.cloud.image_builder.baked_image import BakedImage, ImageStatus
from strata_rehearsal.cloud.image_builder.build_servers import ec2_of
from strata_rehearsal.cloud.image_builder.desk import BuildPlace
from strata_rehearsal.cloud.image_builder.outputs import deregister
from strata_rehearsal.cloud.image_builder.refusal import not_simulated
from strata_rehearsal.cloud.image_builder.shelf import BuilderPart

__all__ = ["run_lifecycles"]

_DAY: Final = 86400
_DAYS: Final = {"DAYS": 1, "WEEKS": 7, "MONTHS": 30, "YEARS": 365}
_OFF: Final = "disabled"


def run_lifecycles(places: Iterable[BuildPlace], at: float) -> list[str]:
    """Delete what the policies of all accounts and regions say, as if it were a certain moment.

    Args:
        places: the accounts and regions.
        at: the moment, in epoch seconds.

    Returns:
        ids of the AMIs that are gone.

    Raises:
        ApiRefusal: a policy does what is not simulated.
    """
    gone: list[str] = []
    for place in places:
        for policy in place.shelf.of(PartKind.LIFECYCLE):
            if policy.settings.get("status", "ENABLED") == "ENABLED":
                for detail in policy.settings["policyDetails"]:
                    gone += _apply(place, policy, detail, at)
    return gone


def _apply(place: BuildPlace, policy: BuilderPart, detail: Mapping[str, Any], at: float) -> list[str]:
    rule, selection = detail["filter"], policy.settings["resourceSelection"]
    if detail["action"]["type"] != "DELETE" or rule["type"] != "AGE" or "tagMap" not in selection:
        raise not_simulated("A lifecycle policy that does not delete by age what tags select")
    chosen = [
        each
        for each in place.images.values()
        if each.status is ImageStatus.AVAILABLE and selection["tagMap"].items() <= each.tags.items()
    ]
    newest_first = sorted(chosen, key=lambda each: each.created_at, reverse=True)
    oldest = at - rule["value"] * _DAYS[rule["unit"]] * _DAY
    excluded: Mapping[str, Any] = detail.get("exclusionRules") or {}
    gone: list[str] = []
    for image in newest_first[rule.get("retainAtLeast", 0) :]:
        spared = excluded.get("tagMap") or {}
        if image.created_at <= oldest and not spared.items() & image.tags.items():
            gone += _delete(image, excluded.get("amis") or {}, at)
    return gone


def _delete(image: BakedImage, excluded: Mapping[str, Any], at: float) -> list[str]:
    """Delete the AMIs of an image that no rule excludes; what is protected stays, as EC2 refuses."""
    there = [(each, ec2_of(each["accountId"], each["region"]).amis.get(each["image"])) for each in image.amis]
    gone = [
        ami
        for shown, ami in there
        if ami is not None
        and not _excluded(ami, shown["region"], excluded, at)
        and ami.deregistration_protection == _OFF
    ]
    for ami in gone:
        deregister(ami)
    if len(gone) == len([ami for _, ami in there if ami is not None]):
        image.status = ImageStatus.DELETED
    return [str(each.id) for each in gone]


def _excluded(ami: Any, region: str, excluded: Mapping[str, Any], at: float) -> bool:
    tags = {each["key"]: each["value"] for each in ami.get_tags()}
    if excluded.get("tagMap", {}).items() & tags.items():
        return True
    if region in excluded.get("regions", ()) or (excluded.get("isPublic") and ami.is_public):
        return True
    if set(excluded.get("sharedAccounts", ())) & {each.get("UserId") for each in ami.launch_permissions}:
        return True
    launched, launches = excluded.get("lastLaunched"), getattr(ami, "strata_launches", ())
    if launched is None or not launches:
        return False
    return max(launches) > at - launched["value"] * _DAYS[launched["unit"]] * _DAY
