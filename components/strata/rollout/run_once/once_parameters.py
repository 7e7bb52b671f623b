"""The AWS calls about the notes of what runs once before a rollout."""

from datetime import datetime
from typing import Final

from strata.aws.outage import error_code
from strata.aws.parameter_tree import read_below
from strata.aws.parameters import describe_history
from strata.rollout.aws_calls import AsyncAws, BaseDriver, Repeatable
from strata.rollout.command_line import command_line_of
from strata.rollout.once_note import once_path

__all__ = ["AsyncOnceParameters", "OnceParameters"]

_THERE: Final = "ParameterAlreadyExists"
_NO_PARAMETER: Final = "ParameterNotFound"


class OnceParameters(BaseDriver):
    """AWS, as far as the notes of what runs once need it."""

    @property
    def parameter_line(self) -> str:
        """AWS's own command line for parameters, as it reaches this same AWS."""
        return f"{command_line_of(self._client('ssm'))} ssm"

    def once_values(self, record: str) -> dict[str, str]:
        """The notes of what ran once before the rollouts of a service, by the names of their parameters."""
        return read_below(self._client, once_path(record), recursive=True)

    def dated_history(self, record: str) -> list[tuple[str, datetime]]:
        """The values that a record has had and when it got them, oldest first."""
        return [(str(each["Value"]), each["LastModifiedDate"]) for each in describe_history(self._client, record)]

    def claim_once(self, name: str, value: str) -> bool:
        """Write a parameter that is not there yet; False if it is."""
        try:
            self._client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=False)
        except Exception as error:
            if error_code(error) != _THERE:
                raise
            return False
        return True

    def forget_once(self, name: str) -> None:
        """Delete a parameter, unless it is gone."""
        try:
            self._client("ssm").delete_parameter(Name=name)
        except Exception as error:
            if error_code(error) != _NO_PARAMETER:
                raise

    def identity(self) -> str:
        """ARN of the caller."""
        return str(self._client("sts").get_caller_identity()["Arn"])


class AsyncOnceParameters(AsyncAws):
    """`OnceParameters`, awaited."""

    # one that is there already may be this very one, and whoever finds it reads it
    claim_once = Repeatable(OnceParameters.claim_once)
    keep_once = Repeatable(OnceParameters.keep_note)
    identity = Repeatable(OnceParameters.identity)
