"""The life of an image through the real engine: pinned and rolled in staging, promoted to prod, revoked, removed.

One story for a service on servers and one in containers, in two stacks of one project on one local AWS.
"""

import contextlib
import io
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from strata.cli.run import run
from strata.rehearsal import require_rehearsal
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.request import image_id
from tests.all_pages import all_pages
from tests.integration.support.warm_start import WarmStart

REGION = "eu-west-1"
REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/search"
PROMOTE = ("image", "promote", "prod", "--from", "staging", "--min-soak", "1m")
FIRST = f"sha256:{'a' * 64}"
PROGRAM = """
from strata import ContainerService, ImmutableService, Ingress, Network, Stack

stack = Stack.load()
network = Network.from_ids(
    "main",
    vpc_id="vpc-0a1b2c3d4e5f60718",
    cidr="10.20.0.0/16",
    public_subnet_ids=["subnet-0000000000000a001", "subnet-0000000000000a002"],
    private_subnet_ids=["subnet-0000000000000b001", "subnet-0000000000000b002"],
)
ingress = Ingress("public", stack.ingress, network=network)
for name, settings in stack.services.items():
    ImmutableService(name, settings, image=stack.image(name), network=network, ingress=ingress)
for name, settings in stack.container_services.items():
    ContainerService(name, settings, image=stack.container_image(name), network=network, ingress=ingress)
"""
STACK = """\
config:
  aws:region: {region}
  strata:stage: {stage}
  strata:images:
    web: {{ version: 1.0.0, id: {id} }}  # the shop
  strata:container_images:
    # found by its digest
    search:
      repository: {repository}
      version: 1.0.0
      digest: {digest}
  strata:services:
    web:
      instance_type: t3.small
      capacity: {{ min: 1, max: 2 }}
      routes: [{{ priority: 10, paths: ["/*"] }}]
      rollout: {{ bake_seconds: 30, alarms: "off" }}
  strata:container_services:
    search:
      capacity: {{ min: 1, max: 2 }}
      scaling: null
      routes: [{{ priority: 20, paths: [/search/*] }}]
      rollout: {{ strategy: rolling, alarms: "off" }}
"""
"""In prod the first pins are no promotions, so that promotions have something to take the place of."""


