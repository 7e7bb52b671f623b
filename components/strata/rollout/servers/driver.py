"""The AWS calls of a rollout of servers, one method each, answering with the plain values of `views.py`.

Everything here blocks; the gate calls it from a thread. Throttling is retried with backoff by the clients.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from strata.aws.clients import error_code
from strata.aws.portions import portions
from strata.images.allowed_images import hides_images
from strata.images.image_finder import FILTER_VALUES
from strata.images.image_origin import ImageOrigin, knows_watermarks
from strata.images.image_protection import protect_images
from strata.images.image_tags import KEPT, KEPT_VALUE, RECIPE
from strata.images.key_use import KeyUse, auto_scaling_may_use, keys_of_snapshots
from strata.rollout.command_line import command_line_of
from strata.rollout.record import DIGEST_TAG
from strata.rollout.servers.heartbeat import Heartbeat
from strata.rollout.servers.keeping_calls import KeepingCalls
from strata.rollout.servers.launch_data import instance_tags, untagged
from strata.rollout.servers.once_calls import OnceCalls
from strata.rollout.servers.preferences import Preferences
from strata.rollout.servers.server_console import readable_lines
from strata.rollout.servers.views import FleetView, GroupView, ImageView, RefreshView

__all__ = ["Driver", "read_fleet"]

_REFRESHES_A_CALL = 100
"""DescribeInstanceRefreshes: `MaxRecords`."""

UNKNOWN_INSTANCE_TYPE = "InvalidInstanceType"
"""EC2's code for an instance type that does not exist, or not in the region."""

_NO_SUCH_VERSION = frozenset({"InvalidLaunchTemplateId.VersionNotFound", "InvalidLaunchTemplateId.NotFound"})
"""EC2's codes for a version, or a whole template, that is not there."""

_NO_SERVER = "InvalidInstanceID.NotFound"
"""EC2's code for an instance that does not exist any more."""

_NOT_LATEST = "UnsupportedOperation"
"""EC2's code for the newest console of an instance that is not built on Nitro."""

_ENDED = frozenset({"shutting-down", "terminated"})
"""States of an instance that is gone, or goes."""


