"""What a build is to bake: the value of the parameter that its first step reads."""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Order"]

_LINE: Final = re.compile(r"STRATA_(APP|VERSION|ORDER|GIT_SHA)=([0-9A-Za-z._+-]*)")


@dataclass(frozen=True)
class Order:
    """An order.

    Args:
        app: the application.
        version: the version to bake.
        id: hexadecimal; the client token of the execution, so that one order is never built twice.
        git_sha: the commit; empty where it is not known.
    """

    app: str
    version: str
    id: str
    git_sha: str = ""

    @property
    def text(self) -> str:
        """The parameter's value: lines that a shell reads."""
        said = {"APP": self.app, "VERSION": self.version, "ORDER": self.id, "GIT_SHA": self.git_sha}
        return "\n".join(f"STRATA_{key}={value}" for key, value in said.items())

    @classmethod
    def parse(cls, text: str) -> "Order | None":
        """Read a value; None for one that is no order.

        Args:
            text: the value.
        """
        found = [_LINE.fullmatch(line) for line in text.splitlines()]
        said = {match[1]: match[2] for match in found if match}
        if not all(found) or not all(said.get(key) for key in ("APP", "VERSION", "ORDER")):
            return None
        return cls(said["APP"], said["VERSION"], said["ORDER"], said.get("GIT_SHA", ""))
