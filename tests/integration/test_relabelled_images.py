"""An image that is revoked, pinned as another version or by another name: `up` through the real engine refuses it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strata.naming import revocation_name
from strata.verdict_names import revoked_image_name
from strata_rehearsal.run.request import image_id
from tests.all_pages import all_pages
from tests.integration.support.warm_start import WarmStart
from tests.integration.test_image_life import FIRST, PROGRAM, REGION, REPOSITORY, STACK, Operator

REASON = ("--reason", "loses orders", "--stack", "staging")


@pytest.fixture
def operator(tmp_path: Path, warm: WarmStart) -> Iterator[Operator]:
    project = tmp_path / "shop"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "__main__.py").write_text(PROGRAM)
    pins = {"id": image_id("web", "1.0.0"), "repository": REPOSITORY, "digest": FIRST}
    (project / "Pulumi.staging.yaml").write_text(STACK.format(region=REGION, stage="staging", **pins))
    found = Operator(project, warm.command())
    yield found
    found.start("rehearse", "staging", "--stop").communicate()


def test_no_other_version_or_name_of_a_revoked_image_is_rolled(operator: Operator) -> None:
    operator.rehearse("staging")
    operator.bake("1.1.0")
    staging = operator.file("staging")
    ran = staging.read_text()
    digests = operator.client("ecr").describe_images(repositoryName="search", imageIds=[{"imageTag": "1.1.0"}])
    digest, machine = digests["imageDetails"][0]["imageDigest"], image_id("web", "1.1.0")
    for name, image in (("web", machine), ("search", digest)):
        assert operator.image("revoke", name, "1.1.0", *REASON)["image_ids"] == [image]
    ssm = operator.client("ssm")
    names = [str(revoked_image_name(each)) for each in (machine, digest)]
    assert len(ssm.get_parameters(Names=names)["Parameters"]) == 2
    # what is known of the version only is gone: what refuses is the image
    for name in ("web", "search"):
        ssm.delete_parameter(Name=revocation_name(name, "1.1.0"))

    # the digest under a version of its own, and the machine image by a pin with another name
    relabelled = ran.replace(FIRST, digest).replace("version: 1.0.0\n", "version: 1.1.1\n")
    pins = f"    site: {{ app: web, version: 1.1.0, id: {machine} }}\n  strata:container_images:"
    relabelled = relabelled.replace("  strata:container_images:", pins)
    relabelled = relabelled.replace("    web:\n      instance_type", "    web:\n      image: site\n      instance_type")
    staging.write_text(relabelled)
    refused = json.dumps(operator.rehearse("staging", code=3))
    assert f"image search 1.1.1 ({REPOSITORY}@{digest}) is revoked as search 1.1.0: loses orders" in refused
    assert f"image site 1.1.0 ({machine}) is revoked as web 1.1.0: loses orders" in refused
    staging.write_text(ran)
    assert operator.runs("staging") == {"web": "1.0.0", "search": "1.0.0"}
    launched = operator.client("ec2").describe_instances(Filters=[{"Name": "image-id", "Values": [machine]}])
    assert launched["Reservations"] == []
    ecs = operator.client("ecs")
    (cluster,) = all_pages(ecs, "list_clusters")
    tasks = ecs.describe_tasks(cluster=cluster, tasks=ecs.list_tasks(cluster=cluster)["taskArns"])["tasks"]
    assert tasks
    assert all(digest not in json.dumps(each["containers"]) for each in tasks)


def test_what_runs_is_not_recorded_as_a_version_that_somebody_has_only_tagged_it_with(operator: Operator) -> None:
    operator.rehearse("staging")
    staging, ec2, machine = operator.file("staging"), operator.client("ec2"), image_id("web", "1.0.0")
    ran = staging.read_text()
    before = launched(ec2, machine)
    assert before

    def tag(version: str) -> None:
        ec2.create_tags(Resources=[machine], Tags=[{"Key": "app_version", "Value": version}])

    tag("1.0.1")
    pin = f"web: {{ version: 1.0.0, id: {machine} }}"
    assert pin in ran
    staging.write_text(ran.replace(pin, pin.replace("1.0.0", "1.0.1")))
    refused = json.dumps(operator.rehearse("staging", code=3))
    assert f"web 1.0.1 ({machine}) must not be recorded" in refused
    assert "its watermark says web 1.0.0: expected 1.0.1" in refused
    assert operator.runs("staging")["web"] == "1.0.0"
    assert launched(ec2, machine) == before
    tag("1.0.0")
    staging.write_text(ran)
    operator.rehearse("staging")
    assert launched(ec2, machine) == before


def launched(ec2: Any, image: str) -> set[str]:
    """The servers of an image that run."""
    filters = [{"Name": "image-id", "Values": [image]}, {"Name": "instance-state-name", "Values": ["running"]}]
    found = ec2.describe_instances(Filters=filters)["Reservations"]
    return {server["InstanceId"] for each in found for server in each["Instances"]}
