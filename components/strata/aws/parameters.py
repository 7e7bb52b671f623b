"""SSM parameters by their names, however many they are."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.outage import error_code
from strata.aws.portions import portions

__all__ = ["KEPT_VERSIONS", "describe_history", "describe_parameters", "read_parameters"]

KEPT_VERSIONS: Final = 100
"""Versions of a parameter that Parameter Store keeps."""

_A_CALL: Final = 10
"""GetParameters: `Names`."""


def describe_parameters(client: ClientFor, names: Iterable[str]) -> list[Mapping[str, Any]]:
    """Those of so many parameters that exist, as GetParameters answers.

    Args:
        client: gives the boto3 client of a service.
        names: asked once each.
    """
    asked = list(dict.fromkeys(names))
    found: list[Mapping[str, Any]] = []
    for some in portions(asked, _A_CALL):
        found += client("ssm").get_parameters(Names=some)["Parameters"]
    return found


def read_parameters(client: ClientFor, names: Iterable[str]) -> dict[str, str]:
    """The values of those that exist, by their names.

    Args:
        client: gives the boto3 client of a service.
        names: asked once each.
    """
    return {each["Name"]: each["Value"] for each in describe_parameters(client, names)}


def describe_history(client: ClientFor, name: str) -> list[Mapping[str, Any]]:
    """The versions of a parameter as GetParameterHistory answers, oldest first; none where there is no such parameter.

    AWS keeps the last 100.

    Args:
        client: gives the boto3 client of a service.
        name: the parameter.
    """
    pages = client("ssm").get_paginator("get_parameter_history").paginate(Name=name)
    try:
        return [each for page in pages for each in page["Parameters"]]
    except Exception as error:
        if error_code(error) != "ParameterNotFound":
            raise
        return []
