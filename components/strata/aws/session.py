"""boto3 sessions and clients that reach what the AWS provider reaches, by the same configuration in the same order.

Configuration wins over the environment, `AWS_REGION` over `AWS_DEFAULT_REGION`, both over the shared files.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from strata.aws.provider_config import ProviderConfig, seconds
from strata.errors import UsageError

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from botocore.session import Session as BotocoreSession

__all__ = ["make_client", "region_of", "session_of"]

_ORDER: Final = {
    "region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None, None),
    "profile": (None, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"], None, None),
}
"""botocore knows no AWS_REGION, and asks for AWS_DEFAULT_PROFILE first; the provider's SDK uses this order."""
_SESSION_NAME: Final = "strata"


def session_of(config: ProviderConfig) -> "boto3.Session":
    """A session as the provider would make it: credentials, then a web identity, then one role after the other.

    Args:
        config: the provider's configuration.

    Raises:
        UsageError: there is no such profile or no region, a role has no ARN, or the account may not be used.
    """
    session = _base(config)
    if session.region_name is None:
        raise UsageError("no AWS region is set", fix="Set aws:region in the stack's configuration, or AWS_REGION.")
    if config.web_identity is not None:
        session = _web_identity(session, config.web_identity, config)
    for role in config.assume_roles:
        session = _assumed(session, role, config)
    _check_account(session, config)
    return session


def region_of(config: ProviderConfig) -> str | None:
    """The region calls go to, in the provider's order; None where none is set.

    Args:
        config: the provider's configuration.

    Raises:
        UsageError: there is no such profile.
    """
    return config.region or _base(config).region_name


def make_client(session: "boto3.Session", service: str, config: ProviderConfig, options: "Config | None" = None) -> Any:
    """A client with the provider's endpoint, certificates, proxies, retries and addressing.

    Args:
        session: as `session_of` gives it.
        service: such as `autoscaling`.
        config: the provider's configuration; it wins.
        options: what else the client is to be like. Default: as botocore makes it.
    """
    region = config.sts_region if service == "sts" else None
    merged = _options(config, options)

    def made(proxies: Mapping[str, str] | None) -> Any:
        from botocore.config import Config

        return session.client(
            service,
            region_name=region,
            endpoint_url=config.endpoints.get(service),
            verify=False if config.insecure else config.ca_bundle,
            config=merged if proxies is None else merged.merge(Config(proxies=dict(proxies))),
        )

    # an empty mapping keeps botocore from asking the environment
    proxies, free = _proxies(config), config.no_proxy
    if free and (free == "*" or _bypassed(config.endpoints.get(service, ""), free)):
        return made({})
    client = made(proxies or None)
    # where nobody named an endpoint, only a client knows its own
    return made({}) if free and _bypassed(str(client.meta.endpoint_url), free) else client


def _core(config: ProviderConfig) -> "BotocoreSession":
    """A botocore session with the profile, the files and the order of the provider, without credentials of ours."""
    import botocore.session

    core = botocore.session.Session(session_vars=_ORDER, profile=config.profile)
    for name, value in (
        ("config_file", config.config_file),
        ("credentials_file", config.credentials_file),
        ("ec2_metadata_service_endpoint", config.metadata_endpoint),
        ("ec2_metadata_service_endpoint_mode", config.metadata_endpoint_mode),
    ):
        if value is not None:
            core.set_config_variable(name, value)
    return core


def _base(config: ProviderConfig) -> "boto3.Session":
    import boto3
    from botocore.exceptions import ProfileNotFound

    core = _core(config)
    try:
        if config.skip_metadata:
            core.get_component("credential_provider").remove("iam-role")
        return boto3.Session(
            botocore_session=core,
            region_name=config.region,
            aws_access_key_id=config.access_key,
            aws_secret_access_key=config.secret_key,
            aws_session_token=config.token,
        )
    except ProfileNotFound as error:
        raise UsageError(
            f"there is no AWS profile {core.profile!r}",
            fix="Name one of `aws configure list-profiles` with aws:profile or AWS_PROFILE.",
        ) from error


def _options(config: ProviderConfig, options: "Config | None") -> "Config":
    from botocore.config import Config

    given = options or Config()
    retries: dict[str, Any] = {**(getattr(given, "retries", None) or {})}
    if config.retry_mode:
        retries["mode"] = config.retry_mode
    if config.max_retries is not None:
        retries["total_max_attempts"] = max(config.max_retries, 1)
    s3 = {
        **({"addressing_style": "path"} if config.s3_path_style else {}),
        **({"us_east_1_regional_endpoint": config.s3_us_east_1} if config.s3_us_east_1 else {}),
    }
    own: dict[str, Any] = {
        "retries": retries or None,
        "s3": s3 or None,
        "use_dualstack_endpoint": config.dualstack,
        "use_fips_endpoint": config.fips,
        "user_agent_extra": " ".join(config.user_agents) or None,
    }
    return given.merge(Config(**{name: value for name, value in own.items() if value is not None}))


