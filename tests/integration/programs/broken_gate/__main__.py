"""Workers whose gates meet an exception without a message: `trial:errors` names its type by service."""

import asyncio
import builtins
from typing import Any

import boto3
import pulumi

from strata import ImmutableService, Network, Stack
from strata.rollout.wiring import server_gate

config = pulumi.Config("trial")
errors = config.require_object("errors")
(endpoints,) = pulumi.Config("aws").require_object("endpoints")


class Broken(boto3.Session):
    """A session that works but for Auto Scaling: what guards the group passes, what proves the release does not."""

    def __init__(self, error: str) -> None:
        super().__init__("test", "test", region_name=pulumi.Config("aws").require("region"))
        self._error = error

    def client(self, service_name: str, *args: Any, **options: Any) -> Any:
        if service_name == "autoscaling":
            raise asyncio.CancelledError if self._error == "CancelledError" else getattr(builtins, self._error)
        return super().client(service_name, *args, **{**options, "endpoint_url": endpoints[service_name]})


stack = Stack.load()
network = Network.from_ids("main", **config.require_object("network"))
for name, settings in stack.services.items():
    gate = server_gate(session=Broken(errors[name]))
    ImmutableService(name, settings, image=stack.image(name), network=network, gate=gate)
