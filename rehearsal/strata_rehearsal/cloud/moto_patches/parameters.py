"""moto does not know who changed an SSM parameter; the history of a release is worth little without."""

from collections.abc import Callable
from typing import Any

from moto.ssm.models import Parameter, SimpleSystemManagerBackend

from strata_rehearsal.cloud.patches import wrap
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]


def patch() -> None:
    """Remember with each version of a parameter who put it."""
    wrap(SimpleSystemManagerBackend, "put_parameter", _signed)
    wrap(Parameter, "describe_response_object", _with_user)


def _signed(original: Callable[..., Parameter]) -> Callable[..., Parameter]:
    def put_parameter(self: Any, *args: Any, **kwargs: Any) -> Parameter:
        parameter = original(self, *args, **kwargs)
        parameter.strata_user = current().caller  # pyright: ignore[reportAttributeAccessIssue]
        current().world.record("parameter", parameter.name, "put", version=parameter.version)
        return parameter

    return put_parameter


def _with_user(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def describe_response_object(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        shown = original(self, *args, **kwargs)
        return {**shown, "LastModifiedUser": getattr(self, "strata_user", "unknown")}

    return describe_response_object