def _proxies(config: ProviderConfig) -> dict[str, str]:
    """The proxies that the configuration names; where it names none of a kind, the environment's."""
    secure = config.https_proxy or config.http_proxy
    named = {"http": config.http_proxy, "https": secure}
    given = {scheme: url for scheme, url in named.items() if url}
    return {**getproxies_environment(), **given} if given else {}


def _bypassed(endpoint: str, hosts: str) -> bool:
    """Whether a host is among those, or below one of them, that need no proxy."""
    host = urlsplit(endpoint).hostname or ""
    named = [each.strip().rpartition(":")[0] or each.strip() for each in hosts.split(",")]
    return any(each == "*" or f".{host}".endswith(f".{each.lstrip('.')}") for each in named if each)


def _web_identity(source: "boto3.Session", given: Mapping[str, Any], config: ProviderConfig) -> "boto3.Session":
    """A session of the role that a token of somebody else's is good for."""
    from botocore.credentials import AssumeRoleWithWebIdentityCredentialFetcher
    from botocore.utils import FileWebIdentityTokenLoader

    token, file = given.get("webIdentityToken"), given.get("webIdentityTokenFile")
    if not given.get("roleArn") or not (token or file):
        raise UsageError(
            "aws:assumeRoleWithWebIdentity needs roleArn and webIdentityToken or webIdentityTokenFile",
            fix="Give what is missing.",
        )
    fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
        client_creator=_sts(source, config),
        web_identity_token_loader=(lambda: token) if token else FileWebIdentityTokenLoader(str(file)),
        role_arn=given["roleArn"],
        extra_args=_arguments(given),
    )
    return _renewed("assume-role-with-web-identity", fetcher, config.region or source.region_name, config)


def _assumed(source: "boto3.Session", role: Mapping[str, Any], config: ProviderConfig) -> "boto3.Session":
    """A session of the role, whose credentials botocore renews by itself before they expire."""
    from botocore.credentials import AssumeRoleCredentialFetcher

    if not role.get("roleArn"):
        raise UsageError("aws:assumeRoles has an entry without roleArn", fix="Give every entry its roleArn.")
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=_sts(source, config),
        source_credentials=source.get_credentials(),
        role_arn=role["roleArn"],
        extra_args=_arguments(role),
    )
    return _renewed("assume-role", fetcher, config.region or source.region_name, config)


def _renewed(method: str, fetcher: Any, region: str | None, config: ProviderConfig) -> "boto3.Session":
    import boto3
    from botocore.credentials import DeferredRefreshableCredentials

    # the profile is also what clients are like: its certificates and retries, and AWS_PROFILE does not count beside it
    assumed = _core(config)
    assumed._credentials = DeferredRefreshableCredentials(  # noqa: SLF001  botocore offers no public way in
        method=method, refresh_using=fetcher.fetch_credentials
    )
    return boto3.Session(botocore_session=assumed, region_name=region)


def _sts(source: "boto3.Session", config: ProviderConfig) -> Callable[..., Any]:
    """What makes the STS client of a fetcher; the fetcher brings the credentials, or asks for none."""

    def client(service: str, **given: Any) -> Any:
        options: dict[str, Any] = {
            "region_name": config.sts_region,
            "endpoint_url": config.endpoints.get("sts"),
            "verify": False if config.insecure else config.ca_bundle,
            **given,
            "config": _options(config, given.get("config")),
        }
        return source.client(service, **options)

    return client


def _arguments(role: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of AssumeRole beside the role, from the provider's fields."""
    policy = role.get("policy")
    duration = seconds(str(role["duration"])) if role.get("duration") else None
    tags = role.get("tags") or {}
    arguments = {
        "RoleSessionName": role.get("sessionName") or _SESSION_NAME,
        "DurationSeconds": duration,
        "ExternalId": role.get("externalId"),
        "Policy": policy if isinstance(policy, str) or not policy else json.dumps(policy),
        "PolicyArns": [{"arn": arn} for arn in role.get("policyArns") or ()],
        "SourceIdentity": role.get("sourceIdentity"),
        "Tags": [{"Key": key, "Value": str(value)} for key, value in tags.items()],
        "TransitiveTagKeys": list(role.get("transitiveTagKeys") or ()),
    }
    return {name: value for name, value in arguments.items() if value}


def _check_account(session: "boto3.Session", config: ProviderConfig) -> None:
    """Refuse an account that the configuration does not allow, as the provider does before it makes anything."""
    if config.skip_account or not (config.allowed_accounts or config.forbidden_accounts):
        return
    account = str(make_client(session, "sts", config).get_caller_identity()["Account"])
    allowed = not config.allowed_accounts or account in config.allowed_accounts
    if allowed and account not in config.forbidden_accounts:
        return
    named = "does not name" if not allowed else "names"
    key = "allowedAccountIds" if not allowed else "forbiddenAccountIds"
    raise UsageError(
        f"the credentials are of account {account}, which aws:{key} {named}",
        fix="Use the credentials of the stack's own account: `strata doctor STACK --aws` shows whose they are.",
    )
