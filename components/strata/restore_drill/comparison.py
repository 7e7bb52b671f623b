"""What a restored copy must have in common with its original."""

from dataclasses import dataclass
from typing import Any

from strata.restore_drill.databases import Instance

__all__ = ["Check", "compare"]


@dataclass(frozen=True)
class Check:
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


def compare(original: Instance, restored: Instance, after: Instance | None) -> tuple[Check, ...]:
    """Look at a copy.

    Args:
        original: before the drill.
        restored: the copy.
        after: the original when the copy was there; None when it is gone.
    """
    return (
        Check("status", "available", restored.status),
        Check("engine", original.engine, restored.engine),
        Check("version", original.version, restored.version),
        Check("storage in GiB", original.storage_gib, restored.storage_gib),
        Check("encrypted", original.encrypted, restored.encrypted),
        Check("key", original.key, restored.key),
        Check("public", expected=False, got=restored.public),
        Check("subnet group", original.subnet_group, restored.subnet_group),
        Check("original untouched", _unchanging(original), None if after is None else _unchanging(after)),
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
