"""moto's RunInstances makes a server that runs at once, with half of what its launch template has, and knows no token.

What names a launch template is launched as the servers of a group are. All else stays moto's.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2 import utils
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses.instances import InstanceResponse

from strata_rehearsal.cloud.fleet import ec2
from strata_rehearsal.cloud.fleet.single_servers import launch_single
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

_REFUSALS: Final = {"We currently do not have sufficient": "InsufficientInstanceCapacity"}
"""EC2's codes, by how its words begin."""


def patch() -> None:
    """Let RunInstances launch from a template as EC2 does."""
    wrap(InstanceResponse, "run_instances", _launching)
    # moto finds no instance by the token of its request
    known = {**utils.filter_dict_attribute_mapping, "client-token": "client_token"}
    replace(utils, "filter_dict_attribute_mapping", known)


def _launching(original: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def run_instances(self: Any) -> ActionResult:
        template = self._get_param("LaunchTemplate", {})
        if not template:
            return original(self)
        cloud, token = current(), str(self._get_param("ClientToken", ""))
        asked = json.dumps(dict(self.params), sort_keys=True, default=str)
        known = [each for each in cloud.single_servers.values() if token and each.token == token]
        if known and known[0].asked != asked:
            raise EC2ClientError(
                "IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
            )
        if known:
            return ActionResult(known[0].instance.strata_reservation)
        nic = (self._get_param("NetworkInterfaces", []) or [{}])[0]
        try:
            single = launch_single(
                cloud,
                self.current_account,
                self.region,
                ec2.configuration_of(self.ec2_backend, template, None),
                subnet=nic.get("SubnetId") or self._get_param("SubnetId"),
                tags=self._parse_tag_specification().get("instance", {}),
                token=token,
                asked=asked,
            )
        except ec2.CannotLaunchError as error:
            words = str(error).removesuffix(" Launching EC2 instance failed.")
            code = next((code for start, code in _REFUSALS.items() if words.startswith(start)), "InvalidParameterValue")
            raise EC2ClientError(code, words) from error
        return ActionResult(single.instance.strata_reservation)

    return run_instances
