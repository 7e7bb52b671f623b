"""What an AWS call that failed means, and how long it is asked again: one policy for everything hooks ask of AWS.

botocore's own retries come first and last for seconds. What is left after them is one of three kinds, see `Trouble`:
an outage is no verdict, so it is waited out until a deadline; credentials that are no longer accepted are asked for
again, once; a refusal is final and comes as it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypeVar

from strata.clock import Clock
from strata.errors import AwsError

__all__ = ["DEADLINE_SECONDS", "Patience", "Trouble", "answered", "describe_failure", "error_code", "trouble_of"]

T = TypeVar("T")

DEADLINE_SECONDS = 1800.0
"""How long AWS may be out of reach before a hook gives up: longer than most outages of a control plane."""

PAUSE_SECONDS = 15.0
REPORT_SECONDS = 60.0


class Trouble(StrEnum):
    """What a failed call means for who made it."""

    OUTAGE = "outage"
    """AWS did not answer, or had no capacity to: throttling, 5xx, broken connections, time-outs. It may have acted."""
    CREDENTIALS = "credentials"
    """AWS does not accept the credentials, which may be new by now; it has not acted."""
    REFUSAL = "refusal"
    """AWS, or botocore itself, refused; asking again changes nothing."""


_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
        # botocore's own exceptions, which carry no code of AWS
        "CredentialRetrievalError",
        "LoginRefreshTokenExpired",
        "NoCredentialsError",
        "RefreshUnauthorizedError",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
"""What means that credentials are no longer good; each service has a name of its own for it."""

_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ResourceContention",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""What means "not now" with a status of 400, as botocore lists it; and Auto Scaling's own, which is retriable too."""

_LOST = frozenset({"ConnectionError", "HTTPClientError", "IncompleteReadError", "ResponseParserError"})
"""botocore's exceptions, and their descendants', for a request or an answer that was lost on the way."""


def error_code(error: BaseException) -> str:
    """AWS's code of a botocore error, such as `InstanceRefreshInProgress`; empty for any other exception."""
    response: Any = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, Mapping) else ""


def trouble_of(error: BaseException) -> Trouble:
    """What an exception of a boto3 call means. By name: botocore is not imported for it."""
    code, names = error_code(error), {kind.__name__ for kind in type(error).__mro__}
    if code in _CREDENTIALS or names & _CREDENTIALS:
        return Trouble.CREDENTIALS
    if code in _THROTTLED or _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Trouble.OUTAGE
    if isinstance(error, TimeoutError) or (names & _LOST and "CERTIFICATE_VERIFY_FAILED" not in str(error)):
        return Trouble.OUTAGE
    return Trouble.REFUSAL


def describe_failure(error: BaseException) -> str:
    """A failed call in one line: the operation and AWS's code, or what became of the connection.

    Nothing else of an answer is repeated, since it may quote the request.
    """
    if code := error_code(error):
        operation = getattr(error, "operation_name", "")
        return f"{operation}: {code}" if operation else code
    return str(error) or type(error).__name__


def _status(error: BaseException) -> int:
    response: Any = getattr(error, "response", None)
    found = response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, Mapping) else None
    return int(found or 0)


@dataclass
class Patience:
    """How long an outage is waited out.

    Args:
        clock: time and sleep.
        say: called once a minute while AWS does not answer, and when it does again.
        deadline_seconds: how long one call is asked again. Default: 30 minutes.
        pause_seconds: pause between two attempts, each of which is several of botocore's. Default: 15.
        hung_seconds: real seconds after which a call that hangs is reported. Default: 60.
    """

    clock: Clock
    say: Callable[[str], None]
    deadline_seconds: float = DEADLINE_SECONDS
    pause_seconds: float = PAUSE_SECONDS
    hung_seconds: float = REPORT_SECONDS
    waited_seconds: float = 0.0
    """All the time spent waiting for AWS so far: what nobody could see in it is held against nobody."""


async def answered(
    work: Callable[[], T],
    renew: Callable[[], None],
    patience: Patience | None = None,
    *,
    look: Callable[[], Awaitable[T | None]] | None = None,
) -> T:
    """The answer of a blocking call, run beside the event loop, whatever is between it and AWS.

    Args:
        work: the call. Without `look` it must be one that may be repeated.
        renew: forgets the credentials in use.
        patience: how long an outage is waited out. Default: not at all.
        look: for a call that must not be made twice: whether AWS did what was asked although its answer was lost, and
            if so the answer. Asked before each repetition.

    Raises:
        AwsError: the outage outlasted the deadline.
        Exception: a refusal as it came, an outage without patience, or credentials that fresh ones did not replace.
    """
    outage = _Outage(patience) if patience else None
    renewed = False
    while True:
        try:
            answer = await (_reported(work, patience) if patience else asyncio.to_thread(work))
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is Trouble.CREDENTIALS and not renewed:
                renew()
                renewed = True
                continue
            if trouble is not Trouble.OUTAGE or outage is None:
                raise
            await outage.wait(error)
            renewed = False
            found = None if look is None else await look()
            if found is None:
                continue
            answer = found
        if outage is not None:
            outage.over()
        return answer


async def _reported(work: Callable[[], T], patience: Patience) -> T:
    """The answer of a call; one that hangs is reported once a minute."""
    # no task: one that ends with KeyboardInterrupt or SystemExit ends the event loop as well
    future = asyncio.get_running_loop().run_in_executor(None, copy_context().run, work)
    hung = 0.0
    try:
        while not (await asyncio.wait({future}, timeout=patience.hung_seconds))[0]:
            hung += patience.hung_seconds
            patience.say(f"AWS has left a call without an answer for {_minutes(hung)}; it is being waited for")
    except asyncio.CancelledError:
        future.cancel()
        raise
    return future.result()


class _Outage:
    """One call that is not answered."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._since: float | None = None
        self._said = 0.0

    async def wait(self, error: BaseException) -> None:
        """Pause before the call is made again.

        Raises:
            AwsError: it has been made for long enough.
        """
        patience, now = self._patience, self._patience.clock.now()
        if self._since is None:
            self._since, self._said = now, now - REPORT_SECONDS
        lasts, left = now - self._since, self._since + patience.deadline_seconds - now
        if left <= 0:
            raise AwsError(
                f"AWS has not answered for {_minutes(lasts)} ({describe_failure(error)})",
                fix="Wait until it does, and try again.",
            ) from error
        if now - self._said >= REPORT_SECONDS:
            self._said = now
            what = describe_failure(error)
            patience.say(f"no answer from AWS for {_minutes(lasts)} ({what}); asking for {_minutes(left)} more")
        await patience.clock.sleep(min(patience.pause_seconds, left))
        patience.waited_seconds += patience.clock.now() - now

    def over(self) -> None:
        """AWS has answered."""
        if self._since is not None:
            self._patience.say(f"AWS answers again after {_minutes(self._patience.clock.now() - self._since)}")


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < REPORT_SECONDS else f"{seconds / 60:.0f} min"
