"""The admin paths about machine images and accounts: what exists, is built, was scanned and is deleted."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.parse import default_timestamp_parser
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends

from strata_rehearsal.cloud.image_builder.build_faults import BuildFault
from strata_rehearsal.cloud.image_builder.lifecycle_runs import run_lifecycles
from strata_rehearsal.cloud.image_builder.service import ImageBuilderService
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.cloud.moto_patches.allowed_images import SEVERITIES
from strata_rehearsal.cloud.moto_patches.image_scans import SEVERITIES as CONTAINER_SEVERITIES
from strata_rehearsal.cloud.moto_patches.image_scans import put_findings
from strata_rehearsal.cloud.registries import Registry
from strata_rehearsal.cloud.shared_images import spread_all
from strata_rehearsal.cloud.state import Cloud

__all__ = ["image_paths"]

Answer = Callable[[Mapping[str, Any]], Any]


def image_paths(cloud: Cloud, image_builder: ImageBuilderService) -> dict[tuple[str, str], Answer]:
    """The paths and what answers them.

    Args:
        cloud: the local AWS.
        image_builder: its Image Builder.
    """

    def images(fields: Mapping[str, Any]) -> dict[str, Any]:
        named = [Image.parse(each) for each in fields["images"]]
        for image in named:
            if image.region is not None:
                # moto makes a region when it is first asked for, and only a region that is there can have the image
                _ = ec2_backends[image.account or DEFAULT_ACCOUNT_ID][image.region]
        return {"added": [image.id for image in named if cloud.images.add(image)]}

    def build_faults(fields: Mapping[str, Any]) -> dict[str, Any]:
        image_builder.faults.replace([BuildFault.parse(each) for each in fields["faults"]])
        return {"faults": [each.document() for each in image_builder.faults]}

    def accounts(fields: Mapping[str, Any]) -> dict[str, Any]:
        wrong = [each for each in fields["accounts"] if not (len(each) == len(DEFAULT_ACCOUNT_ID) and each.isdigit())]
        if wrong:
            raise ValueError(f"no account has the number {wrong[0]}")
        cloud.accounts.update(set(fields["accounts"]) - {DEFAULT_ACCOUNT_ID})
        spread_all()
        return {"accounts": [DEFAULT_ACCOUNT_ID, *sorted(cloud.accounts)]}

    def scanned(fields: Mapping[str, Any]) -> dict[str, Any]:
        account, region = fields.get("account", DEFAULT_ACCOUNT_ID), fields["region"]
        if "repository" in fields:
            return _scanned_container(cloud, ecr_backends[account][region], fields)
        image: Any = ec2_backends[account][region].amis.get(fields["image"])
        if image is None:
            raise ValueError(f"there is no image {fields['image']} in {region}")
        image.scan_results = _scan_results(cloud, fields)
        return {"image": image.id}

    return {
        ("POST", "images"): images,
        ("POST", "lifecycles"): partial(_lifecycles, cloud, image_builder),
        ("POST", "build-faults"): build_faults,
        ("POST", "accounts"): accounts,
        ("POST", "scanned"): scanned,
    }


def _lifecycles(cloud: Cloud, image_builder: ImageBuilderService, fields: Mapping[str, Any]) -> dict[str, Any]:
    at = cloud.world.now + fields["after_days"] * 86400
    return {"deleted": run_lifecycles(image_builder.places(), at)}


def _scanned_container(cloud: Cloud, backend: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    counts: Mapping[str, int] = fields.get("counts") or {}
    if set(counts) - set(CONTAINER_SEVERITIES):
        raise ValueError(f"a severity is one of {', '.join(CONTAINER_SEVERITIES)}")
    image: Any = Registry(backend).keep(fields["repository"], fields["digest"])
    if image is None:
        raise ValueError(f"there is no image {fields['digest']} in {fields['repository']}")
    at = fields.get("at")
    put_findings(image, counts, default_timestamp_parser(at).timestamp() if at else cloud.world.now)
    return {"image": fields["digest"]}


def _scan_results(cloud: Cloud, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The results as DescribeImages shows them; nothing found without a severity."""
    severity, fixes = fields.get("severity"), fields.get("fixes") or {}
    unknown = ({severity} if severity else set[str]()) | set(fixes)
    if unknown - set(SEVERITIES):
        raise ValueError(f"a severity is one of {', '.join(SEVERITIES)}")
    at = fields.get("at")
    results: dict[str, Any] = {"FindingScanDate": default_timestamp_parser(at) if at else cloud.world.moment()}
    if severity:
        results["HighestFindingSeverityLabel"] = severity
    for name, since in fixes.items():
        results[f"{name.capitalize()}FixAvailableSince"] = default_timestamp_parser(since)
    return results
