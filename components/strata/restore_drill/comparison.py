"""What a restored copy must have in common with its original."""

from dataclasses import dataclass
from typing import Any

from strata.restore_drill.databases import Instance

__all__ = ["CopyCheck", "compare"]


@dataclass(frozen=True)
class CopyCheck:
    """One thing that was looked at."""

    name: str
    expected: Any
    got: Any

    @property
    def ok(self) -> bool:
        """Whether it is as expected."""
        return self.expected == self.got

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata backup drill` has it."""
        return {"check": self.name, "ok": self.ok, "expected": self.expected, "got": self.got}


def compare(original: Instance, restored: Instance, after: Instance | None) -> tuple[CopyCheck, ...]:
    """Look at a copy.

    Args:
        original: before the drill.
        restored: the copy.
        after: the original when the copy was there; None when it is gone.
    """
    return (
        CopyCheck("status", "available", restored.status),
        CopyCheck("engine", original.engine, restored.engine),
        CopyCheck("version", original.version, restored.version),
        CopyCheck("storage in GiB", original.storage_gib, restored.storage_gib),
        CopyCheck("encrypted", original.encrypted, restored.encrypted),
        CopyCheck("key", original.key, restored.key),
        CopyCheck("public", expected=False, got=restored.public),
        CopyCheck("subnet group", original.subnet_group, restored.subnet_group),
        CopyCheck("original untouched", _unchanging(original), None if after is None else _unchanging(after)),
    )


def _unchanging(instance: Instance) -> dict[str, Any]:
    """What only somebody's change would change; its status moves by itself, when a backup begins."""
    return {
        "id": instance.id,
        "resource": instance.resource_id,
        "class": instance.instance_class,
        "version": instance.version,
        "security groups": list(instance.security_groups),
    }
