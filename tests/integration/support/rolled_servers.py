"""A service of servers in a story about rollouts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from strata.rollout.record import DIGEST_TAG
from strata.rollout.servers.preferences import Preferences
from strata.verdict_names import revoked_image_name
from strata_rehearsal.cloud.faults import FaultKind
from tests.integration.support.rolled import ENDLESS_SECONDS, Started, version_question
from tests.integration.support.services import routed
from tests.integration.support.trial import Trial

__all__ = ["RolledServers"]

BOOT_SECONDS = 60
BAKE_SECONDS = 600
"""Of a refresh in which a release is verified: long enough for all attempts."""


@dataclass
class RolledServers:
    """Servers, which are replaced by instance refresh.

    Args:
        trial: its stack.
        name: the service's name.
        desired: how many servers it wants.
    """

    trial: Trial
    name: str
    desired: int = 2

    DEPLOYER: ClassVar[str] = "servers"
    SUCCEEDED: ClassVar[str] = "Successful"
    WENT_BACK: ClassVar[str] = "RollbackSuccessful"
    SUPERSEDED: ClassVar[str] = "Cancelled"
    NOT_LAUNCHED: ClassVar[FaultKind] = FaultKind.NO_CAPACITY

    @property
    def ceiling(self) -> int:
        return self.desired + 1

    @property
    def goes_on(self) -> bool:
        return True

    def describe(self, priority: int, *, held: bool, pause_minutes: int, verified: bool, **rollout: Any) -> None:
        del pause_minutes  # no requests are moved
        batch = {"min_healthy_percent": 100, "max_healthy_percent": self._most}
        asked = {"bake_seconds": BAKE_SECONDS, "verify": version_question(priority)} if verified else {}
        whole = {**batch, "progress_deadline_seconds": 3600 if held else 400, **asked, **rollout}
        self.trial.services[self.name] = routed(
            priority, (self.desired, 2 * self.desired), drain_seconds=20, rollout=whole
        )
        self.trial.site.cloud.set_boot_seconds(self.name, ENDLESS_SECONDS if held else BOOT_SECONDS)

    def pin(self, version: str) -> None:
        self.trial.versions[self.name] = version

    def image(self, version: str) -> str:
        return self.trial.image(self.name, version)

    def spoil(self, version: str, kind: FaultKind, after: float | None = None) -> None:
        self.trial.break_image(self.name, version, kind, after)

    def revoke(self, version: str, reason: str) -> None:
        name = revoked_image_name(self.image(version))
        assert name is not None
        self.trial.site.client("ssm").put_parameter(Name=name, Value=reason, Type="String")

    def let_start(self) -> None:
        self.trial.site.cloud.set_boot_seconds(self.name, BOOT_SECONDS, waiting=True)

    def let_next_start(self) -> None:
        self.trial.site.cloud.set_boot_seconds(self.name, BOOT_SECONDS)

    def start_foreign(self) -> None:
        group, template, saved = self._saved()
        tags = [{"ResourceType": "instance", "Tags": [{"Key": DIGEST_TAG, "Value": "another"}]}]
        data = {**self.trial.site.driver.template_data(template, saved), "TagSpecifications": tags}
        made = self._ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
        version = int(made["LaunchTemplateVersion"]["VersionNumber"])
        self.trial.site.driver.start_refresh(group, template, version, self._preferences(ENDLESS_SECONDS))

    def start_again(self) -> None:
        group, _, _ = self._saved()
        scaling, preferences = self.trial.site.client("autoscaling"), self._preferences(ENDLESS_SECONDS)
        scaling.start_instance_refresh(AutoScalingGroupName=group, Preferences=preferences.to_api())

    def start_back_to(self, version: str) -> None:
        group, template, _ = self._saved()
        known = self._ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]
        image = self.image(version)
        first = min(each["VersionNumber"] for each in known if each["LaunchTemplateData"]["ImageId"] == image)
        self.trial.site.driver.start_refresh(group, template, first, self._preferences(BOOT_SECONDS))

    def end_foreign(self) -> None:
        self.trial.site.driver.cancel(self.trial.group(self.name).name)

    @property
    def rollouts(self) -> list[Started]:
        found = self.trial.refreshes(self.name)
        return [Started(each.id, f"refresh {each.id}", each.status.value, each.active) for each in found]

    @property
    def recorded(self) -> str | None:
        return self.trial.recorded(self.name)

    @property
    def launches(self) -> str:
        return self.trial.saved_image(self.name)

    @property
    def running(self) -> Mapping[str, str]:
        return self.trial.running(self.name)

    @property
    def serving(self) -> frozenset[str]:
        return frozenset(self.trial.group(self.name).target_groups)

    @property
    def _ec2(self) -> Any:
        return self.trial.site.client("ec2")

    @property
    def _most(self) -> int:
        return 100 + 100 // self.desired

    def _saved(self) -> tuple[str, str, str]:
        group = self.trial.group(self.name)
        assert group.template
        assert group.saved_version
        return group.name, group.template, group.saved_version

    def _preferences(self, warm_up: int) -> Preferences:
        return Preferences(min_healthy_percent=100, max_healthy_percent=self._most, instance_warmup_seconds=warm_up)
