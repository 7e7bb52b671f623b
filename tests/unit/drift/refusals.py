"""Calls that AWS refuses whoever looks for drift."""

from botocore.exceptions import ClientError

__all__ = ["operation", "refusal"]


def operation(call: str) -> str:
    """A method of a client as AWS calls it: describe_images is DescribeImages."""
    return "".join(part.capitalize() for part in call.split("_"))


def refusal(call: str, code: str) -> ClientError:
    """What a client raises for a call that is not allowed."""
    return ClientError({"Error": {"Code": code, "Message": "You are not authorized."}}, operation(call))
