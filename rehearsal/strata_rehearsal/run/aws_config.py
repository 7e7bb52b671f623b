"""How a program, its hooks and our own clients are led to the local AWS, whichever AWS plugin is used.

The stack's configuration has it once, and that of our own clients is read from it. A person's AWS profiles get
stand-ins, so that a program that names one is rehearsed with the profile's region and the local AWS.
"""

import os
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import Any

from strata.aws.clients import Clients
from strata.aws.provider_config import ProviderConfig, read_provider_config

__all__ = [
    "DEFAULT_REGION",
    "OWN_KEYS",
    "SERVICES",
    "aws_config",
    "aws_environment",
    "local_clients",
    "profile_regions",
    "provider_fields",
    "write_profiles",
]

DEFAULT_REGION = "us-east-1"
"""Where a stack is rehearsed whose file leaves the region to the environment."""

SERVICES = (
    "acm",
    "applicationautoscaling",
    "autoscaling",
    "backup",
    "cloudwatch",
    "ec2",
    "ecr",
    "ecs",
    "efs",
    "elbv2",
    "iam",
    "imagebuilder",
    "kms",
    "logs",
    "rds",
    "route53",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
"""What the provider gets an endpoint for, by its own names."""

CREDENTIAL = "test"
"""Access key and secret key of the local AWS."""

OWN_KEYS = frozenset(
    {
        "aws:profile",
        "aws:token",
        "aws:assumeRole",
        "aws:assumeRoles",
        "aws:assumeRoleWithWebIdentity",
        "aws:allowedAccountIds",
        "aws:forbiddenAccountIds",
        "aws:sharedConfigFiles",
        "aws:sharedCredentialsFiles",
    }
)
"""Keys of a stack file that would lead the provider to a real account."""


def aws_config(endpoint: str, region: str) -> Mapping[str, Any]:
    """Stack configuration, by full key.

    Args:
        endpoint: URL of the local AWS.
        region: AWS region of the stack.
    """
    return {
        "aws:region": region,
        "aws:accessKey": CREDENTIAL,
        "aws:secretKey": CREDENTIAL,
        "aws:skipCredentialsValidation": True,
        # without its account the real provider believes that every security group it refers to is another account's
        "aws:skipRequestingAccountId": False,
        "aws:skipMetadataApiCheck": True,
        "aws:s3UsePathStyle": True,
        "aws:endpoints": [dict.fromkeys(SERVICES, endpoint)],
    }


def aws_environment(endpoint: str, region: str, profiles: Path | None = None) -> Mapping[str, str]:
    """What leads every other client to the local AWS: explicit providers, sessions and AWS CLIs of a program.

    Args:
        endpoint: URL of the local AWS.
        region: AWS region of the stack.
        profiles: a shared config file with stand-ins for a person's profiles. Default: there are no profiles.
    """
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        **({"AWS_CONFIG_FILE": str(profiles)} if profiles else {}),
    }


def provider_fields(endpoint: str, region: str) -> Mapping[str, Any]:
    """The fields of `ProviderConfig` that lead clients to the local AWS: what the stack configuration comes to.

    Args:
        endpoint: its URL.
        region: AWS region of the stack.
    """
    inputs = {key.removeprefix("aws:"): value for key, value in aws_config(endpoint, region).items()}
    config = read_provider_config(inputs, "the configuration of the local AWS")
    return {
        "region": config.region,
        "access_key": config.access_key,
        "secret_key": config.secret_key,
        "endpoints": config.endpoints,
        # whatever proxy the environment names, nobody but this machine knows the address
        "no_proxy": "*",
    }


def local_clients(endpoint: str, region: str) -> Clients:
    """Clients of the local AWS.

    Args:
        endpoint: its URL.
        region: AWS region of the stack.
    """
    return Clients(ProviderConfig(**provider_fields(endpoint, region)))


def profile_regions(*named: str | None) -> dict[str, str | None]:
    """The profiles of whoever runs this, each with its region where it has one; credentials are not looked at.

    Args:
        named: further profiles that a stack names, whether they are there or not.
    """
    from botocore.exceptions import ConfigParseError
    from botocore.session import Session

    others = (*named, os.environ.get("AWS_PROFILE"), os.environ.get("AWS_DEFAULT_PROFILE"))
    found: dict[str, str | None] = {name: None for name in others if name}
    try:
        profiles: Mapping[str, Mapping[str, object]] = Session().full_config.get("profiles", {})
    except ConfigParseError:
        # A broken file of theirs is no matter of a rehearsal, which uses none of it.
        profiles = {}
    regions = {name: profile.get("region") for name, profile in profiles.items()}
    return {**found, **{name: region if isinstance(region, str) else None for name, region in regions.items()}}


def write_profiles(file: Path, regions: Mapping[str, str | None]) -> None:
    """Write a shared config file with credentials that only the local AWS accepts.

    Args:
        file: where to.
        regions: region by profile.
    """
    content = ConfigParser(interpolation=None, default_section="\n")
    for name, region in sorted(regions.items()):
        content[name if name == "default" else f"profile {_quoted(name)}"] = {
            "aws_access_key_id": CREDENTIAL,
            "aws_secret_access_key": CREDENTIAL,
            **({"region": region} if region else {}),
        }
    with file.open("w", encoding="utf-8") as stream:
        content.write(stream)


def _quoted(name: str) -> str:
    """A name with blanks is written in quotes, as the AWS CLI does."""
    return f'"{name}"' if " " in name else name
