"""A resource as the configuration writes it, past the checks of pulumi_aws's own classes."""

import pulumi


class Anything(pulumi.CustomResource):
    """A resource of any type with any properties."""


config = pulumi.Config("trial")
Anything(config.require("type"), "thing", config.require_object("properties"))
