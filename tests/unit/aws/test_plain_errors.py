"""What AWS refuses, in words a person can act on."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from strata.aws.target import plain_errors
from strata.errors import AwsError


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"because of {code}"}}, "DeleteDBInstance")


@pytest.mark.parametrize(
    "raised,says,fix",
    [
        (refused("AccessDenied"), "AWS refused DeleteDBInstance: because of AccessDenied", "strata doctor"),
        (refused("UnauthorizedOperation"), "because of UnauthorizedOperation", "strata doctor"),
        (refused("ExpiredTokenException"), "because of ExpiredTokenException", "strata doctor"),
        (refused("InvalidParameterCombination"), "because of InvalidParameterCombination", "what AWS names"),
        (refused("ThrottlingException"), "because of ThrottlingException", "wait a minute, and run the command again"),
        (NoCredentialsError(), "there are no AWS credentials", "Log in"),
        (EndpointConnectionError(endpoint_url="http://x"), "AWS cannot be reached", "the network"),
    ],
)
def test_a_refusal_says_what_to_do_about_it(raised: Exception, says: str, fix: str):
    with pytest.raises(AwsError, match=says) as error, plain_errors():
        raise raised
    assert fix in str(error.value)