class Driver(KeepingCalls, OnceCalls):
    """AWS, as far as a rollout of servers needs it."""

    @property
    def command_line(self) -> str:
        """AWS's own command line as it reaches this same AWS, see `command_line_of`."""
        return command_line_of(self._client("autoscaling"))

    # groups and refreshes

    def group(self, name: str) -> GroupView | None:
        """The group, or None when there is none of that name."""
        found = self._client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        groups = found["AutoScalingGroups"]
        return GroupView.from_api(groups[0]) if groups else None

    def groups_tagged(self, tags: Mapping[str, str]) -> list[GroupView]:
        """All groups that carry every one of the tags."""
        pages = (
            self._client("autoscaling")
            .get_paginator("describe_auto_scaling_groups")
            .paginate(Filters=[{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()])
        )
        return [GroupView.from_api(each) for page in pages for each in page["AutoScalingGroups"]]

    def refreshes(self, group: str, *, most: int = 10) -> list[RefreshView]:
        """The newest refreshes of the group, newest first; AWS keeps those of six weeks."""
        found = self._client("autoscaling").describe_instance_refreshes(AutoScalingGroupName=group, MaxRecords=most)
        return [RefreshView.from_api(each) for each in found["InstanceRefreshes"]]

    def every_refresh(self, group: str) -> list[RefreshView]:
        """All refreshes of the group that AWS keeps, newest first."""
        asked: dict[str, Any] = {"AutoScalingGroupName": group, "MaxRecords": _REFRESHES_A_CALL}
        found: list[RefreshView] = []
        while True:
            answer = self._client("autoscaling").describe_instance_refreshes(**asked)
            found += [RefreshView.from_api(each) for each in answer["InstanceRefreshes"]]
            if not answer.get("NextToken"):
                return found
            asked["NextToken"] = answer["NextToken"]

    def refresh(self, group: str, refresh_id: str) -> RefreshView | None:
        """One refresh by its id, or None when AWS knows none of that id."""
        found = self._client("autoscaling").describe_instance_refreshes(
            AutoScalingGroupName=group, InstanceRefreshIds=[refresh_id]
        )
        refreshes = found["InstanceRefreshes"]
        return RefreshView.from_api(refreshes[0]) if refreshes else None

    def start_refresh(self, group: str, template: str, version: int, preferences: Preferences) -> str:
        """Start rolling the group to the numbered version; gives the refresh's id."""
        started = self._client("autoscaling").start_instance_refresh(
            AutoScalingGroupName=group,
            Strategy="Rolling",
            DesiredConfiguration={"LaunchTemplate": _template(template, version)},
            Preferences=preferences.to_api(),
        )
        return started["InstanceRefreshId"]

    def roll_back(self, group: str) -> None:
        """Ask AWS to take the running refresh back to what the group has saved."""
        self._client("autoscaling").rollback_instance_refresh(AutoScalingGroupName=group)

    def cancel(self, group: str) -> None:
        """Stop the running refresh where it is; nothing is undone."""
        self._client("autoscaling").cancel_instance_refresh(AutoScalingGroupName=group)

    def save_version(self, group: str, template: str, version: int) -> None:
        """Make the numbered version the one the group launches from now on; no server is replaced."""
        self._client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=group, LaunchTemplate=_template(template, version)
        )

    def beat(self, heartbeat: Heartbeat) -> None:
        """Report one heartbeat. The time is CloudWatch's own: that of a laptop may be wrong by minutes."""
        self._client("cloudwatch").put_metric_data(**heartbeat.to_api())

    def set_deletion_protection(self, group: str, level: str) -> None:
        """Set whether AWS refuses to delete a group.

        Args:
            group: its name.
            level: a value of `DeletionProtection`.
        """
        self._client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=group, DeletionProtection=level)

    def last_trouble(self, group: str, since: datetime | None = None) -> str:
        """The group's newest activity that failed or replaced an unhealthy server; empty when there is none.

        Args:
            group: name of the group.
            since: leave out what began before. Default: leave out nothing.
        """
        found = self._client("autoscaling").describe_scaling_activities(AutoScalingGroupName=group, MaxRecords=50)
        for each in found["Activities"]:
            if since is not None and each["StartTime"] < since:
                break
            cause = each.get("Cause", "")
            if each["StatusCode"] == "Failed" or "health check" in cause:
                description, reason = each["Description"], each.get("StatusMessage") or cause
                # AWS repeats the reason of a failed launch inside its description
                return description if reason in description else f"{description}: {reason}"
        return ""

    # servers

    def console_lines(self, server: str) -> tuple[str, ...]:
        """The last lines on the console of a server; none where EC2 has nothing of it, or no such server any more.

        Of a server that has ended EC2 keeps the console for about an hour.
        """
        ec2 = self._client("ec2")
        try:
            found = ec2.get_console_output(InstanceId=server, Latest=True)
        except Exception as error:
            if error_code(error) == _NO_SERVER:
                return ()
            if error_code(error) != _NOT_LATEST:
                raise
            # of a server that is no Nitro instance EC2 has what it showed after its start
            found = ec2.get_console_output(InstanceId=server)
        return readable_lines(str(found.get("Output") or ""))

    def release_digests(self, template: str, versions: Iterable[str], *, model: int | None) -> dict[str, str | None]:
        """The release digest each numbered template version launches.

        None for a version Strata did not write, and for one that the template does not have (any more). A digest is a
        tag, and whoever makes a version from another copies its tags: so one that is the same as that of `model` has to
        launch the same too. Where `model` itself is not there any more nothing can be compared, and no tag is believed.

        Args:
            template: id of the launch template.
            versions: the versions asked for.
            model: a version of the template that Strata is known to have written; None where none is known.
        """
        return self.releases(template, versions, model=model)[0]

    def releases(
        self, template: str, versions: Iterable[str], *, model: int | None
    ) -> tuple[dict[str, str | None], str | None]:
        """As `release_digests`, and the image that `model` launches; None where that is not there.

        Args:
            template: id of the launch template.
            versions: the versions asked for.
            model: see `release_digests`.
        """
        wanted = set(versions)
        if not wanted:
            return {}, None
        found = self.launched(template, wanted if model is None else wanted | {str(model)})
        like = found.get(str(model))
        if model is not None and like is None:
            return dict.fromkeys(wanted), None
        digests = {each: _digest(found[each], like) if each in found else None for each in wanted}
        return digests, str(like.get("ImageId") or "") if like is not None else None

    def launched(self, template: str, versions: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """What each of the versions launches, in EC2's words, without those that are not there.

        Args:
            template: id of the launch template.
            versions: the versions asked for.
        """
        wanted = sorted(versions)
        try:
            known = self._client("ec2").get_paginator("describe_launch_template_versions")
            pages = list(known.paginate(LaunchTemplateId=template, Versions=wanted))
        except Exception as error:
            if error_code(error) not in _NO_SUCH_VERSION:
                raise
            if len(wanted) == 1:
                return {}
            # EC2 refuses the whole list for one that is not there
            return {version: data for each in wanted for version, data in self.launched(template, [each]).items()}
        found = [each for page in pages for each in page["LaunchTemplateVersions"]]
        return {str(each["VersionNumber"]): each["LaunchTemplateData"] for each in found}

    def has_version(self, template: str, version: str) -> bool:
        """Whether a launch template has a numbered version, or still has it."""
        return bool(self.launched(template, [version]))

    def newest_version(self, template: str) -> tuple[int, Mapping[str, Any]]:
        """The newest version of a launch template, and what it launches."""
        found = self._client("ec2").describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])
        newest = found["LaunchTemplateVersions"][0]
        return int(newest["VersionNumber"]), newest["LaunchTemplateData"]

    def copy_version(self, template: str, version: int) -> int:
        """Make a version of a launch template that launches what an earlier one does; gives its number."""
        # EC2 accepts no version without any data of its own
        same = {"ImageId": self.template_data(template, str(version))["ImageId"]}
        made = self._client("ec2").create_launch_template_version(
            LaunchTemplateId=template, SourceVersion=str(version), LaunchTemplateData=same
        )
        return int(made["LaunchTemplateVersion"]["VersionNumber"])

    def template_data(self, template: str, version: str) -> Mapping[str, Any]:
        """What a template version launches, in EC2's words."""
        found = self._client("ec2").describe_launch_template_versions(LaunchTemplateId=template, Versions=[version])
        return found["LaunchTemplateVersions"][0]["LaunchTemplateData"]

    def healthy_targets(self, target_groups: Sequence[str]) -> frozenset[str]:
        """Instances that every one of the target groups finds healthy."""
        healthy: set[str] | None = None
        for arn in target_groups:
            found = self._targets_in(arn)
            here = found.healthy if found else frozenset[str]()
            healthy = {*here} if healthy is None else healthy & here
        return frozenset(healthy or ())

    def gone_target_groups(self, target_groups: Sequence[str]) -> tuple[str, ...]:
        """Those of the target groups that are not there any more."""
        return tuple(arn for arn in target_groups if self._targets_in(arn) is None)

    # what a preflight asks

    def runs(self, instance: str) -> bool:
        """Whether there is an instance that has not ended, in whatever group or in none."""
        # by a filter, since EC2 refuses an id that it does not know any more
        asked = [{"Name": "instance-id", "Values": [instance]}]
        pages = self._client("ec2").get_paginator("describe_instances").paginate(Filters=asked)
        found = [reservation for page in pages for reservation in page["Reservations"]]
        states = [each["State"]["Name"] for reservation in found for each in reservation["Instances"]]
        return any(state not in _ENDED for state in states)

    def image(self, image_id: str) -> ImageView | None:
        """The image, or None when this account cannot see it."""
        ec2 = self._client("ec2")
        found = ec2.describe_images(
            Filters=[{"Name": "image-id", "Values": [image_id]}], IncludeDeprecated=True, IncludeDisabled=True
        )["Images"]
        return ImageView.from_api(found[0], marks_known=knows_watermarks(ec2)) if found else None

    def copied_from(self, images: Collection[str]) -> dict[str, str]:
        """The image that each is a copy of, of those that this account can see; one made from a server is no copy.

        Args:
            images: their ids.
        """
        pages = self._client("ec2").get_paginator("describe_images")
        found = [
            ImageOrigin.of(each)
            for some in portions(sorted(images), FILTER_VALUES)
            for page in pages.paginate(
                Filters=[{"Name": "image-id", "Values": some}], IncludeDeprecated=True, IncludeDisabled=True
            )
            for each in page["Images"]
        ]
        return {each.id: each.source for each in found if each.source and not each.server}

    def hides_images(self) -> bool:
        """Whether the account's Allowed AMIs hide images of others that they do not let through."""
        return hides_images(self._client("ec2"))

    def spare_images(self, images: Collection[str]) -> None:
        """Keep the lifecycle of their pipeline from deleting images, those of them that this account has baked.

        Args:
            images: their ids. Those that no pipeline of this account has made are left alone.
        """
        ec2 = self._client("ec2")
        baked = [{"Name": "image-id", "Values": sorted(images)}, {"Name": "tag-key", "Values": [RECIPE]}]
        found = self._own_images(baked)
        kept = {"Key": KEPT, "Value": KEPT_VALUE}
        if wanted := [each["ImageId"] for each in found if kept not in each["Tags"]]:
            ec2.create_tags(Resources=wanted, Tags=[kept])

    def _own_images(self, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        pages = self._client("ec2").get_paginator("describe_images")
        found = pages.paginate(Owners=["self"], Filters=filters, IncludeDeprecated=True)
        return [each for page in found for each in page["Images"]]

    def protect_images(self, images: Collection[str]) -> None:
        """Let EC2 refuse to deregister images, those of them that belong to this account.

        Args:
            images: their ids. One that is protected already is left as it is.
        """
        protect_images(self._client, images)

    def architectures(self, instance_type: str) -> tuple[str, ...] | None:
        """Processor architectures the instance type runs; None where the region has no such type."""
        try:
            found = self._client("ec2").describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"]
        except Exception as error:
            if error_code(error) != UNKNOWN_INSTANCE_TYPE:
                raise
            return None
        return tuple(found[0]["ProcessorInfo"]["SupportedArchitectures"]) if found else None

    def image_keys(self, image: ImageView) -> list[str]:
        """ARNs of the KMS keys the image's snapshots are encrypted with; none that another account shares with this."""
        return keys_of_snapshots(self._client, image.encrypted_snapshots)

    def auto_scaling_may_use(self, key: str, account: str) -> KeyUse:
        """Whether Auto Scaling of an account may use a key, see `auto_scaling_may_use` of `key_use.py`."""
        return auto_scaling_may_use(self._client, key, account)


def _template(template: str, version: int) -> dict[str, str]:
    return {"LaunchTemplateId": template, "Version": str(version)}


def _digest(data: Mapping[str, Any], model: Mapping[str, Any] | None) -> str | None:
    digest = instance_tags(data).get(DIGEST_TAG)
    if model is not None and digest == instance_tags(model).get(DIGEST_TAG) and untagged(data) != untagged(model):
        return None
    return digest


def read_fleet(driver: Driver, group: GroupView) -> FleetView:
    """The fleet of a group that has just been described.

    Between describing the group and its targets one server may leave and its successor become healthy: the answers, put
    together, then miss both. Where servers seem to be missing, the group is described once more between two looks at
    its targets, and a server counts that either of them found healthy.
    """
    if not group.target_groups:
        return FleetView(group, _serving(group))
    found = driver.healthy_targets(group.target_groups)
    healthy = _serving(group) & found
    if len(healthy) >= group.desired:
        return FleetView(group, healthy)
    again = driver.group(group.name)
    if again is None:
        return FleetView(group, healthy)
    return FleetView(again, _serving(again) & (found | driver.healthy_targets(again.target_groups)))


def _serving(group: GroupView) -> frozenset[str]:
    return frozenset(each.id for each in group.servers if each.in_service and each.healthy)
