"""The test kit itself: each assertion finds what it is for, and says what to do."""

import asyncio
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from strata import testing


def graph_of(kind, name="it", opts=None, **inputs) -> testing.Graph:
    return testing.run(lambda: kind(name, opts=opts, **inputs))


GROUP: dict[str, Any] = {"min_size": 1, "max_size": 1}
FINDINGS = {
    "image alias": (
        testing.assert_images_are_pinned,
        lambda: graph_of(aws.ec2.LaunchTemplate, image_id="resolve:ssm:/image"),
        "runs the image 'resolve:ssm:/image': name an image id",
    ),
    "latest": (
        testing.assert_images_are_pinned,
        lambda: graph_of(aws.autoscaling.Group, **GROUP, launch_template={"id": "lt-1", "version": "$Latest"}),
        r"is on template version '\$Latest': use the template's latest_version",
    ),
    "image tag": (
        testing.assert_images_are_pinned,
        lambda: graph_of(
            aws.ecs.TaskDefinition, family="web", container_definitions='[{"name": "web", "image": "shop:1.4.2"}]'
        ),
        r"runs shop:1\.4\.2 in its container web, which can be another image tomorrow: name it as repository@sha256",
    ),
    "capacity": (
        testing.assert_capacity_is_left_alone,
        lambda: graph_of(aws.autoscaling.Group, **GROUP),
        "does not ignore changes of desiredCapacity: set ignore_changes",
    ),
    "imds": (
        testing.assert_metadata_is_protected,
        lambda: graph_of(aws.ec2.LaunchTemplate, metadata_options={"http_tokens": "optional"}),
        "allows IMDSv1: set metadata_options.http_tokens",
    ),
    "hops": (
        testing.assert_metadata_is_protected,
        lambda: graph_of(aws.ec2.LaunchTemplate, metadata_options={"http_tokens": "required"}),
        "has the hop limit None: set",
    ),
    "no volume": (
        testing.assert_volumes_are_encrypted,
        lambda: graph_of(aws.ec2.LaunchTemplate),
        "says nothing about its root volume",
    ),
    "plain volume": (
        testing.assert_volumes_are_encrypted,
        lambda: graph_of(
            aws.ec2.LaunchTemplate, block_device_mappings=[{"device_name": "/dev/xvda", "ebs": {"volume_size": 8}}]
        ),
        "has an unencrypted volume /dev/xvda",
    ),
    "open rule": (
        testing.assert_not_open_to_the_world,
        lambda: graph_of(
            aws.vpc.SecurityGroupIngressRule, security_group_id="sg-1", ip_protocol="tcp", cidr_ipv4="0.0.0.0/0"
        ),
        "lets in the whole internet: refer to a security group",
    ),
    "open inline": (
        testing.assert_not_open_to_the_world,
        lambda: graph_of(
            aws.ec2.SecurityGroup,
            ingress=[{"protocol": "tcp", "from_port": 22, "to_port": 22, "ipv6_cidr_blocks": ["::/0"]}],
        ),
        "lets in the whole internet",
    ),
    "fixed name": (
        testing.assert_names_are_free,
        lambda: testing.run(lambda: aws.lb.TargetGroup("it", name="mine")),
        "has the fixed name 'mine': leave the name out",
    ),
    "unprotected": (
        lambda graph: testing.assert_protected(graph, ["aws:ec2/vpc:Vpc"]),
        lambda: graph_of(aws.ec2.Vpc, cidr_block="10.0.0.0/16"),
        "is not protected: set protect",
    ),
    "nothing to protect": (
        lambda graph: testing.assert_protected(graph, ["aws:ec2/subnet:Subnet"]),
        lambda: graph_of(aws.ec2.Vpc, cidr_block="10.0.0.0/16"),
        "there is no aws:ec2/subnet:Subnet",
    ),
    "untagged": (
        lambda graph: testing.assert_tagged(graph, ["team"]),
        lambda: graph_of(aws.ec2.Vpc, cidr_block="10.0.0.0/16", tags={"other": "1"}),
        "lacks the tags team",
    ),
}


@pytest.mark.parametrize("finding", FINDINGS)
def test_an_assertion_finds_what_it_is_for_and_says_what_to_do(finding):
    assertion, graph, message = FINDINGS[finding]
    with pytest.raises(AssertionError, match=message):
        assertion(graph())


def test_the_world_may_reach_a_rule_that_is_named():
    graph = graph_of(
        aws.vpc.SecurityGroupIngressRule, "lb", security_group_id="sg-1", ip_protocol="tcp", cidr_ipv4="0.0.0.0/0"
    )
    testing.assert_not_open_to_the_world(graph, except_for=["lb"])


def test_one_says_what_is_there_when_it_finds_nothing():
    graph = graph_of(aws.ec2.Vpc, "main", cidr_block="10.0.0.0/16")
    with pytest.raises(AssertionError, match=r"expected one Subnet, found 0; there are aws:ec2/vpc:Vpc 'main'"):
        graph.one("Subnet")


def test_two_runs_know_nothing_of_each_other():
    first = graph_of(aws.ec2.Vpc, "first", cidr_block="10.0.0.0/16")
    second = graph_of(aws.ec2.Vpc, "second", cidr_block="10.0.0.0/16")
    assert [it.name for it in first] == ["first"]
    assert [it.name for it in second] == ["second"]


def test_a_program_that_fails_raises_what_it_raised_and_leaves_nothing_behind():
    def program():
        aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        testing.run(program)
    assert [it.name for it in graph_of(aws.ec2.Vpc, "next", cidr_block="10.0.0.0/16")] == ["next"]


def test_an_output_that_fails_fails_the_run():
    with pytest.raises(KeyError):
        testing.run(lambda: pulumi.export("x", pulumi.Output.from_input({}).apply(lambda it: it["missing"])))


def test_configuration_may_be_plain_python():
    def program():
        pulumi.export("found", pulumi.Config("strata").require_object("images"))

    assert testing.run(program, config={"strata:images": {"web": {"version": "1"}}}).exports["found"] == {
        "web": {"version": "1"}
    }


@pytest.mark.parametrize("preview", [True, False])
def test_a_program_can_be_run_as_a_preview(preview):
    graph = testing.run(lambda: pulumi.export("dry", pulumi.runtime.is_dry_run()), preview=preview)
    assert graph.exports == {"dry": preview}


def test_a_run_leaves_no_event_loop_to_the_next_test():
    graph_of(aws.ec2.Vpc, cidr_block="10.0.0.0/16")
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_a_lookup_the_mocks_do_not_know_is_named():
    with pytest.raises(Exception, match="do not know the lookup aws:ec2/getVpc:getVpc"):
        testing.run(lambda: aws.ec2.get_vpc(id="vpc-1"))


def test_images_are_taken_from_the_pins_of_a_configuration():
    pins = {"web": {"version": "1", "id": "ami-00000001"}, "jobs": {"version": "2", "app": "worker"}, "p": {}}
    services = {"worker": {"image": "jobs", "instance_type": "c7g.large"}, "web": {}}
    web, jobs = testing.images_pinned_by({"strata:images": pins, "strata:services": services})
    assert (web.app, web.version, web.id) == ("web", "1", "ami-00000001")
    assert (jobs.app, jobs.version) == ("worker", "2")
    assert (web.architecture, jobs.architecture) == ("x86_64", "arm64")
