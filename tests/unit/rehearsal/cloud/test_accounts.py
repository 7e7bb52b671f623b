"""Whatever role a program assumes, its provider and its gate find the same things in the local AWS."""

from moto.iam.models import get_account_id_from

ROLE = "arn:aws:iam::210987654321:role/deploy"


def test_who_assumes_a_role_of_another_account_is_in_the_account_the_provider_works_in(aws):
    from moto.iam import models

    taken = aws.sts.assume_role(RoleArn=ROLE, RoleSessionName="deploy")["Credentials"]
    account = aws.sts.get_caller_identity()["Account"]
    assert account != "210987654321"
    assert get_account_id_from(taken["AccessKeyId"]) == "210987654321", "as moto has it"
    assert models.get_account_id_from(taken["AccessKeyId"]) == account
