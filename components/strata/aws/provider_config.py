"""The configuration of the AWS provider, `aws:*`, as values: one reading for gates, commands, doctor and drills.

Every input of the provider is in `INPUTS`: it decides whom a call reaches and how, and is honoured; or it is about what
the provider makes or how it paces itself, and no call of ours has a use for it. Nothing is left out in silence.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from strata.errors import UsageError

__all__ = [
    "ENDPOINT_NAMES",
    "INPUTS",
    "ROLE_FIELDS",
    "WEB_IDENTITY_FIELDS",
    "Bearing",
    "ProviderConfig",
    "read_provider_config",
    "seconds",
]


class Bearing(StrEnum):
    """What an input of the provider means for our own calls."""

    CALLS = "calls"
    """It decides which account, region or address a call reaches, or how: honoured."""
    RESOURCES = "resources"
    """It is about what the provider makes: of no use to a call."""
    PROVIDER = "provider"
    """How the provider checks or paces itself: of no use to a call."""


INPUTS: Final[Mapping[str, Bearing]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("accessKey", "allowedAccountIds", "assumeRoleWithWebIdentity", "assumeRoles", "customCaBundle"),
                *("ec2MetadataServiceEndpoint", "ec2MetadataServiceEndpointMode", "endpoints", "forbiddenAccountIds"),
                *("httpProxy", "httpsProxy", "insecure", "maxRetries", "noProxy", "profile", "region", "retryMode"),
                *("s3UsEast1RegionalEndpoint", "s3UsePathStyle", "secretKey", "sharedConfigFiles"),
                *("sharedCredentialsFiles", "skipMetadataApiCheck", "skipRequestingAccountId", "stsRegion", "token"),
                *("useDualstackEndpoint", "useFipsEndpoint", "userAgents"),
            ),
            Bearing.CALLS,
        ),
        **dict.fromkeys(("defaultTags", "ignoreTags", "tagPolicyCompliance"), Bearing.RESOURCES),
        **dict.fromkeys(
            ("skipCredentialsValidation", "skipRegionValidation", "tokenBucketRateLimiterCapacity"), Bearing.PROVIDER
        ),
    }
)
"""Every input of the provider, by its name below `aws:`."""

_ONE_ROLE: Final = "assumeRole"
"""How providers before 7 spelled `assumeRoles` with one entry."""

ROLE_FIELDS: Final = frozenset(
    {
        *("duration", "externalId", "policy", "policyArns", "roleArn", "sessionName", "sourceIdentity", "tags"),
        "transitiveTagKeys",
    }
)
"""Fields of an entry of `assumeRoles`."""
WEB_IDENTITY_FIELDS: Final = frozenset(
    {
        *("duration", "policy", "policyArns", "roleArn", "sessionName", "webIdentityToken", "webIdentityTokenFile"),
    }
)
"""Fields of `assumeRoleWithWebIdentity`."""

_SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_ACCOUNT: Final = re.compile(r"\d{12}")
ENDPOINT_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "application-autoscaling": ("applicationautoscaling", "appautoscaling"),
        "logs": ("cloudwatchlog", "cloudwatchlogs"),
        "elbv2": ("elasticloadbalancingv2",),
        "events": ("eventbridge", "cloudwatchevents"),
        "efs": (),
        "s3": ("s3api",),
    }
)
"""What the provider also calls a service, by botocore's name."""


@dataclass(frozen=True)
class ProviderConfig:
    """The part of the provider's configuration that decides whom a call reaches, and how.

    What is unset comes from the environment and the shared files, in the provider's order.
    """

    region: str | None = None
    profile: str | None = None
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    assume_roles: tuple[Mapping[str, Any], ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict[str, str])
    """URL by service, as botocore calls it."""
    web_identity: Mapping[str, Any] | None = field(default=None, repr=False)
    """Fields of `assumeRoleWithWebIdentity`."""
    config_file: str | None = None
    credentials_file: str | None = None
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()
    skip_account: bool = False
    """Whether nobody asks which account the credentials are of."""
    skip_metadata: bool = False
    """Whether the metadata service of EC2 is not asked for credentials."""
    metadata_endpoint: str | None = None
    metadata_endpoint_mode: str | None = None
    ca_bundle: str | None = None
    insecure: bool = False
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    max_retries: int | None = None
    """Calls made at most for one that AWS throttles or that fails."""
    retry_mode: str | None = None
    sts_region: str | None = None
    s3_path_style: bool = False
    s3_us_east_1: str | None = None
    """`legacy` or `regional`."""
    dualstack: bool | None = None
    fips: bool | None = None
    user_agents: tuple[str, ...] = ()


