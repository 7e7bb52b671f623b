"""Secrets of the local AWS: who rotates them is kept, and nothing rotates by itself."""

import pytest

from tests.unit.rehearsal.cloud.conftest import Aws

ROTATOR = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"


def test_a_rotation_is_kept_with_its_schedule_and_leaves_the_value_alone(bare: Aws):
    arn = bare.secretsmanager.create_secret(Name="login", SecretString="first")["ARN"]
    rules = {"ScheduleExpression": "rate(30 days)", "Duration": "3h"}
    bare.secretsmanager.rotate_secret(SecretId=arn, RotationLambdaARN=ROTATOR, RotationRules=rules)
    found = bare.secretsmanager.describe_secret(SecretId=arn)
    assert (found["RotationEnabled"], found["RotationLambdaARN"], found["RotationRules"]) == (True, ROTATOR, rules)
    assert bare.secretsmanager.get_secret_value(SecretId=arn)["SecretString"] == "first"


def test_a_rotation_that_is_cancelled_is_off(bare: Aws):
    arn = bare.secretsmanager.create_secret(Name="login", SecretString="first")["ARN"]
    bare.secretsmanager.rotate_secret(SecretId=arn, RotationLambdaARN=ROTATOR)
    bare.secretsmanager.cancel_rotate_secret(SecretId=arn)
    assert bare.secretsmanager.describe_secret(SecretId=arn)["RotationEnabled"] is False


@pytest.mark.parametrize("deleted", [True, False])
def test_a_secret_that_is_not_there_is_not_rotated(bare: Aws, deleted: bool):
    secrets = bare.secretsmanager
    arn = secrets.create_secret(Name="login")["ARN"]
    secrets.delete_secret(
        SecretId=arn, **({"RecoveryWindowInDays": 7} if deleted else {"ForceDeleteWithoutRecovery": True})
    )
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.rotate_secret(SecretId=arn, RotationLambdaARN=ROTATOR)
