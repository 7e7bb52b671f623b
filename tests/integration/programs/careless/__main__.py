"""A program that breaks rules: an open port, a template that hands out credentials, and a secret in its user data."""

import base64

import pulumi
import pulumi_aws as aws

network = pulumi.Config("trial").require_object("network")
aws.ec2.SecurityGroup(
    "open",
    vpc_id=network["vpc_id"],
    ingress=[{"protocol": "tcp", "from_port": 0, "to_port": 1024, "cidr_blocks": ["0.0.0.0/0"]}],
)
# known only once the parameter is there
address = aws.ssm.Parameter("address", type="String", insecure_value="db.internal").arn
script = pulumi.Output.concat("#!/bin/sh\nexport DB=", address, "\nexport DB_PASSWORD=hunter2secret\n")
aws.ec2.LaunchTemplate(
    "careless",
    image_id="ami-0f3c51d29a7e84b61",
    user_data=script.apply(lambda text: base64.b64encode(text.encode()).decode()),
)
