"""An association of State Manager, and how often it was applied to servers."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from strata_rehearsal.cloud.sent_commands import SentCommand

__all__ = ["Association", "AssociationExecution"]


@dataclass(eq=False)
class AssociationExecution:
    """One execution of an association.

    Args:
        version: of the association.
        command: what is run, where, and how far it is.
    """

    version: str
    command: SentCommand
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(eq=False)
class Association:
    """An association.

    Args:
        account: whose it is.
        region: where.
        kept: what AWS describes of it.
        executions: oldest first.
    """

    account: str
    region: str
    kept: dict[str, Any]
    executions: list[AssociationExecution] = field(default_factory=list[AssociationExecution])

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.kept["AssociationId"])

    @property
    def only_in_window(self) -> bool:
        """Whether it waits for its schedule."""
        return bool(self.kept.get("ApplyOnlyAtCronInterval"))
