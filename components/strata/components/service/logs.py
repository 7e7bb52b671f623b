"""Where a service's servers write their logs."""

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.naming import LOG_GROUP_NAME
from strata.parameter_names import stack_path
from strata.settings.models import ServiceSettings
from strata.spectrum import Mutability

__all__ = ["log_group"]


def log_group(service: Component, settings: ServiceSettings) -> "aws.cloudwatch.LogGroup":
    """A log group with a name that can be guessed: `/strata/<project>/<stack>/<service>`."""
    return service.child(
        aws.cloudwatch.LogGroup,
        "log_group",
        Mutability.VERSIONED,
        suffix="logs",
        # A renamed service goes on in the group that has its logs; who names it by hand decides alone.
        ignore_changes=[] if service.overrides.names("log_group", LOG_GROUP_NAME) else ["name"],
    )(
        name=stack_path(pulumi.get_project(), pulumi.get_stack(), service.pulumi_resource_name),
        retention_in_days=settings.log_retention_days,
    )
