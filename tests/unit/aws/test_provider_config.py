"""Gates, commands, doctor and drills reach the account the provider reaches: every input of it is accounted for."""

import inspect
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pulumi_aws as aws
import pytest
from pulumi_aws import provider

from strata import doctor, testing
from strata.aws.clients import Clients, provider_config
from strata.aws.provider_config import (
    ENDPOINT_NAMES,
    INPUTS,
    ROLE_FIELDS,
    WEB_IDENTITY_FIELDS,
    Bearing,
    ProviderConfig,
    read_provider_config,
    seconds,
)
from strata.aws.session import make_client, region_of, session_of
from strata.errors import UsageError
from strata.restore_drill.drill import prepare_drill
from strata.rollout.stack_services import services_of_stack

KEYS = {"region": "eu-west-1", "accessKey": "AKID", "secretKey": "hush"}


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials, regions or files of whoever runs this."""
    import os

    for name in os.environ:
        if name.startswith("AWS_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def inputs_of(kind: Any) -> set[str]:
    names = inspect.signature(kind.__init__).parameters
    return {camel(name) for name in names if name != "__self__"}


def test_an_input_the_provider_gains_is_not_left_out_in_silence():
    assert inputs_of(provider.ProviderArgs) == set(INPUTS)


def test_every_field_of_a_role_is_known():
    assert inputs_of(aws.ProviderAssumeRoleArgs) == ROLE_FIELDS
    assert inputs_of(aws.ProviderAssumeRoleWithWebIdentityArgs) == WEB_IDENTITY_FIELDS


def test_every_name_of_an_endpoint_is_one_the_provider_knows():
    others = {name for names in ENDPOINT_NAMES.values() for name in names}
    botocore_alone = {"application-autoscaling", "events"}
    assert others | {*ENDPOINT_NAMES} - botocore_alone <= inputs_of(aws.ProviderEndpointArgs)


def client(values: Mapping[str, Any], service: str = "ssm") -> Any:
    config = read_provider_config({**KEYS, **values}, "the test")
    return make_client(session_of(config), service, config)


def credentials(values: Mapping[str, Any]) -> Any:
    return session_of(read_provider_config(values, "the test")).get_credentials()


def setting(name: str, value: Any) -> Callable[[Any], bool]:
    return lambda made: getattr(made.meta.config, name) == value


HONOURED: dict[str, tuple[Any, Callable[[Any], bool]]] = {
    "region": ("ap-south-1", lambda made: made.meta.region_name == "ap-south-1"),
    "endpoints": ([{"ssm": "http://127.0.0.1:1"}], lambda made: made.meta.endpoint_url == "http://127.0.0.1:1"),
    "useFipsEndpoint": (True, lambda made: "fips" in made.meta.endpoint_url),
    "useDualstackEndpoint": (True, lambda made: made.meta.endpoint_url.endswith(".api.aws")),
    "maxRetries": (3, lambda made: made.meta.config.retries["total_max_attempts"] == 3),
    "retryMode": ("adaptive", lambda made: made.meta.config.retries["mode"] == "adaptive"),
    "httpProxy": (
        "http://proxy:1",
        setting("proxies", {"http": "http://proxy:1", "https": "http://proxy:1"}),
    ),
    "httpsProxy": ("http://proxy:2", setting("proxies", {"https": "http://proxy:2"})),
    "noProxy": ("amazonaws.com,other:80", setting("proxies", {})),
    "userAgents": (["shop/1 (ops)"], lambda made: made.meta.config.user_agent_extra == "shop/1 (ops)"),
    "s3UsePathStyle": (True, setting("s3", {"addressing_style": "path"})),
    "s3UsEast1RegionalEndpoint": (
        "legacy",
        lambda made: made.meta.config.s3["us_east_1_regional_endpoint"] == "legacy",
    ),
    "insecure": (True, lambda made: made._endpoint.http_session._verify is False),
    "customCaBundle": ("/ca.pem", lambda made: made._endpoint.http_session._verify == "/ca.pem"),
}
"""What a client is like for an input that shapes one."""
ELSEWHERE = {
    *("accessKey", "secretKey", "token", "profile", "sharedConfigFiles", "sharedCredentialsFiles", "stsRegion"),
    *("assumeRoles", "assumeRoleWithWebIdentity", "allowedAccountIds", "forbiddenAccountIds"),
    *("skipRequestingAccountId", "skipMetadataApiCheck", "ec2MetadataServiceEndpoint"),
    "ec2MetadataServiceEndpointMode",
}
"""Inputs that decide where credentials come from: each has a test of its own below."""


def test_every_input_that_matters_to_a_call_has_a_test():
    assert {name for name, bearing in INPUTS.items() if bearing is Bearing.CALLS} == HONOURED.keys() | ELSEWHERE


@pytest.mark.parametrize("name", sorted(HONOURED))
@pytest.mark.parametrize("as_text", [False, True], ids=["from the file", "from the program"])
def test_an_input_shapes_every_client(name: str, as_text: bool):
    value, holds = HONOURED[name]
    given = value if isinstance(value, str) or not as_text else json.dumps(value)
    assert holds(client({name: given}, "s3" if name.startswith("s3") else "ssm"))


def test_a_proxy_is_left_out_for_the_hosts_that_need_none():
    assert client({"httpsProxy": "http://p:1", "noProxy": "example.com"}).meta.config.proxies == {"https": "http://p:1"}
    assert client({"httpsProxy": "http://p:1", "noProxy": ".amazonaws.com"}).meta.config.proxies == {}


# the order: configuration, AWS_REGION, AWS_DEFAULT_REGION, shared files


def shared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of a person with two profiles."""
    (folder / "config").write_text("[default]\nregion = sa-east-1\n[profile shop]\nregion = eu-north-1\n")
    (folder / "credentials").write_text(
        "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = x\n"
        "[shop]\naws_access_key_id = SHOP\naws_secret_access_key = x\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))


def test_the_region_is_found_in_the_providers_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shared(tmp_path, monkeypatch)
    assert region_of(ProviderConfig()) == "sa-east-1"
    assert region_of(ProviderConfig(profile="shop")) == "eu-north-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-1")
    assert region_of(ProviderConfig()) == "us-west-1"
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert region_of(ProviderConfig(profile="shop")) == "us-west-2"
    assert Clients(read_provider_config({}, "x"))("ssm").meta.region_name == "us-west-2"
    assert region_of(ProviderConfig(region="eu-west-1")) == "eu-west-1"


