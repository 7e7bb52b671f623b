"""Clients of ECR for registries of any region: an image need not be where a stack is."""

from typing import Any

from strata.aws.clients import ClientFor

__all__ = ["ecr_in"]


def ecr_in(client: ClientFor, region: str | None) -> Any:
    """The client of ECR for a registry.

    Args:
        client: gives the boto3 client of a service, in the region of a stack.
        region: of the registry. None: that of the stack.
    """
    here = client("ecr")
    elsewhere = getattr(client, "in_region", None)
    return here if region is None or elsewhere is None or here.meta.region_name == region else elsewhere(region)("ecr")
