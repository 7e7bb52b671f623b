"""A group that is given too little time to get its servers, until the configuration says otherwise."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config("trial")
template = aws.ec2.LaunchTemplate("server", image_id=config.require("image"), instance_type="t3.small")
group = aws.autoscaling.Group(
    "server",
    min_size=1,
    max_size=1,
    vpc_zone_identifiers=config.require_object("subnets"),
    launch_template={"id": template.id, "version": template.latest_version.apply(str)},
    wait_for_capacity_timeout=config.require("limit"),
)
pulumi.export("group", group.name)
