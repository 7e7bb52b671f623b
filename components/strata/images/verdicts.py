"""What forbids a version of an image: a veto for one service of one stack, or its revocation everywhere.

Each is an SSM parameter that forbids by being there (`naming.veto_name`, `naming.revocation_name`). Commands write who
forbade it, when and why, as JSON; a person who writes one by hand may write the reason alone.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.outage import error_code
from strata.aws.parameters import read_parameters
from strata.clock import Clock, utc_text
from strata.naming import version_in, veto_path, vetoed_service

__all__ = ["ImageVerdict", "VerdictStore", "describe_verdict", "read_verdict"]

_ROOM: Final = 4096
"""Bytes of the value of a standard parameter (Parameter Store)."""


@dataclass(frozen=True)
class ImageVerdict:
    """Why a version must not run.

    Args:
        reason: in the words of whoever forbade it.
        by: ARN of who did; None where it was written by hand.
        at: when, as RFC 3339 in UTC; None where it was written by hand.
    """

    reason: str
    by: str | None = None
    at: str | None = None

    def __str__(self) -> str:
        """The reason, and who gave it, as one line."""
        said = ", ".join(each for each in (self.by, self.at) if each)
        return f"{self.reason} ({said})" if said else self.reason

    def to_json(self) -> str:
        """The parameter's value."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    def within(self, room: int) -> "ImageVerdict":
        """It with as much of its reason as lets its value be of so many bytes."""
        # what a terminal passes on in another encoding than UTF-8 is not text
        reason = self.reason.encode("utf-8", "replace").decode()
        left = room - len(replace(self, reason="").to_json().encode())
        sizes = (len(json.dumps(each, ensure_ascii=False).encode()) - len('""') for each in reason)
        kept = sum(1 for size in accumulate(sizes) if size <= left)
        return replace(self, reason=reason[:kept])


def read_verdict(value: str) -> ImageVerdict:
    """Read the value of a veto or a revocation; any text is one, since the parameter forbids by being there."""
    try:
        found: Any = json.loads(value)
    except ValueError:
        return ImageVerdict(value)
    if not isinstance(found, dict) or not isinstance(found.get("reason"), str):
        return ImageVerdict(value)
    by, at = found.get("by"), found.get("at")
    return ImageVerdict(found["reason"], str(by) if by else None, str(at) if at else None)


def describe_verdict(parameter: str, value: str) -> str:
    """What is said of a version that is forbidden, as a clause after "is".

    Args:
        parameter: name of its veto or its revocation.
        value: of that parameter.
    """
    what = "revoked" if vetoed_service(parameter) is None else "vetoed for this service"
    return f"{what}: {read_verdict(value)}"


class VerdictStore:
    """The vetoes and revocations of one account and region.

    Args:
        client: gives the boto3 client of a service.
        clock: time.
    """

    def __init__(self, client: ClientFor, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def read(self, names: Iterable[str]) -> dict[str, ImageVerdict]:
        """Those of so many parameters that are there, by their names."""
        return {name: read_verdict(value) for name, value in read_parameters(self._client, sorted(names)).items()}

    def vetoes(self, record: str) -> dict[str, ImageVerdict]:
        """All vetoes for the service of a release record, by version."""
        pages = self._client("ssm").get_paginator("get_parameters_by_path").paginate(Path=veto_path(record))
        return {version_in(each["Name"]): read_verdict(each["Value"]) for page in pages for each in page["Parameters"]}

    def forbid(self, name: str, reason: str) -> ImageVerdict:
        """Write a veto or a revocation. One that is there already is left as it is: its reason came first.

        Args:
            name: `naming.veto_name` or `naming.revocation_name`.
            reason: why.

        Returns:
            what the parameter holds now.
        """
        caller = str(self._client("sts").get_caller_identity()["Arn"])
        at = utc_text(self._clock.now())
        verdict = ImageVerdict(reason, caller, at).within(_ROOM)
        try:
            self._client("ssm").put_parameter(Name=name, Value=verdict.to_json(), Type="String", Overwrite=False)
        except Exception as error:
            if error_code(error) != "ParameterAlreadyExists":
                raise
            # gone again only if somebody has lifted it at this moment, and then the next run sees that
            return self.read([name]).get(name, verdict)
        return verdict

    def lift(self, name: str) -> bool:
        """Delete a veto or a revocation; gives whether there was one."""
        try:
            self._client("ssm").delete_parameter(Name=name)
        except Exception as error:
            if error_code(error) != "ParameterNotFound":
                raise
            return False
        return True
