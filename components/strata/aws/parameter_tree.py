"""SSM parameters by the path that they are below."""

from strata.aws.clients import ClientFor

__all__ = ["read_below"]


def read_below(client: ClientFor, path: str, *, recursive: bool = False) -> dict[str, str]:
    """The values of the parameters below a path, by their names.

    Args:
        client: gives the boto3 client of a service.
        path: the path.
        recursive: whether those of all levels below it are read, and not only of the next one.
    """
    pages = client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=recursive)
    return {str(each["Name"]): str(each["Value"]) for page in pages for each in page["Parameters"]}
