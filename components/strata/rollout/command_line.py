"""AWS's own command line as it reaches the AWS that somebody has just been answered by, for commands to paste."""

from typing import Any
from urllib.parse import urlsplit

from strata.aws.facts.partitions import partitions

__all__ = ["command_line_of"]

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_ANY_CREDENTIALS = "env -u AWS_PROFILE AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test "
"""The AWS command line sends nothing without credentials, and a local AWS accepts any."""


def command_line_of(client: Any) -> str:
    """The beginning of a command: with its user's credentials, or any for a local AWS.

    Args:
        client: a boto3 client of the service that the command is for.
    """
    meta = client.meta
    host = urlsplit(meta.endpoint_url).hostname or ""
    at_aws = any(host.endswith(f".{each.dns_suffix}") for each in partitions())
    endpoint = "" if at_aws else f"--endpoint-url {meta.endpoint_url} "
    return f"{_ANY_CREDENTIALS if host in _HERE else ''}aws {endpoint}--region {meta.region_name}"
