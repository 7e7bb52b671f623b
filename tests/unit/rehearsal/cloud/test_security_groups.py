"""Security groups of the local AWS: a rule that is gone is told by the code that EC2 uses."""

import pytest

from strata.aws.clients import error_code
from tests.unit.rehearsal.cloud.conftest import Aws

WEB = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.parametrize("by_id", [True, False])
def test_a_rule_that_is_revoked_twice_is_told_by_the_way_it_was_named(aws: Aws, direction: str, *, by_id: bool):
    group = aws.ec2.create_security_group(GroupName="web", Description="web", VpcId=aws.vpc)["GroupId"]
    authorize = getattr(aws.ec2, f"authorize_security_group_{direction}")
    revoke = getattr(aws.ec2, f"revoke_security_group_{direction}")
    [rule] = authorize(GroupId=group, IpPermissions=[WEB])["SecurityGroupRules"]
    named = {"SecurityGroupRuleIds": [rule["SecurityGroupRuleId"]]} if by_id else {"IpPermissions": [WEB]}
    revoke(GroupId=group, **named)
    with pytest.raises(aws.ec2.exceptions.ClientError) as refused:
        revoke(GroupId=group, **named)
    assert error_code(refused.value) == (
        "InvalidSecurityGroupRuleId.NotFound" if by_id else "InvalidPermission.NotFound"
    )
