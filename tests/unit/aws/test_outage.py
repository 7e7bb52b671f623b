"""One policy for every AWS call of a hook: what an error means, and how long a call is made again."""

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from strata.aws.outage import Patience, Trouble, answered, describe_failure, trouble_of
from strata.errors import AwsError

URL = "https://autoscaling.eu-west-1.amazonaws.com/"


def refused(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeInstanceRefreshes")


OUTAGES: tuple[Exception, ...] = (
    exceptions.EndpointConnectionError(endpoint_url=URL),
    exceptions.ConnectTimeoutError(endpoint_url=URL),
    exceptions.ConnectionClosedError(endpoint_url=URL),
    exceptions.ReadTimeoutError(endpoint_url=URL),
    exceptions.ProxyConnectionError(proxy_url=URL),
    exceptions.SSLError(endpoint_url=URL, error="unexpected eof"),
    exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
    exceptions.HTTPClientError(error="reset by peer"),
    ResponseParserError("not XML"),
    ConnectionResetError(104, "reset by peer"),
    TimeoutError("timed out"),
    *(refused(str(status), status) for status in TransientRetryableChecker._TRANSIENT_STATUS_CODES),
    *(refused(code) for code in ThrottledRetryableChecker._THROTTLED_ERROR_CODES),
    *(refused(code) for code in TransientRetryableChecker._TRANSIENT_ERROR_CODES),
    refused("InternalFailure", 500),
    refused("Unavailable", 503),
    refused("ResourceContention", 500),
)
"""botocore's own lists are part of it: what it retries for seconds is retried for minutes."""

CREDENTIALS: tuple[Exception, ...] = (
    *(
        refused(code, 403)
        for code in (
            *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "AuthFailure"),
            *("InvalidToken", "UnrecognizedClientException", "InvalidAccessKeyId", "TokenRefreshRequired"),
        )
    ),
    exceptions.NoCredentialsError(),
    exceptions.CredentialRetrievalError(provider="sso", error_msg="gone"),
    exceptions.UnauthorizedSSOTokenError(),
    exceptions.TokenRetrievalError(provider="sso", error_msg="gone"),
)

REFUSALS: tuple[Exception, ...] = (
    refused("AccessDenied", 403),
    refused("ValidationError"),
    refused("InstanceRefreshInProgress"),
    refused("ActiveInstanceRefreshNotFound"),
    exceptions.SSLError(endpoint_url=URL, error="CERTIFICATE_VERIFY_FAILED"),
    exceptions.ParamValidationError(report="x"),
    exceptions.NoRegionError(),
    KeyError("InstanceRefreshId"),
    FileNotFoundError("~/.aws/config"),
)


@pytest.mark.parametrize(
    "error,trouble",
    [
        *((error, Trouble.OUTAGE) for error in OUTAGES),
        *((error, Trouble.CREDENTIALS) for error in CREDENTIALS),
        *((error, Trouble.REFUSAL) for error in REFUSALS),
    ],
    ids=lambda value: describe_failure(value)[:60] if isinstance(value, Exception) else str(value),
)
def test_every_error_of_a_call_is_an_outage_a_matter_of_credentials_or_a_refusal(error, trouble):
    assert trouble_of(error) is trouble


def test_what_is_told_of_an_error_repeats_nothing_of_a_request():
    assert describe_failure(refused("Throttling")) == "DescribeInstanceRefreshes: Throttling"
    assert describe_failure(OUTAGES[0]) == f'Could not connect to the endpoint URL: "{URL}"'


class Clock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class Aws:
    """Answers with errors first, then well."""

    errors: list[Exception] = field(default_factory=list[Exception])
    calls: int = 0
    renewed: int = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    def renew(self) -> None:
        self.renewed += 1


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def patience(said) -> Patience:
    return Patience(Clock(), said.append)


async def test_an_outage_of_minutes_is_waited_out_and_reported_once_a_minute(patience, said):
    aws = Aws([refused("ServiceUnavailable", 503)] * 13)
    assert await answered(aws, aws.renew, patience) == "answer"
    assert said == [
        "no answer from AWS for 0 s (DescribeInstanceRefreshes: ServiceUnavailable); asking for 30 min more",
        "no answer from AWS for 1 min (DescribeInstanceRefreshes: ServiceUnavailable); asking for 29 min more",
        "no answer from AWS for 2 min (DescribeInstanceRefreshes: ServiceUnavailable); asking for 28 min more",
        "no answer from AWS for 3 min (DescribeInstanceRefreshes: ServiceUnavailable); asking for 27 min more",
        "AWS answers again after 3 min",
    ]
    assert patience.waited_seconds == 195


async def test_an_outage_longer_than_the_deadline_is_given_up_with_what_is_known(patience):
    aws = Aws([OUTAGES[0]] * 1000)
    patience.deadline_seconds = 100
    with pytest.raises(AwsError, match=r"AWS has not answered for 2 min \(Could not connect"):
        await answered(aws, aws.renew, patience)
    assert patience.waited_seconds == 100
    assert aws.calls == 8


async def test_without_patience_an_outage_comes_as_it_is():
    aws = Aws([OUTAGES[0]])
    with pytest.raises(exceptions.EndpointConnectionError):
        await answered(aws, aws.renew)


@pytest.mark.parametrize("error", REFUSALS, ids=describe_failure)
async def test_a_refusal_is_never_repeated(patience, error):
    aws = Aws([error])
    with pytest.raises(type(error)):
        await answered(aws, aws.renew, patience)
    assert (aws.calls, aws.renewed) == (1, 0)


@pytest.mark.parametrize("error", CREDENTIALS, ids=describe_failure)
async def test_expired_credentials_are_asked_for_once_by_whatever_name_aws_tells_it(patience, error):
    aws = Aws([error])
    assert await answered(aws, aws.renew, patience) == "answer"
    assert aws.renewed == 1
    hopeless = Aws([error, error])
    with pytest.raises(type(error)):
        await answered(hopeless, hopeless.renew, patience)


async def test_credentials_that_expire_in_an_outage_are_asked_for_after_it(patience):
    aws = Aws([refused("ExpiredToken"), OUTAGES[0], refused("ExpiredToken"), OUTAGES[0]])
    assert await answered(aws, aws.renew, patience) == "answer"
    assert aws.renewed == 2


@pytest.mark.parametrize("landed,calls,answer", [(True, 1, "found"), (False, 2, "answer")])
async def test_a_call_that_must_not_be_made_twice_is_looked_up_before_it_is_repeated(patience, landed, calls, answer):
    aws = Aws([exceptions.ReadTimeoutError(endpoint_url=URL)])

    async def look() -> str | None:
        return "found" if landed else None

    assert await answered(aws, aws.renew, patience, look=look) == answer
    assert aws.calls == calls


async def test_a_call_that_hangs_is_reported_while_it_hangs(patience):
    heard, going = threading.Event(), threading.Event()
    patience.hung_seconds = 0.001
    patience.say = lambda _text: heard.set()

    def hang() -> str:
        going.set()
        assert heard.wait(30)
        return "answer"

    assert await answered(hang, lambda: None, patience) == "answer"
    assert going.is_set()


async def test_who_stops_waiting_leaves_no_task_behind(patience):
    release, going = threading.Event(), threading.Event()

    def hang() -> None:
        going.set()
        release.wait(30)

    waiting = asyncio.ensure_future(answered(hang, lambda: None, patience))
    await asyncio.to_thread(going.wait, 30)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    release.set()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
