"""What whoever replaces servers or tasks must know of them at a moment (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from strata.healing.replacement_batches import ReplacementTerms
from strata.rollout.live_service import LiveService
from strata.rollout.messages import rolls_to_the_pin

__all__ = ["SEE_STATUS", "FleetLook", "HealedFleet", "Obstacle", "find_unready", "nothing_there", "while_rolling"]

SEE_STATUS: Final = "see `strata rollout status STACK SERVICE`"


@dataclass(frozen=True)
class Obstacle:
    """Why nothing may be replaced now.

    Args:
        why: as a clause about the service.
        fix: what to do, as a sentence.
        busy: whether it passes by itself, because a rollout is running. Default: it does not.
    """

    why: str
    fix: str
    busy: bool = False


@dataclass(frozen=True, kw_only=True)
class FleetLook:
    """The servers or tasks of a service as they are now.

    Args:
        members: ids of those that take a place.
        healthy: ids of those that do their work, those too that are to be replaced.
        held: why one is left alone, as a clause, by its id: somebody holds it, or it is not there to be replaced.
        terms: what decides how many may be replaced at a time.
        obstacle: why nothing may be replaced; None where nothing speaks against it.
    """

    members: frozenset[str]
    healthy: frozenset[str]
    terms: ReplacementTerms
    held: Mapping[str, str] = field(default_factory=dict[str, str])
    obstacle: Obstacle | None = None


class HealedFleet(Protocol):
    """The servers or tasks of one service, as far as they are replaced. Everything blocks, and may be repeated."""

    patience_seconds: int
    """How long what is fresh may take until it is healthy."""

    def look(self) -> FleetLook:
        """Look at them."""
        ...

    def replace(self, units: Sequence[str]) -> None:
        """Have AWS put fresh ones in the place of some; it goes on in AWS."""
        ...


def nothing_there(what: str) -> FleetLook:
    """A look at a service that somebody has deleted.

    Args:
        what: is not there, as the subject of a sentence.
    """
    return FleetLook(
        members=frozenset(),
        healthy=frozenset(),
        terms=ReplacementTerms(desired=0, floor=0),
        obstacle=Obstacle(f"{what} is not there", "`pulumi up --refresh --stack STACK` makes it again."),
    )


def while_rolling(target: str = "") -> Obstacle:
    """That a rollout runs.

    Args:
        target: what it brings, in words. Default: that is not known.
    """
    to = f" to {target}" if target else ""
    return Obstacle(f"a rollout{to} is running", "Wait for its end: `strata rollout watch STACK`.", busy=True)


def find_unready(live: LiveService, unit: str) -> Iterator[Obstacle]:
    """What keeps servers as well as tasks from being replaced: a rollout, or that no release says by what.

    Args:
        live: the service.
        unit: what it is run by.
    """
    if live.rolling:
        yield while_rolling(live.target)
    if live.recorded is None:
        yield Obstacle(
            "no release is proven",
            f"`pulumi up --refresh --stack STACK` waits for its {unit} and records what they run; "
            f"{rolls_to_the_pin()}.",
        )