def test_a_stack_without_a_region_anywhere_is_one_sentence():
    with pytest.raises(UsageError, match="no AWS region is set"):
        Clients(read_provider_config({"accessKey": "a", "secretKey": "b"}, "x"))("ssm")


def test_credentials_are_found_in_the_providers_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shared(tmp_path, monkeypatch)
    assert credentials({}).access_key == "DEFAULT"
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "default")
    monkeypatch.setenv("AWS_PROFILE", "shop")
    assert credentials({}).access_key == "SHOP"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert credentials({}).access_key == "ENVIRONMENT"
    assert credentials({"profile": "shop"}).access_key == "SHOP", "a profile of the configuration wins"
    found = credentials({"profile": "shop", "accessKey": "STATIC", "secretKey": "x", "token": "t"})
    assert (found.access_key, found.token) == ("STATIC", "t")


def test_shared_files_of_the_configuration_are_read(tmp_path: Path):
    (tmp_path / "a").write_text("[profile shop]\nregion = eu-north-1\n")
    (tmp_path / "b").write_text("[shop]\naws_access_key_id = SHOP\naws_secret_access_key = x\n")
    files = {"sharedConfigFiles": [str(tmp_path / "a")], "sharedCredentialsFiles": [str(tmp_path / "b")]}
    config = read_provider_config({"profile": "shop", **files}, "x")
    session = session_of(config)
    assert (session.region_name, session.get_credentials().access_key) == ("eu-north-1", "SHOP")


