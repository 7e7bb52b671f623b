"""In a rehearsal nothing leaves the machine, whatever provider, profile, role or address a program names."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

GUARD = """\
import ipaddress, os, sys

def at_home(host):
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host if isinstance(host, str) else host.decode()).is_loopback
    except ValueError:
        return False

def audit(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    if not at_home(host):
        with open(os.environ["LEFT_FILE"], "a") as file:
            print(event, host, sys.argv, file=file)
        raise OSError(f"{host} is not on this machine")

sys.addaudithook(audit)
with open(os.environ["LEFT_FILE"] + ".guarded", "a") as file:
    print(os.getpid(), file=file)
"""
"""Imported by every Python process: it refuses every address but those of this machine, and keeps note of them."""

STACK = """\
config:
  pulumi:disable-default-providers: ["*"]
  strata:stage: dev
  strata:network: {zones: 2, nat: none}
  strata:images:
    web: {version: 1.4.2, id: ami-0f3c51d29a7e84b61}
  strata:secrets:
    mail: {generated: {length: 32}}
  strata:services:
    web: {instance_type: t3.micro, capacity: {min: 1, max: 2}, routes: [{priority: 10, paths: ["/*"]}]}
"""

PROGRAM = """\
import boto3, pulumi, pulumi_aws as aws
from strata import ImmutableService, Ingress, Network, Secret, Stack

role = "arn:aws:iam::210987654321:role/deploy"
provider = aws.Provider(
    "other",
    region="eu-central-1",
    profile="shop prod",
    allowed_account_ids=["210987654321"],
    assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=role)],
    endpoints=[aws.ProviderEndpointArgs(ec2="https://10.255.255.1", s3="https://s3.eu-central-1.amazonaws.com")],
)
person = boto3.Session(profile_name="shop prod", region_name="eu-central-1")
taken = person.client("sts").assume_role(RoleArn=role, RoleSessionName="deploy")["Credentials"]
keys = [taken[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
session = boto3.Session(*keys, region_name="eu-central-1")
boto3.client("s3").list_buckets()

opts = pulumi.ResourceOptions(providers=[provider])
stack = Stack.load(opts=opts)
network = Network("main", stack.network, opts=opts)
ingress = Ingress("public", stack.ingress, network=network, opts=opts)
mail = Secret("mail", stack.secrets["mail"], session=session, opts=opts)
web = ImmutableService(
    "web",
    stack.services["web"],
    image=stack.image("web"),
    network=network,
    ingress=ingress,
    uses=[mail],
    session=session,
    opts=opts,
)
"""


@pytest.fixture
def proxy() -> Iterator[socket.socket]:
    """Where everything would go that asks the environment for a way out; nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


def test_a_program_on_an_explicit_provider_is_rehearsed_and_reaches_for_nothing_outside(
    tmp_path: Path, proxy: socket.socket
):
    project, home, guard = tmp_path / "project", tmp_path / "person", tmp_path / "guard"
    for folder in (project, home / ".aws", guard):
        folder.mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "Pulumi.dev.yaml").write_text(STACK)
    (project / "__main__.py").write_text(PROGRAM)
    (home / ".aws" / "config").write_text('[profile "shop prod"]\nsso_start_url = https://sso.example.com\n')
    (guard / "sitecustomize.py").write_text(GUARD)
    left = tmp_path / "left"
    way_out = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), way_out),
        "HOME": str(home),
        "XDG_CACHE_HOME": cache,
        "PYTHONPATH": str(guard),
        "LEFT_FILE": str(left),
    }

    def strata(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("strata")), *words, "-C", str(project), "--json"]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    try:
        done = strata("rehearse", "acme/shop/dev", "--speed", "600")
        status = strata("rollout", "status", "dev", "--local")
    finally:
        strata("rehearse", "dev", "--stop")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["services"][0]["version"] == "1.4.2"
    guarded = (tmp_path / "left.guarded").read_text().split()
    assert len(set(guarded)) >= 4, "the command, the local AWS, the program and the plugin are all watched"
    assert not left.exists(), left.read_text()
    with pytest.raises(BlockingIOError):
        proxy.accept()
    assert status.returncode == 0, status.stdout
