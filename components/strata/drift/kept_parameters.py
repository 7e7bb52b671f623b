"""Parameters that several parts of a look ask for: each is asked of AWS once."""

from collections.abc import Sequence

from strata.aws.clients import ClientFor
from strata.rollout.aws_calls import BaseDriver

__all__ = ["KeptParameters"]


class KeptParameters(BaseDriver):
    """A driver that keeps which parameters there are.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        super().__init__(client)
        self._kept: dict[str, str | None] = {}

    def parameters(self, names: Sequence[str]) -> dict[str, str]:
        if unknown := [each for each in names if each not in self._kept]:
            self._kept |= {**dict.fromkeys(unknown), **super().parameters(unknown)}
        known = {each: self._kept[each] for each in names}
        return {name: value for name, value in known.items() if value is not None}