def read_provider_config(values: Mapping[str, Any], source: str) -> ProviderConfig:
    """The provider's configuration from what is below `aws:`.

    Args:
        values: by name without `aws:`; texts stand for numbers, flags and, as JSON, for mappings and lists too.
        source: where they are, for messages.

    Raises:
        UsageError: with everything that cannot be honoured, by name: what is encrypted, or no value of its kind.
    """
    decoded = {name: _decoded(value) for name, value in values.items() if value is not None}
    found = {name: value for name, value in decoded.items() if INPUTS.get(name) is Bearing.CALLS or name == _ONE_ROLE}
    hidden = sorted(f"aws:{name}" for name, value in found.items() if _encrypted(value))
    if hidden:
        raise UsageError(
            f"{' and '.join(hidden)} in {source} {'is' if len(hidden) == 1 else 'are'} encrypted, and a command that "
            "needs no engine cannot decrypt",
            fix=f"Take {'it' if len(hidden) == 1 else 'them'} out and give AWS's credentials by aws:profile or by the "
            "environment, which Pulumi reads as well.",
        )
    reader = _InputReader(found)
    roles = [*reader.mappings("assumeRoles"), *reader.mappings(_ONE_ROLE)]
    web = reader.mappings("assumeRoleWithWebIdentity")
    config = ProviderConfig(
        region=reader.text("region"),
        profile=reader.text("profile"),
        access_key=reader.text("accessKey"),
        secret_key=reader.text("secretKey"),
        token=reader.text("token"),
        assume_roles=tuple(reader.roles("assumeRoles", roles, ROLE_FIELDS)),
        endpoints=_by_service(reader.mappings("endpoints")),
        web_identity=next(iter(reader.roles("assumeRoleWithWebIdentity", web, WEB_IDENTITY_FIELDS)), None),
        config_file=reader.one("sharedConfigFiles"),
        credentials_file=reader.one("sharedCredentialsFiles"),
        allowed_accounts=reader.accounts("allowedAccountIds"),
        forbidden_accounts=reader.accounts("forbiddenAccountIds"),
        skip_account=reader.flag("skipRequestingAccountId") or False,
        skip_metadata=reader.flag("skipMetadataApiCheck") or False,
        metadata_endpoint=reader.text("ec2MetadataServiceEndpoint"),
        metadata_endpoint_mode=reader.choice("ec2MetadataServiceEndpointMode", ("ipv4", "ipv6")),
        ca_bundle=reader.text("customCaBundle"),
        insecure=reader.flag("insecure") or False,
        http_proxy=reader.text("httpProxy"),
        https_proxy=reader.text("httpsProxy"),
        no_proxy=reader.text("noProxy"),
        max_retries=reader.whole("maxRetries"),
        retry_mode=reader.choice("retryMode", ("standard", "adaptive")),
        sts_region=reader.text("stsRegion"),
        s3_path_style=reader.flag("s3UsePathStyle") or False,
        s3_us_east_1=reader.choice("s3UsEast1RegionalEndpoint", ("legacy", "regional")),
        dualstack=reader.flag("useDualstackEndpoint"),
        fips=reader.flag("useFipsEndpoint"),
        user_agents=reader.texts("userAgents"),
    )
    if (config.access_key is None) is not (config.secret_key is None):
        reader.problems.append("aws:accessKey and aws:secretKey go together, and one is missing")
    if reader.problems:
        raise UsageError(f"{source}: {'; '.join(reader.problems)}", fix="Correct what is named.")
    return config


def seconds(text: str) -> int | None:
    """A duration as the provider writes it, such as `1h30m`, in whole seconds; None for anything else."""
    parts = list(_DURATION.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text:
        return None
    return round(sum(float(part[1]) * _SECONDS[part[2]] for part in parts))


class _InputReader:
    """Reads inputs by name and keeps what is wrong with them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        if isinstance(value, dict | list | bool):
            return self._wrong(name, "a text")
        return None if value in (None, "") else str(value)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        value = (self.text(name) or "").lower()
        return value or None if value in ("", *allowed) else self._wrong(name, " or ".join(allowed))

    def flag(self, name: str) -> bool | None:
        value = self._values.get(name)
        words = {True: True, False: False, "true": True, "false": False, None: None, "": None}
        if isinstance(value, dict | list) or value not in words:
            return self._wrong(name, "true or false")
        return words[value]

    def whole(self, name: str) -> int | None:
        value = self.text(name)
        return int(value) if value and value.isdigit() else None if value is None else self._wrong(name, "a number")

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name)
        listed = value if isinstance(value, list) else [] if value in (None, "") else [value]
        if not all(isinstance(each, str) for each in listed):
            return self._wrong(name, "a list of texts in quotes") or ()
        return tuple(listed)

    def accounts(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name)
        listed = [str(each) for each in (value if isinstance(value, list) else [] if value is None else [value])]
        if not all(_ACCOUNT.fullmatch(each) for each in listed):
            return self._wrong(name, "account numbers of 12 digits in quotes") or ()
        return tuple(listed)

    def one(self, name: str) -> str | None:
        files = self.texts(name)
        if len(files) > 1:
            return self._wrong(name, f"one file, of which Strata reads one and this names {len(files)}: join them")
        return files[0] if files else None

    def mappings(self, name: str) -> list[Mapping[str, Any]]:
        value = self._values.get(name)
        listed: list[Any] = value if isinstance(value, list) else [] if value in (None, "") else [value]
        if not all(isinstance(each, dict) for each in listed):
            self._wrong(name, "a mapping")
            return []
        return listed

    def roles(self, name: str, entries: list[Mapping[str, Any]], known: frozenset[str]) -> Iterator[Mapping[str, Any]]:
        for entry in entries:
            if unknown := sorted(entry.keys() - known):
                self.problems.append(f"aws:{name} has no {' or '.join(unknown)}, only {', '.join(sorted(known))}")
            if (duration := entry.get("duration")) and seconds(str(duration)) is None:
                self.problems.append(f"aws:{name}: the duration {duration} is not one such as 1h30m")
            yield entry

    def _wrong(self, name: str, expected: str) -> None:
        self.problems.append(f"aws:{name} is not {expected}")


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _encrypted(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_encrypted, value.values()))
    return isinstance(value, list) and any(map(_encrypted, value))


def _by_service(entries: list[Mapping[str, Any]]) -> dict[str, str]:
    given = {name: str(url) for entry in entries for name, url in entry.items() if url}
    others = {
        service: given[other]
        for service, names in ENDPOINT_NAMES.items()
        for other in names
        if other in given and service not in given
    }
    return {**given, **others}
