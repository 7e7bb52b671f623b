"""A worker whose group has the name `trial:group`: another name makes another group."""

import pulumi

from strata import ImmutableService, Network, Stack
from strata.components.inputs import ImmutableServiceOverrides

config = pulumi.Config("trial")
stack = Stack.load()
network = Network.from_ids("main", **config.require_object("network"))
for name, settings in stack.services.items():
    overrides: ImmutableServiceOverrides = {"group": {"name": config.require("group")}}
    ImmutableService(name, settings, image=stack.image(name), network=network, overrides=overrides)
