"""The functions a program may call (`aws.ec2.get_ami` and its like): one table, one entry a function."""

from collections.abc import Callable, Mapping
from typing import Any

from strata.errors import RehearsalError
from strata.problem import nearest
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.engine_values import Properties
from strata_rehearsal.plugin.invokes import account, images, networks, policy_document, registries, values

__all__ = ["FUNCTIONS", "invoke"]

FUNCTIONS: Mapping[str, Callable[[AwsConnection, Properties], Properties]] = {
    **account.FUNCTIONS,
    **images.FUNCTIONS,
    **networks.FUNCTIONS,
    **policy_document.FUNCTIONS,
    **registries.FUNCTIONS,
    **values.FUNCTIONS,
}
"""Every function by token."""


def invoke(cloud: AwsConnection, token: str, arguments: Properties) -> dict[str, Any]:
    """The answer of a function.

    Raises:
        RehearsalError: the plugin does not have it, or it found nothing.
    """
    function = FUNCTIONS.get(token)
    if function is None:
        near = nearest(token, FUNCTIONS, likeness=0.8)
        hint = f"Did you mean {near}?" if near else f"A rehearsal answers {', '.join(sorted(FUNCTIONS))}."
        raise RehearsalError(f"a rehearsal has no function {token}", fix=hint)
    return function(cloud, arguments)
