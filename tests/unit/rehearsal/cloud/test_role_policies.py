"""What the policies of a role say to actions on resources, which moto cannot be asked."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/key-a1b2c3"
LOG_POLICY = "arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"


def decided(aws: Aws, role: str, *actions: str, resources: tuple[str, ...] = (SECRET,)) -> list[tuple[str, str]]:
    found = aws.iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=list(actions), ResourceArns=list(resources)
    )
    return [(each["EvalActionName"], each["EvalDecision"]) for each in found["EvaluationResults"]]


def test_a_role_may_what_its_own_and_attached_policies_allow_and_none_denies(bare: Aws):
    role = bare.iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    read = "secretsmanager:GetSecretValue"
    assert decided(bare, role, read) == [(read, "implicitDeny")]
    statements = [
        {"Effect": "Allow", "Action": "SecretsManager:Get*", "Resource": f"{SECRET[:-6]}??????"},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Effect": "Deny", "NotAction": ["secretsmanager:*", "logs:*"], "Resource": "*"},
    ]
    bare.iam.put_role_policy(
        RoleName="web",
        PolicyName="read",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    bare.iam.attach_role_policy(RoleName="web", PolicyArn=LOG_POLICY)
    assert decided(bare, role, read, "secretsmanager:PutSecretValue", "ecr:BatchGetImage", "logs:GetLogEvents") == [
        (read, "allowed"),
        ("secretsmanager:PutSecretValue", "implicitDeny"),
        ("ecr:BatchGetImage", "explicitDeny"),
        ("logs:GetLogEvents", "allowed"),
    ]
    assert decided(bare, role, read, resources=(SECRET, f"{SECRET}7")) == [(read, "allowed"), (read, "implicitDeny")]


def test_a_role_that_is_not_there_is_refused(bare: Aws):
    with pytest.raises(ClientError, match="NoSuchEntity"):
        decided(bare, "arn:aws:iam::123456789012:role/nobody", "s3:GetObject")
