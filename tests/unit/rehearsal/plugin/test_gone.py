"""What the provider takes for a resource that is gone already."""

import pytest

from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.provider import Resources

from .conftest import ScriptedCloud

GROUP = "aws:autoscaling/group:Group"
STATE = {"name": "web", "forceDelete": True}


def refusing(cloud: ScriptedCloud, message: str) -> Resources:
    def delete(**_parameters: object) -> dict[str, object]:
        raise AwsCallError("ValidationError", message, "DeleteAutoScalingGroup")

    cloud.answers["delete_auto_scaling_group"] = delete
    cloud.answers["describe_auto_scaling_groups"] = {"AutoScalingGroups": []}
    return Resources(cloud)


def test_a_group_whose_deletion_aws_refuses_is_not_taken_for_one_that_is_gone(cloud: ScriptedCloud):
    with pytest.raises(AwsCallError, match="deletion protection"):
        refusing(cloud, "its deletion protection is prevent-all-deletion").delete(GROUP, "web", "web", STATE, STATE)


def test_a_group_that_is_not_there_is_gone(cloud: ScriptedCloud):
    refusing(cloud, "AutoScalingGroup name not found").delete(GROUP, "web", "web", STATE, STATE)
