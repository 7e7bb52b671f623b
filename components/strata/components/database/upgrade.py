"""A new engine version: replicas get it before their primary, one after the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from strata.aws.facts.database_engines import EngineFacts
from strata.components.database.calls import Calls

__all__ = ["Upgrade", "has_version", "raise_replicas"]


@dataclass(frozen=True)
class Upgrade:
    """A change of version that replicas must make first.

    Args:
        primary: identifier of the primary.
        engine: its engine.
        old: the version it was told to have.
        new: the version it is to have.
        parameter_group: its parameter group from then on, of the new version's family. Default: not known.
    """

    primary: str
    engine: EngineFacts
    old: str
    new: str
    parameter_group: str | None = None

    @property
    def major(self) -> bool:
        """Whether the major version changes too."""
        return self.engine.major(self.old) != self.engine.major(self.new)


def has_version(current: str, wanted: str) -> bool:
    """Whether a version is the wanted one or a later one; a major version alone is had by every minor one of it."""
    numbers = _numbers(wanted)
    return _numbers(current)[: len(numbers)] >= numbers


async def raise_replicas(calls: Calls, upgrade: Upgrade, say: Callable[[str], None]) -> None:
    """Give every replica of a primary the new version.

    One at a time, so that readers always have another one. Those that have it already are left alone, which makes this
    repeatable after an interruption.

    Raises:
        AwsError: a replica does not take it.
    """

    def done(instance: Mapping[str, Any]) -> bool:
        return has_version(str(instance["EngineVersion"]), upgrade.new)

    for replica in await calls.replicas(upgrade.primary):
        name = str(replica["DBInstanceIdentifier"])
        found = await calls.settled(name, lambda _: True)
        if done(found):
            continue
        say(f"replica {name} goes from {found['EngineVersion']} to {upgrade.new} before its source")
        await calls.modify(name, EngineVersion=upgrade.new, **_major(upgrade))
        await calls.settled(name, done, changed=True)


def _major(upgrade: Upgrade) -> dict[str, Any]:
    """What RDS wants besides, when the parameters are of another family."""
    if not upgrade.major:
        return {}
    group = {"DBParameterGroupName": upgrade.parameter_group} if upgrade.parameter_group else {}
    return {"AllowMajorVersionUpgrade": True, **group}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split("."))
