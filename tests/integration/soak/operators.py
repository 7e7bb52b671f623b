"""What other people and their tools do to a group by hand, with credentials of their own."""

from typing import Any

from botocore.exceptions import ClientError

from strata.rollout.servers.preferences import Preferences
from tests.integration.soak.scenario import Intervention, Scenario
from tests.integration.support import Site

__all__ = ["OPERATOR", "Operator"]

OPERATOR = "operator"
"""What the event log calls them."""

TOO_LATE = (
    *("ActiveInstanceRefreshNotFound", "InstanceRefreshInProgress", "IrreversibleInstanceRefresh"),
    # a server that is gone by now
    "ValidationError",
)
"""How AWS refuses what came a moment too early or too late."""


class Operator:
    """Intervenes.

    Args:
        site: where.
    """

    def __init__(self, site: Site) -> None:
        self._scaling: Any = site.new_client("autoscaling", OPERATOR)

    def intervene(self, what: Intervention, scenario: Scenario, group: str) -> bool:
        """Do it; whether AWS took it."""
        try:
            getattr(self, f"_{what.name.lower()}")(scenario, group)
        except ClientError as error:
            if error.response["Error"]["Code"] not in TOO_LATE:
                raise
            return False
        return True

    def _cancel(self, _scenario: Scenario, group: str) -> None:
        self._scaling.cancel_instance_refresh(AutoScalingGroupName=group)

    def _roll_back(self, _scenario: Scenario, group: str) -> None:
        self._scaling.rollback_instance_refresh(AutoScalingGroupName=group)

    def _restart(self, scenario: Scenario, group: str) -> None:
        preferences = Preferences(scenario.min_percent, scenario.max_percent, scenario.boot_seconds + 60)
        self._scaling.start_instance_refresh(AutoScalingGroupName=group, Preferences=preferences.to_api())

    def _protect(self, _scenario: Scenario, group: str) -> None:
        (found,) = self._scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]
        serving = [each["InstanceId"] for each in found["Instances"] if each["LifecycleState"] == "InService"]
        self._scaling.set_instance_protection(
            AutoScalingGroupName=group, InstanceIds=serving[:1], ProtectedFromScaleIn=True
        )
