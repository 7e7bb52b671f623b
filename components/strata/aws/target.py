"""Which AWS a command talks to: the stack's own, or the local one of a rehearsal."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from strata.aws.clients import Clients, error_code, expired
from strata.aws.outage import Trouble, trouble_of
from strata.aws.provider_config import ProviderConfig, read_provider_config
from strata.clock import Clock, clock_from_environment
from strata.errors import AwsError, UsageError
from strata.project.stack_file import StackFile
from strata.rehearsal import require_rehearsal

__all__ = ["connect_to_aws", "plain_errors"]

_REFUSED = ("AccessDenied", "AuthFailure", "InvalidClientTokenId", "NotAuthorized", "SignatureDoesNot", "Unauthorized")
"""Parts of AWS's codes for a caller it does not know, or who may not do what it asks for."""
_CREDENTIALS = "Check the credentials and their permissions: `strata doctor STACK --aws`."


def connect_to_aws(project: Path, stack: str, file: StackFile, *, local: bool) -> tuple[Clients, Clock]:
    """Clients for a stack's AWS, and the clock that goes with them.

    Args:
        project: folder of the Pulumi project.
        stack: the stack, for messages.
        file: the stack's configuration, whose `aws:*` decides whom the stack's own provider reaches.
        local: use the local AWS of the last rehearsal.

    Raises:
        ToolchainError: the local AWS is wanted, and the extra `rehearsal` is not installed.
        UsageError: there is no local AWS running, or the configuration cannot be read without an engine.
    """
    if not local:
        return Clients(read_provider_config(file.provider, file.source)), clock_from_environment()
    rehearsal = require_rehearsal()
    cloud = rehearsal.local_aws(project)
    if cloud is None:
        raise UsageError("no local AWS is running", fix=f"Start it: `strata rehearse {stack}`.")
    return Clients(ProviderConfig(**rehearsal.provider(cloud.endpoint, file.region))), cloud.clock


@contextmanager
def plain_errors() -> Generator[None]:
    """Turn what boto3 raises into errors a person can act on.

    Raises:
        AwsError: AWS refused, or cannot be reached.
    """
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except NoCredentialsError as error:
        raise AwsError(
            "there are no AWS credentials", fix="Log in, or use the rehearsal's AWS with --local."
        ) from error
    except ClientError as error:
        message = error.response.get("Error", {}).get("Message") or error_code(error)
        raise AwsError(
            f"AWS refused {error.operation_name}: {message}",
            fix=_fix_of(error),
        ) from error
    except BotoCoreError as error:
        raise AwsError(
            f"AWS cannot be reached: {error}", fix="Check the region, the network and the credentials."
        ) from error


def _fix_of(error: Exception) -> str:
    if _about_credentials(error):
        return _CREDENTIALS
    if trouble_of(error) is Trouble.OUTAGE:
        return "AWS was asked too much, or could not answer: wait a minute, and run the command again."
    return "Change what AWS names, and run the command again."


def _about_credentials(error: Exception) -> bool:
    return expired(error) or any(part in error_code(error) for part in _REFUSED)
