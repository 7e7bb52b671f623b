"""The notes of break-glass of a stack, as SSM keeps them."""

from strata.aws.parameter_tree import read_below
from strata.aws.parameters import read_parameters
from strata.clock import utc_text
from strata.errors import UsageError
from strata.naming import break_glass_name, break_glass_of, record_name, stack_path
from strata.rollout.break_glass_note import BreakGlass, GlassPhase, read_break_glass, unreadable
from strata.rollout.stack_place import StackPlace

__all__ = ["GlassStore", "readable_note"]


class GlassStore:
    """Reads and writes the notes of one stack.

    Args:
        place: the stack.
    """

    def __init__(self, place: StackPlace) -> None:
        self._place = place

    def every(self) -> list[BreakGlass]:
        """All notes, the oldest first, and before them those that cannot be read: they keep nobody from the others.

        Raises:
            UsageError: nothing is known of the stack.
        """
        place = self._place
        path = stack_path(place.project, place.stack, "").rstrip("/")
        values = read_below(place.clients, path, recursive=True)
        if not values and place.known_services is None:
            region = place.clients("ssm").meta.region_name
            raise UsageError(
                f"nothing is known of {place.title} in {region}: no parameter below {path}, and no stack file",
                fix="Check the names, the region and the account.",
            )
        named = {name: of for name in values if (of := break_glass_of(name)) is not None}
        found = [read_break_glass(values[name]) or unreadable(*of, name) for name, of in named.items()]
        return sorted(found, key=lambda each: (each.at, each.unit))

    def of(self, service: str, unit: str) -> BreakGlass | None:
        """The note of a server or a task of a service; None where there is none.

        Raises:
            UsageError: the parameter holds something else.
        """
        name = self._name(service, unit)
        value = read_parameters(self._place.clients, [name]).get(name)
        if value is None:
            return None
        return readable_note(read_break_glass(value) or unreadable(service, unit, name))

    def keep(self, note: BreakGlass) -> BreakGlass:
        """Write a note over what was noted of the same server before."""
        name = self._name(note.service, note.unit)
        self._place.clients("ssm").put_parameter(Name=name, Value=note.to_json(), Type="String", Overwrite=True)
        return note

    def caller(self) -> str:
        """ARN of who asks."""
        return str(self._place.clients("sts").get_caller_identity()["Arn"])

    def moment(self, later: float = 0.0) -> str:
        """Now, or so many seconds later, as RFC 3339 in UTC."""
        return utc_text(self._place.clock.now() + later)

    def _name(self, service: str, unit: str) -> str:
        return break_glass_name(record_name(self._place.project, self._place.stack, service), unit)


def readable_note(note: BreakGlass) -> BreakGlass:
    """A note, where it can be read.

    Args:
        note: as `GlassStore.every` gives it.

    Raises:
        UsageError: the parameter in its place holds something else.
    """
    if note.phase is GlassPhase.UNREADABLE:
        raise UsageError(
            note.reason,
            fix=f"Somebody has written over it: its history shows what it was ({note.how_to_close('')}), and "
            "`aws ssm put-parameter --overwrite` brings that back.",
        )
    return note
