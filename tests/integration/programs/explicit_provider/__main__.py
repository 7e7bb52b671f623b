"""A worker on a provider of its own, and with `trial:session` with a session for its gate."""

import boto3
import pulumi
import pulumi_aws as aws

from strata import ImmutableService, Network, Stack

config, defaults = pulumi.Config("trial"), pulumi.Config("aws")
stack = Stack.load()
network = Network.from_ids("main", **config.require_object("network"))
provider = aws.Provider(
    "other",
    region=defaults.require("region"),
    access_key="test",
    secret_key="test",
    skip_credentials_validation=True,
    skip_requesting_account_id=True,
    skip_metadata_api_check=True,
    endpoints=defaults.require_object("endpoints"),
)
session = boto3.Session("test", "test", region_name="eu-west-1") if config.get_bool("session") else None
for name, settings in stack.services.items():
    ImmutableService(
        name,
        settings,
        image=stack.image(name),
        network=network,
        session=session,
        opts=pulumi.ResourceOptions(providers=[provider]),
    )
