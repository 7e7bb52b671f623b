"""What is noted of the last rollback of a service, for the rollback itself and for a gate that meets it."""

import json
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["BegunRollback", "read_begun"]


@dataclass(frozen=True)
class BegunRollback:
    """The last rollback that was begun.

    By it one that was interrupted is continued, and not begun from where it got to; and the same command given twice
    goes back once.

    Args:
        leaves: digest of the release that it leaves.
        leaves_version: the version that people call it.
        to: digest of the release that it goes back to.
        to_version: the version that people call that one.
        at: when it was begun, in UTC.
        record: number of the record's newest version then.
    """

    leaves: str
    leaves_version: str
    to: str
    to_version: str
    at: str
    record: int = 0

    def to_json(self) -> str:
        """The value of the parameter `naming.rollback_name`."""
        return json.dumps(asdict(self))


def read_begun(value: str | None) -> BegunRollback | None:
    """The rollback that a parameter names; None where it names none that can be read.

    Args:
        value: the parameter's value; None where there is none.
    """
    try:
        found: Any = json.loads(value or "")
        texts = {key: str(found[key]) for key in ("leaves", "leaves_version", "to", "to_version", "at")}
        return BegunRollback(**texts, record=int(found["record"]))
    except (KeyError, TypeError, ValueError):
        return None