def test_a_profile_that_is_not_there_is_one_sentence():
    with pytest.raises(UsageError, match="there is no AWS profile 'nobody'"):
        session_of(read_provider_config({"profile": "nobody", "region": "eu-west-1"}, "x"))


def test_the_metadata_service_is_asked_as_the_provider_asks_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    where = {"ec2MetadataServiceEndpoint": "http://127.0.0.1:9", "ec2MetadataServiceEndpointMode": "IPv6"}
    session = session_of(read_provider_config({"region": "eu-west-1", **where, "skipMetadataApiCheck": "true"}, "x"))
    core = session._session
    assert core.get_config_variable("ec2_metadata_service_endpoint") == "http://127.0.0.1:9"
    assert core.get_config_variable("ec2_metadata_service_endpoint_mode") == "ipv6"
    assert session.get_credentials() is None, "nobody is asked, or this would take seconds"
    methods = [each.METHOD for each in core.get_component("credential_provider").providers]
    assert "iam-role" not in methods


# what cannot be honoured is refused by name


@pytest.mark.parametrize(
    "values,says",
    [
        ({"secretKey": {"secure": "v1:x"}, "accessKey": "a"}, "aws:secretKey in Pulumi.dev.yaml is encrypted"),
        (
            {"assumeRoles": [{"roleArn": "a", "externalId": {"secure": "v1:x"}}], "token": {"secure": "v1:y"}},
            "aws:assumeRoles and aws:token in Pulumi.dev.yaml are encrypted",
        ),
        ({"sharedConfigFiles": ["a", "b"]}, "aws:sharedConfigFiles is not one file"),
        ({"accessKey": "a"}, "aws:accessKey and aws:secretKey go together"),
        ({"retryMode": "legacy"}, "aws:retryMode is not standard or adaptive"),
        ({"insecure": "perhaps"}, "aws:insecure is not true or false"),
        ({"maxRetries": "many"}, "aws:maxRetries is not a number"),
        ({"assumeRoles": "arn"}, "aws:assumeRoles is not a mapping"),
        ({"assumeRoles": [{"roleARN": "a"}]}, "aws:assumeRoles has no roleARN"),
        ({"assumeRoles": [{"roleArn": "a", "duration": "soon"}]}, "the duration soon is not one such as 1h30m"),
        ({"allowedAccountIds": [12345678901]}, "aws:allowedAccountIds is not account numbers of 12 digits in quotes"),
        ({"userAgents": [1]}, "aws:userAgents is not a list of texts"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(values: dict[str, Any], says: str):
    with pytest.raises(UsageError) as caught:
        read_provider_config(values, "Pulumi.dev.yaml")
    assert says in caught.value.message
    assert caught.value.fix
    assert "v1:" not in str(caught.value)


def test_what_is_about_resources_is_no_matter_of_a_call():
    others = {name: {"secure": "v1:x"} for name, bearing in INPUTS.items() if bearing is not Bearing.CALLS}
    assert read_provider_config(others, "x") == ProviderConfig()


@pytest.mark.parametrize(
    "text,expected",
    [("1h30m", 5400), ("900s", 900), ("1.5h", 5400), ("1500ms", 2), ("", None), ("1", None), ("1d", None)],
)
def test_a_duration_is_read_as_go_writes_it(text: str, expected: int | None):
    assert seconds(text) == expected


# roles: an STS on this machine says what it was asked


@dataclass
class Sts:
    """What was asked of it, and whose identity it tells."""

    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    account: str = "123456789012"
    url: str = ""

    def roles(self) -> list[str]:
        return [each["RoleArn"].rpartition("/")[2] for each in self.asked if "RoleArn" in each]


ASSUMED = (
    "<{0}Response><{0}Result><Credentials><AccessKeyId>{1}</AccessKeyId><SecretAccessKey>x</SecretAccessKey>"
    "<SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></{0}Result></{0}Response>"
)
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{0}</Account><Arn>arn:aws:iam::{0}:user/me</Arn>"
    "<UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@pytest.fixture
def sts() -> Iterator[Sts]:
    known = Sts()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = dict(parse_qsl(body))
            signed = re.search(r"Credential=(\w+)/\d+/([\w-]+)/", self.headers.get("Authorization", ""))
            known.asked.append({**asked, "by": signed[1] if signed else "nobody", "at": signed[2] if signed else ""})
            role = asked.get("RoleArn", "").rpartition("/")[2]
            action = asked["Action"]
            text = ASSUMED.format(action, role.upper()) if role else IDENTITY.format(known.account)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known.url = f"http://127.0.0.1:{server.server_port}"
    yield known
    server.shutdown()
    server.server_close()


def whole_role(name: str) -> dict[str, Any]:
    return {
        "roleArn": f"arn:aws:iam::123456789012:role/{name}",
        "sessionName": "deploy",
        "duration": "1h",
        "externalId": "shop",
        "policy": "{}",
        "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "sourceIdentity": "me",
        "tags": {"team": "web"},
        "transitiveTagKeys": ["team"],
    }


def test_every_field_of_a_role_reaches_sts_and_roles_are_assumed_one_by_the_other(sts: Sts):
    assert whole_role("x").keys() == ROLE_FIELDS
    config = read_provider_config(
        {
            **KEYS,
            "stsRegion": "us-east-2",
            "endpoints": [{"sts": sts.url}],
            "assumeRoles": [whole_role("first"), {"roleArn": "arn:aws:iam::123456789012:role/second"}],
        },
        "x",
    )
    session = session_of(config)
    assert session.get_credentials().get_frozen_credentials().access_key == "SECOND"
    assert session.region_name == "eu-west-1"
    first, second = sts.asked
    assert (first["by"], first["at"], second["by"]) == ("AKID", "us-east-2", "FIRST")
    assert {name: first[name] for name in first if name not in ("Action", "Version", "RoleArn", "by", "at")} == {
        "RoleSessionName": "deploy",
        "DurationSeconds": "3600",
        "ExternalId": "shop",
        "Policy": "{}",
        "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "SourceIdentity": "me",
        "Tags.member.1.Key": "team",
        "Tags.member.1.Value": "web",
        "TransitiveTagKeys.member.1": "team",
    }


def test_a_role_is_assumed_by_the_profile_of_the_configuration_whatever_aws_profile_says(
    sts: Sts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_PROFILE", "that-is-not-here")
    file = tmp_path / "config"
    file.write_text(
        "[profile prod]\naws_access_key_id = PROD\naws_secret_access_key = x\nregion = eu-west-1\nmax_attempts = 7\n"
    )
    config = read_provider_config(
        {
            "profile": "prod",
            "sharedConfigFiles": [str(file)],
            "endpoints": [{"sts": sts.url}],
            "assumeRoles": [{"roleArn": "arn:aws:iam::1:role/deploy"}],
        },
        "x",
    )
    client = make_client(session_of(config), "autoscaling", config)
    assert client.meta.config.retries["total_max_attempts"] == 7
    assert session_of(config).get_credentials().get_frozen_credentials().access_key == "DEPLOY"
    assert [each["by"] for each in sts.asked] == ["PROD"]


@pytest.mark.parametrize("by_file", [True, False])
def test_a_web_identity_is_exchanged_before_any_role(sts: Sts, tmp_path: Path, by_file: bool):
    (tmp_path / "token").write_text("TOKEN")
    token = {"webIdentityTokenFile": str(tmp_path / "token")} if by_file else {"webIdentityToken": "TOKEN"}
    values = {
        "region": "eu-west-1",
        "endpoints": [{"sts": sts.url}],
        "assumeRoleWithWebIdentity": {"roleArn": "arn:aws:iam::1:role/web", "duration": "15m", **token},
        "assumeRoles": [{"roleArn": "arn:aws:iam::1:role/last"}],
    }
    assert credentials(values).get_frozen_credentials().access_key == "LAST"
    web, last = sts.asked
    assert (web["Action"], web["WebIdentityToken"], web["DurationSeconds"], web["by"]) == (
        "AssumeRoleWithWebIdentity",
        "TOKEN",
        "900",
        "nobody",
    )
    assert last["by"] == "WEB"


@pytest.mark.parametrize(
    "values,says",
    [
        ({"allowedAccountIds": ["210987654321"]}, "aws:allowedAccountIds does not name"),
        ({"forbiddenAccountIds": ["123456789012"]}, "aws:forbiddenAccountIds names"),
    ],
)
def test_an_account_that_may_not_be_used_is_refused_before_anything_is_asked(
    sts: Sts, values: dict[str, Any], says: str
):
    there = {**KEYS, "endpoints": [{"sts": sts.url}], **values}
    with pytest.raises(UsageError, match=says):
        Clients(read_provider_config(there, "x"))("ssm")
    assert Clients(read_provider_config({**there, "skipRequestingAccountId": True}, "x"))("ssm")


STACK = """\
config:
  aws:region: eu-west-1
  aws:profile: shop
  aws:sharedCredentialsFiles: [{file}]
  aws:endpoints: [{{sts: "{url}", ssm: "{url}", autoscaling: "{url}", rds: "{url}"}}]
  aws:assumeRoles: [{{roleArn: "arn:aws:iam::1:role/one"}}, {{roleArn: "arn:aws:iam::1:role/two"}}]
  strata:stage: dev
"""


def as_gate(_: Path) -> Clients:
    found: list[ProviderConfig] = []
    from strata.project.stack_file import read_stack

    config = {f"aws:{name}": value for name, value in read_stack(_, "dev").provider.items()}
    testing.run(lambda: found.append(provider_config()), config=config)
    return Clients(found[0])


def as_status(project: Path) -> Clients:
    return services_of_stack(project, "dev", None, local=False).driver._client  # pyright: ignore[reportReturnType]


def as_drill(project: Path) -> Clients:
    return prepare_drill(project, "dev", local=False, say=print)._databases._client  # pyright: ignore[reportReturnType]


def as_doctor(project: Path) -> None:
    finding = doctor.account(project, "dev")
    assert finding.said == "123456789012 as arn:aws:iam::123456789012:user/me, eu-west-1"


@pytest.mark.parametrize("reader", [as_gate, as_status, as_drill, as_doctor])
def test_gate_commands_doctor_and_drill_answer_from_the_same_account(
    reader: Callable[[Path], Clients | None], sts: Sts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "SOMEBODY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    (tmp_path / "creds").write_text("[shop]\naws_access_key_id = SHOP\naws_secret_access_key = x\n")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK.format(file=tmp_path / "creds", url=sts.url))
    clients = reader(tmp_path)
    if clients is not None:
        clients("sts").get_caller_identity()
    assert sts.roles() == ["one", "two"]
    assert [each["by"] for each in sts.asked] == ["SHOP", "ONE", "TWO"]
    assert {each["at"] for each in sts.asked} == {"eu-west-1"}


def test_a_command_says_which_value_of_the_stack_file_only_pulumi_can_read(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    hidden = "  aws:accessKey: a\n  aws:secretKey: {secure: v1:x}\n"
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n  strata:stage: dev\n{hidden}")
    with pytest.raises(UsageError, match=r"aws:secretKey in Pulumi\.dev\.yaml is encrypted"):
        services_of_stack(tmp_path, "dev", None, local=False)
