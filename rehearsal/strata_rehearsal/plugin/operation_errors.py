"""What can go wrong in an operation, as text for a person."""

from typing import Any

from strata.errors import RehearsalError

__all__ = ["AwsCallError", "CancelledError", "HalfMadeError", "describe"]


class AwsCallError(RehearsalError):
    """AWS refused a call; `code` is AWS's word for why, "" when nothing answered at all."""

    def __init__(self, code: str, text: str, operation: str) -> None:
        self.code = code
        self.operation = operation
        super().__init__(f"{code}: {text} ({operation})" if code else f"{text} ({operation})")


class CancelledError(RehearsalError):
    """The engine cancelled the update while an operation was waiting."""


class HalfMadeError(RehearsalError):
    """A resource that exists but is not what was asked for yet; the engine keeps it in the state and tries again."""

    def __init__(self, resource_id: str, outputs: dict[str, Any], reason: str) -> None:
        self.resource_id = resource_id
        self.outputs = outputs
        super().__init__(reason)


def describe(error: Exception, operation: str) -> tuple[str, str, str]:
    """AWS's code, the message and the API operation of a boto3 error."""
    response = getattr(error, "response", None)
    api_name = "".join(part.capitalize() for part in operation.split("_"))
    if isinstance(response, dict) and "Error" in response:
        code = str(response["Error"].get("Code", "Unknown"))
        return code, str(response["Error"].get("Message") or "no message"), getattr(error, "operation_name", api_name)
    return "", str(error).strip() or type(error).__name__, api_name