@dataclass
class Operator:
    """Somebody with a project of two stacks."""

    project: Path
    command: list[str]

    def start(self, *words: str) -> "subprocess.Popen[str]":
        command = [*self.command, *words, "-C", str(self.project), "--json"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def strata(self, *words: str, code: int = 0) -> dict[str, Any]:
        """A command that needs no process of its own."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            ended = run([*words, "-C", str(self.project), "--json"])
        assert ended == code, f"{words} ended with {ended}\n{out.getvalue()}"
        return json.loads(out.getvalue())

    def image(self, *words: str, code: int = 0) -> dict[str, Any]:
        return self.strata("image", *words, "--local", code=code)

    def rehearse(self, stack: str, code: int = 0, *words: str) -> dict[str, Any]:
        started = self.start("rehearse", stack, "--speed", "600", *words)
        out, err = started.communicate()
        assert started.returncode == code, f"{stack} ended with {started.returncode}\n{out}\n{err}"
        return json.loads(out)

    def file(self, stack: str) -> Path:
        return self.project / f"Pulumi.{stack}.yaml"

    def runs(self, stack: str) -> dict[str, str]:
        """Which version each service is proven to run, with nothing that deviates from it."""
        found = self.strata("rollout", "status", stack, "--local")
        return {each["service"]: each["version"] for each in found["services"]}

    def bake(self, *versions: str) -> None:
        """Machine images and container images, as a pipeline leaves them."""
        cloud: Any = require_rehearsal().local_aws(self.project)
        cloud.add_images([Image(name="web", version=each, id=image_id("web", each)) for each in versions])
        ecr = self.client("ecr")
        for each in versions:
            config = {"mediaType": "application/json", "size": 1, "digest": f"sha256:{each.replace('.', '0'):0>64}"}
            manifest = {
                "schemaVersion": 2,
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": config,
                "layers": [],
            }
            ecr.put_image(repositoryName="search", imageManifest=json.dumps(manifest), imageTag=each)

    def client(self, service: str) -> Any:
        cloud = require_rehearsal().local_aws(self.project)
        assert cloud is not None
        return boto3.client(
            service,
            endpoint_url=cloud.endpoint,
            region_name=REGION,
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory, warm: WarmStart) -> Iterator[Operator]:
    project = tmp_path_factory.mktemp("shop")
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "__main__.py").write_text(PROGRAM)
    for stack in ("staging", "prod"):
        pins = {"id": image_id("web", "1.0.0"), "repository": REPOSITORY, "digest": FIRST}
        text = STACK.format(region=REGION, stage=stack, **pins)
        (project / f"Pulumi.{stack}.yaml").write_text(text)
    found = Operator(project, warm.command())
    yield found
    found.start("rehearse", "staging", "--stop").communicate()


def test_an_image_is_pinned_rolled_promoted_revoked_and_removed(operator: Operator) -> None:
    prod = operator.file("prod")
    before = prod.read_text()

    # prod refuses what no other stack has proven
    refused = operator.rehearse("prod", code=2)
    assert "strata image promote STACK web --from OTHER" in json.dumps(refused)

    # pinned in staging by version alone, and rolled
    operator.rehearse("staging")
    operator.bake("1.1.0", "1.2.0")
    for name in ("web", "search"):
        assert operator.image("pin", "staging", name, "1.1.0")["written"]
    assert "# found by its digest" in operator.file("staging").read_text()
    assert operator.strata(*PROMOTE, "web", "--local", "--dry-run")["version"] == "1.0.0", (
        "what staging has proven, whatever its file pins by now"
    )
    operator.rehearse("staging")
    assert operator.runs("staging") == {"web": "1.1.0", "search": "1.1.0"}

    # promoted by two people at once: one of them writes
    people = [operator.start(*PROMOTE, "web", "--local") for _ in range(2)]
    answers = [(each.communicate(), each.returncode) for each in people]
    written = [json.loads(out)["written"] for (out, _), code in answers if code == 0]
    assert {code for _, code in answers} <= {0, 3}, answers
    assert written.count(True) == 1, answers
    assert operator.strata(*PROMOTE, "search", "--local")["proof"]["proven_by"] == "shop/staging"
    after = prod.read_text()
    assert after.count("proof:") == 2
    assert "} }  # the shop" in after
    assert after.partition("  strata:services:")[2] == before.partition("  strata:services:")[2]
    rolled = operator.rehearse("prod")
    assert rolled["outcome"] == "succeeded"
    assert operator.runs("prod") == {"web": "1.1.0", "search": "1.1.0"}

    # the list knows it all
    listed = {each["image_name"]: each["versions"] for each in operator.image("list", "prod")["images"]}
    for name in ("web", "search"):
        rows = {each["version"]: each for each in listed[name]}
        assert (rows["1.1.0"]["pinned"], rows["1.1.0"]["recorded_for"]) == (True, [name])
        assert (rows["1.2.0"]["exists"], rows["1.2.0"]["pinned"], rows["1.2.0"]["recorded_for"]) == (True, False, [])

    # a revoked version is refused, wherever somebody tries, and what runs it is named
    reason = ("--reason", "loses orders")
    for name in ("web", "search"):
        operator.image("revoke", name, "1.2.0", *reason, "--stack", "prod")
        assert "loses orders" in json.dumps(operator.image("pin", "staging", name, "1.2.0", code=3))
    held = operator.image("revoke", "web", "1.1.0", *reason, "--stack", "prod", "--dry-run")["holders"]
    assert {each["held_by"] for each in held} == {"record", "group", "server"}
    held = operator.image("revoke", "search", "1.1.0", *reason, "--stack", "prod", "--dry-run")["holders"]
    assert {each["held_by"] for each in held} == {"record", "task"}
    staging = operator.file("staging")
    proven = staging.read_text()
    staging.write_text(proven.replace("1.1.0", "1.2.0").replace(image_id("web", "1.1.0"), image_id("web", "1.2.0")))
    refused = operator.rehearse("staging", code=3)
    # which of the two comes first is up to the engine, and after the first one it begins no other
    assert {name for name in ("web", "search") if f"image {name} 1.2.0" in json.dumps(refused)}
    assert "is revoked: loses orders" in json.dumps(refused)
    assert operator.runs("staging")["web"] == "1.1.0"
    staging.write_text(proven)

    only_what_nobody_needs_can_be_removed(operator)
    assert operator.runs("staging")["web"] == "1.1.0"
    assert operator.runs("prod") == {"web": "1.1.0", "search": "1.1.0"}
    who_only_looks_at_what_is_mistyped_makes_nothing_of_it(operator)
    no_rehearsal_changes_an_image_that_is_there_or_brings_one_back(operator)


def who_only_looks_at_what_is_mistyped_makes_nothing_of_it(operator: Operator) -> None:
    ecr, staging = operator.client("ecr"), operator.file("staging")
    proven = staging.read_text()

    def stored() -> dict[str, Any]:
        names = [each["repositoryName"] for each in all_pages(ecr, "describe_repositories")]
        return {each: ecr.describe_images(repositoryName=each)["imageDetails"] for each in names}

    before = stored()
    assert set(before) == {"search"}
    mistyped = proven.replace(f"repository: {REPOSITORY}\n", f"repository: {REPOSITORY}s\n")
    assert mistyped != proven
    staging.write_text(mistyped)
    (plan,) = operator.strata("rollout", "plan", "staging", "search", "--local")["plans"]
    assert plan["service"] == "search"
    assert operator.image("list", "staging", "search")["images"]
    assert stored() == before
    staging.write_text(proven)


def only_what_nobody_needs_can_be_removed(operator: Operator) -> None:
    operator.bake("0.9.0")
    ec2 = operator.client("ec2")
    ids = {version: image_id("web", version) for version in ("1.0.0", "1.1.0", "0.9.0")}
    found = ec2.describe_images(ImageIds=list(ids.values()))["Images"]
    protection = {each["ImageId"]: each["DeregistrationProtection"] for each in found}
    assert [protection[each] for each in ids.values()] == [*["enabled-without-cooldown"] * 2, "disabled"]
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        ec2.deregister_image(ImageId=ids["1.1.0"])
    operator.image("unrevoke", "search", "1.2.0", "--reason", "it was web", "--stack", "prod")
    # the launch template names what its gate has refused
    for name, gone, refused in (("web", {"0.9.0"}, {"referenced"}), ("search", {"0.9.0", "1.2.0"}, None)):
        terms = ("--min-age", "0s", "--ways-back", "1")
        rows = {row["version"]: row for row in operator.image("prune", "prod", name, *terms, "--apply")["stored"]}
        kept = {version: {each["reason"] for each in row["kept"]} for version, row in rows.items() if row["kept"]}
        assert kept["1.1.0"] == {"pinned", "recorded", "launched", "running"}
        assert kept.get("1.2.0") == refused
        assert {version for version, row in rows.items() if row["removal"] and row["removal"]["gone"]} == gone
    there = {each["ImageId"] for each in ec2.describe_images(Owners=["self"])["Images"]}
    assert {version for version, each in ids.items() if each in there} == {"1.0.0", "1.1.0"}


def no_rehearsal_changes_an_image_that_is_there_or_brings_one_back(operator: Operator) -> None:
    ec2, staging = operator.client("ec2"), operator.file("staging")
    proven = staging.read_text()
    there = ec2.describe_images(Owners=["self"], IncludeDisabled=True)["Images"]
    pin = f"version: 1.1.0, id: {image_id('web', '1.1.0')}"
    assert pin in proven
    # the image of another version, and one that was removed
    for wrong, version, said in (
        ("1.1.1", "1.1.0", "is version 1.1.1 of web, and by its tags it is version 1.1.0 of web"),
        ("0.9.0", "0.9.0", "no available image is version 0.9.0 of web"),
    ):
        staging.write_text(proven.replace(pin, f"version: {wrong}, id: {image_id('web', version)}"))
        refused = operator.rehearse("staging", 3)
        assert said in json.dumps(refused)
        assert refused["made_up"] == []
    staging.write_text(proven)
    assert ec2.describe_images(Owners=["self"], IncludeDisabled=True)["Images"] == there
    (tried,) = operator.rehearse("staging", 0, "--image", "web=1.5.0")["made_up"]
    assert (tried["image_name"], tried["version"], tried["region"]) == ("web", "1.5.0", REGION)
