"""The provider configuration that points a program at the local AWS, for any AWS plugin and for the gate."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from strata.aws.clients import Clients
from strata.aws.provider_config import ProviderConfig

__all__ = [
    "DEFAULT_REGION",
    "OWN_KEYS",
    "SERVICES",
    "aws_config",
    "aws_environment",
    "local_clients",
    "provider_fields",
]

DEFAULT_REGION = "us-east-1"
"""Where a stack is rehearsed whose file leaves the region to the environment."""

SERVICES = (
    "acm",
    "autoscaling",
    "backup",
    "cloudwatch",
    "ec2",
    "efs",
    "elbv2",
    "iam",
    "kms",
    "logs",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
"""What the provider is told an endpoint for, by its own names."""

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
        "aws:accessKey": "test",
        "aws:secretKey": "test",
        "aws:skipCredentialsValidation": True,
        # without its account the real provider takes every security group it refers to for another account's
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
    """The fields of `ProviderConfig` that lead clients to the local AWS.

    Args:
        endpoint: its URL.
        region: AWS region of the stack.
    """
    return {
        "region": region,
        "access_key": "test",
        "secret_key": "test",
        "endpoints": dict.fromkeys(SERVICES, endpoint),
        "no_proxy": "*",
    }


def local_clients(endpoint: str, region: str) -> Clients:
    """Clients of the local AWS.

    Args:
        endpoint: its URL.
        region: AWS region of the stack.
    """
    return Clients(ProviderConfig(**provider_fields(endpoint, region)))
