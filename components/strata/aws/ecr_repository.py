"""Repositories of ECR, by their URIs: each is asked in its own region, since an image need not be where a stack is."""

import re
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.clients import ClientFor

__all__ = ["IN_ECR", "EcrRepository", "ecr_in"]

IN_ECR: Final = r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+/(?P<name>[^@:]+)"
"""The URI of a repository, without a tag and a digest."""


@dataclass(frozen=True)
class EcrRepository:
    """A repository of ECR.

    Args:
        account: whose registry it is in.
        region: of the registry.
        name: within it.
    """

    account: str
    region: str
    name: str

    @classmethod
    def parse(cls, uri: str) -> "EcrRepository | None":
        """The repository that a URI names; None for one of another registry.

        Args:
            uri: such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web.
        """
        found = re.fullmatch(IN_ECR, uri)
        return cls(found["account"], found["region"], found["name"]) if found else None

    @property
    def ids(self) -> dict[str, str]:
        """What names it in a call of ECR."""
        return {"registryId": self.account, "repositoryName": self.name}

    def client(self, client: ClientFor) -> Any:
        """The client of ECR in its region.

        Args:
            client: gives the boto3 client of a service, in the region of a stack.
        """
        return ecr_in(client, self.region)


def ecr_in(client: ClientFor, region: str) -> Any:
    """The client of ECR for a registry.

    Args:
        client: gives the boto3 client of a service, in the region of a stack.
        region: of the registry.
    """
    here = client("ecr")
    elsewhere = getattr(client, "in_region", None)
    return here if elsewhere is None or here.meta.region_name == region else elsewhere(region)("ecr")
