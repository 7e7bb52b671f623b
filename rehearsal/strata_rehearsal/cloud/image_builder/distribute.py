"""Where a finished image goes: regions, accounts, and the parameters that name it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.core.exceptions import ServiceException

from strata_rehearsal.cloud.image_builder.bake_failure import BuildFailure
from strata_rehearsal.cloud.image_builder.baked_image import BakedImage
from strata_rehearsal.cloud.image_builder.build_faults import BuildFaultKind, BuildFaults
from strata_rehearsal.cloud.image_builder.build_servers import ec2_of, made_by_image_builder
from strata_rehearsal.cloud.image_builder.outputs import copy_ami, deregister, key_arn, put_parameter, share
from strata_rehearsal.cloud.image_builder.shelf import Shelf

__all__ = ["Distributor"]


class Distributor:
    """Distributes one image.

    Args:
        shelf: the account and region it is built in.
        image: the image.
        faults: what goes wrong.
    """

    def __init__(self, shelf: Shelf, image: BakedImage, faults: BuildFaults) -> None:
        self._shelf = shelf
        self._image = image
        self._faults = faults

    @property
    def regions(self) -> list[Mapping[str, Any]]:
        """What its distribution configuration says of each region."""
        found = self._image.distribution
        return [] if found is None else list(found.settings["distributions"])

    def name_in(self, region: str, at: datetime) -> str:
        """The name of its AMI in a region."""
        template = f"{self._image.recipe.label} {{{{ imagebuilder:buildDate }}}}"
        for each in self.regions:
            if each["region"] == region:
                template = (each.get("amiDistributionConfiguration") or {}).get("name") or template
        return _filled(template, self._image, at)

    def copy(self, ami: Any, made: list[Any], at: datetime) -> None:
        """Bring the AMI into each region and account; `made` gets what is new.

        Raises:
            BuildFailure: a region could not be served.
        """
        if not self.regions:
            self._image.amis.append(self._shown(ami))
            return
        for each in self.regions:
            try:
                self._to_region(ami, each, made, at)
            except BuildFailure as failure:
                raise self._failed(each["region"], failure) from failure
        if all(each["region"] != self._shelf.region for each in self.regions):
            # nobody asked for it where it was built
            made.remove(ami)
            deregister(ami)

    def put_parameters(self) -> None:
        """Let the parameters of the configuration name the AMIs.

        Raises:
            BuildFailure: Systems Manager refuses one.
        """
        for each in self.regions:
            for wanted in each.get("ssmParameterConfigurations") or ():
                account = wanted.get("amiAccountId") or self._shelf.account
                for ami in self._image.amis:
                    if (ami["region"], ami["accountId"]) == (each["region"], account):
                        kind = wanted.get("dataType", "aws:ec2:image")
                        try:
                            put_parameter(account, each["region"], wanted["parameterName"], ami["image"], kind)
                        except ServiceException as error:
                            refused = BuildFailure(f"SSM Client Error: '{error.message}'")
                            raise self._failed(each["region"], refused, "PUT_SSM_PARAMETERS") from error

    def _to_region(self, ami: Any, asked: Mapping[str, Any], made: list[Any], at: datetime) -> None:
        region, settings = asked["region"], asked.get("amiDistributionConfiguration") or {}
        fault = self._faults.find(BuildFaultKind.DISTRIBUTION_FAILS, recipe=self._image.recipe.label, region=region)
        if fault is not None:
            raise BuildFailure(fault.message or f"AMI Copy Reported Failure For {ami.id}")
        for account in (self._shelf.account, *settings.get("targetAccountIds", ())):
            ec2 = ec2_of(account, region)
            found = ami
            if ec2 is not ami.ec2_backend:
                found = self._copied(ec2, ami, settings, at)
                made.append(found)
            elif (key := settings.get("kmsKeyId")) and ami.ebs_snapshot.kms_key_id != key_arn(ec2, key):
                ami.ebs_snapshot.encrypted, ami.ebs_snapshot.kms_key_id = True, key_arn(ec2, key)
            found.add_tags(settings.get("amiTags", {}))
            found.ebs_snapshot.add_tags(settings.get("amiTags", {}))
            found.description = settings.get("description") or found.description
            share(found, settings.get("launchPermission") or {})
            self._image.amis.append(self._shown(found))

    def _copied(self, ec2: Any, ami: Any, settings: Mapping[str, Any], at: datetime) -> Any:
        tags = {**self._image.recipe.settings.get("amiTags", {}), **made_by_image_builder(self._image)}
        name = self.name_in(ec2.region_name, at)
        about = {"tags": tags, "description": ami.description, "created_at": at}
        return copy_ami(ec2, ami, name, settings.get("kmsKeyId"), **about)

    def _failed(self, region: str, failure: BuildFailure, step: str | None = None) -> BuildFailure:
        account = self._shelf.account
        region_failure: dict[str, Any] = {
            "region": region,
            "status": "FAILED",
            "errorMessage": failure.reason,
            "targetAccountId": account,
            **({"imageConfigurationStep": step} if step else {}),
        }
        said = (
            f"Not all distribution jobs are completed. 1) {failure.reason} when distributing the image from the "
            f"source account (ID: {account}) to the destination account (ID: {account}) in Region {region}."
        )
        context = {"distributionFailure": {"errorMessage": said, "regionFailures": [region_failure]}}
        return BuildFailure(said, context=context)

    def _shown(self, ami: Any) -> dict[str, Any]:
        shown = {
            "region": ami.ec2_backend.region_name,
            "image": ami.id,
            "name": ami.name,
            "description": ami.description,
            "accountId": ami.owner_id,
        }
        return {key: value for key, value in shown.items() if value is not None}


def _filled(template: str, image: BakedImage, at: datetime) -> str:
    date = at.isoformat(timespec="milliseconds").replace("+00:00", "Z").replace(":", "-")
    values = {"imagebuilder:buildDate": date, "imagebuilder:buildVersion": image.version.replace("/", "-")}
    for name, value in values.items():
        for placeholder in (f"{{{{ {name} }}}}", f"{{{{{name}}}}}"):
            template = template.replace(placeholder, value)
    return template
