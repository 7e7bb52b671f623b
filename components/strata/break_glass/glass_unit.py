"""What somebody can be let into, whatever it is: the protocol that opening and closing rest on."""

from typing import Protocol

from strata.rollout.break_glass_note import BreakGlass, GlassMode
from strata.rollout.record import Release

__all__ = ["GlassUnit"]


class GlassUnit(Protocol):
    """A server or a task of a service of the stack."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def service(self) -> str:
        """Its service."""
        ...

    @property
    def place(self) -> str:
        """The group of a server, or the ARN of the service of a task."""
        ...

    @property
    def release(self) -> Release | None:
        """The release that its service is proven to run; None where nothing is proven."""
        ...

    @property
    def kept(self) -> bool:
        """Whether its group keeps it out of service, after a rollout that has failed."""
        ...

    def refuse_to_hold(self, mode: GlassMode) -> None:
        """Find out whether it can be kept in a way.

        Args:
            mode: the way.

        Raises:
            BusyError: a rollout is running that counts on it.
            RefusedError: it cannot be, or nothing would be left to serve.
        """
        ...

    def mode(self, *, in_service: bool) -> GlassMode:
        """How it is to be kept.

        Args:
            in_service: whether a person asks for it to stay in service.

        Raises:
            UsageError: it knows no other way.
        """
        ...

    def hold(self, note: BreakGlass) -> None:
        """Keep it so. What is done already is left as it is.

        Args:
            note: what is noted of it.
        """
        ...

    def mark(self, note: BreakGlass) -> None:
        """Mark it as tainted."""
        ...

    def way_in(self) -> str:
        """The command that leads into it."""
        ...

    def refuse_to_end(self) -> None:
        """Find out whether it can go.

        Raises:
            RefusedError: too little would be left to serve.
        """
        ...

    def end(self) -> None:
        """End it. What is on its way out already is left as it is."""
        ...
