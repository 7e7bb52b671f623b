"""What can be made to go wrong in a rehearsal, and which servers or tasks suffer from it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

__all__ = ["OF_FLEETS_ONLY", "OF_TASKS_ONLY", "SLOWER", "Fault", "FaultKind", "Faults", "has_fault"]

CRASH_AFTER_SECONDS = 120.0
MEMORY_AFTER_SECONDS = 30.0
ALARM_AFTER_SECONDS = 60.0

SLOWER = 10
"""How many times as long a slow server or task takes."""


class FaultKind(StrEnum):
    """The ways a server or a task, or its launch, can fail."""

    UNHEALTHY = "unhealthy"
    """Never passes its health check."""
    SLOW = "slow"
    """Boots ten times slower."""
    CRASH = "crash"
    """Dies after a while in service."""
    NO_CAPACITY = "no-capacity"
    """Cannot be launched: EC2 or Fargate has no capacity."""
    ALARM = "alarm"
    """Runs, but drives the alarms of its service into ALARM."""
    WRONG_ANSWER = "wrong-answer"
    """Passes its health check, and answers every other request with an error."""
    PLAYBOOK_FAILS = "playbook-fails"
    """A server on which the playbook of a maintained fleet ends with an error."""
    CANNOT_PULL = "cannot-pull"
    """A task whose image cannot be pulled."""
    OUT_OF_MEMORY = "out-of-memory"
    """A task that is killed after a while because it needs more memory than it has."""


OF_TASKS_ONLY = frozenset({FaultKind.CANNOT_PULL, FaultKind.OUT_OF_MEMORY})
"""What happens to containers and not to servers."""

OF_FLEETS_ONLY = frozenset({FaultKind.PLAYBOOK_FAILS})
"""What happens to servers that are changed in place."""

_AFTER = {FaultKind.ALARM: ALARM_AFTER_SECONDS, FaultKind.OUT_OF_MEMORY: MEMORY_AFTER_SECONDS}


@dataclass(frozen=True)
class Fault:
    """One fault, for the servers or tasks of a service, of an image, or of one image in one service.

    Args:
        kind: what goes wrong.
        service: the service whose servers or tasks suffer; None is every service.
        image: the image id whose servers suffer, or the digest or the reference whose tasks do; None is every image.
        after: seconds in service until it shows, for crash (default 120), alarm (60) and out-of-memory (30).
        spares: a digest whose tasks do not suffer; None is none.

    Raises:
        ValueError: the fault names neither a service nor an image, or `after` is negative.
    """

    kind: FaultKind
    service: str | None = None
    image: str | None = None
    after: float | None = None
    spares: str | None = None

    def __post_init__(self) -> None:
        if self.service is None and self.image is None:
            raise ValueError(f"the fault {self.kind} must name a service or an image id")
        if self.after is not None and self.after < 0:
            raise ValueError(f"the fault {self.kind} cannot show {self.after} seconds after coming into service")

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "Fault":
        """Read a fault as `document` writes it.

        Raises:
            ValueError: an unknown kind or field.
        """
        unknown = set(values) - {"kind", "service", "image", "after", "spares"}
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        known = ", ".join(FaultKind)
        if values.get("kind") not in set(FaultKind):
            raise ValueError(f"unknown fault {values.get('kind')!r}, expected one of {known}")
        after = values.get("after")
        return cls(
            FaultKind(values["kind"]),
            values.get("service"),
            values.get("image"),
            None if after is None else float(after),
            values.get("spares"),
        )

    def document(self) -> dict[str, Any]:
        """The fault as JSON values."""
        return asdict(self)

    @property
    def delay(self) -> float:
        """Seconds in service until it shows."""
        if self.after is not None:
            return self.after
        return _AFTER.get(self.kind, CRASH_AFTER_SECONDS)

    def hits(self, service: str, *images: str) -> bool:
        """Whether a server or a task of `service` that runs `images`, each by any of its names, suffers from it."""
        return self.service in (None, service) and self.image in (None, *images) and self.spares not in images


def has_fault(faults: Iterable[Fault], kind: FaultKind) -> bool:
    """Whether one of the faults that a server or a task suffers from is of a kind."""
    return any(fault.kind is kind for fault in faults)


class Faults:
    """The faults in force. Servers and tasks suffer from those in force when they are launched, as long as they are."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def add(self, fault: Fault) -> None:
        """Put a fault in force; the same one twice counts once."""
        if fault not in self._faults:
            self._faults.append(fault)

    def clear(self, kind: FaultKind | None = None, service: str | None = None, image: str | None = None) -> list[Fault]:
        """Lift the faults that match everything given, and return them."""
        lifted = [
            fault
            for fault in self._faults
            if kind in (None, fault.kind) and service in (None, fault.service) and image in (None, fault.image)
        ]
        self._faults = [fault for fault in self._faults if fault not in lifted]
        return lifted

    def of(self, service: str, *images: str) -> frozenset[Fault]:
        """The faults that a server or a task launched now would suffer from."""
        return frozenset(fault for fault in self._faults if fault.hits(service, *images))
