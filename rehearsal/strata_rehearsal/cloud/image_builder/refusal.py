"""What Image Builder refuses, in its codes and words."""

__all__ = ["ApiRefusal", "invalid", "not_here", "not_simulated"]


class ApiRefusal(Exception):  # noqa: N818 - said in the sentence that raises it
    """An error of the Image Builder API.

    Args:
        code: the error's name in AWS's model.
        message: its message.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(parameter: str, why: str, *, code: str = "InvalidParameterValueException") -> ApiRefusal:
    """What Image Builder says of a parameter whose value it does not accept."""
    return ApiRefusal(code, f"The value supplied for parameter '{parameter}' is not valid. {why}")


def not_here(arn: str) -> ApiRefusal:
    """There is no such resource."""
    return ApiRefusal("ResourceNotFoundException", f"The resource ARN '{arn}' cannot be found.")


def not_simulated(what: str) -> ApiRefusal:
    """AWS can do it and a rehearsal cannot, so that it must not look as if it had worked."""
    return ApiRefusal("InvalidRequestException", f"{what} is not simulated by the local AWS of a rehearsal.")
