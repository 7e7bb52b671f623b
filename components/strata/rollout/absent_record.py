"""What is seen of a service that has no release record: whether it runs all the same, or a gate has noted something.

That there is no record is all that a missing parameter says. Whoever deletes one leaves the servers or tasks, their
tags and the note of the last gate; a service that was never released has none of them.
"""

from collections.abc import Iterable
from typing import Final

from strata.errors import UsageError
from strata.naming import note_name, record_name
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.denials import is_denied
from strata.rollout.live_service import tags_of
from strata.rollout.messages import how_to_record
from strata.rollout.note import UNDER_WAY, Note, Phase, read_note
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.tagged_group import describe_tagged_group
from strata.rollout.stack_place import StackPlace
from strata.rollout.tasks.tagged_service import describe_tagged_service
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.unrecorded import describe_last

__all__ = ["AbsentRecordError", "absent_record", "noted_without_record"]

_CHECK: Final = "Check the names, the region and the account"


class AbsentRecordError(UsageError):
    """There is no release record of a service.

    Args:
        message: what was seen.
        fix: what to do.
        traced: whether something of it runs, or a gate has noted a rollout of it.
    """

    def __init__(self, message: str, fix: str, *, traced: bool) -> None:
        super().__init__(message, fix=fix)
        self.traced = traced


def absent_record(place: StackPlace, service: str, called: str, others: Iterable[str] = ()) -> AbsentRecordError:
    """The error for who needs the release record of a service that has none, with what there is of that.

    Args:
        place: the stack.
        service: the service.
        called: the stack as a further command finds it.
        others: services of the stack that have one. Default: nobody has looked.
    """
    there = f"There are records of {listed}. " if (listed := ", ".join(sorted(others))) else ""
    name = record_name(place.project, place.stack, service)
    region, title = place.clients("ssm").meta.region_name, f"{service} of {place.project}/{place.stack}"
    missing = f"there is no release record {name} in {region}"
    kept = note_name(name)
    note = read_note(BaseDriver(place.clients).parameters([kept]).get(kept))
    noted = describe_last(note)
    tags = tags_of(place.project, place.stack, service)
    for unit, fleet, look in (
        ("servers", "group", lambda: describe_tagged_group(Driver(place.clients), tags)),
        ("tasks", "service", lambda: describe_tagged_service(TaskDriver(place.clients), tags)),
    ):
        try:
            found = look()
        except Exception as error:
            if not is_denied(error):
                raise
            missing += f", and whether a {fleet} of it runs {unit} may not be asked here"
            continue
        if found:
            return AbsentRecordError(
                f"{missing}, although {found}{f'; {noted}' if noted else ''}",
                fix=_fix(note, f"{called} {service}", unit, fleet),
                traced=True,
            )
    if note is None:
        return AbsentRecordError(
            f"{missing}: nothing shows that {title} was ever released there",
            fix=f"{there}{_CHECK}; `pulumi up` writes the record when a rollout has succeeded.",
            traced=False,
        )
    return AbsentRecordError(
        f"{missing}, and nothing of it was found; {noted}",
        fix=f"{there}{_CHECK}. Where it is to run again: `pulumi up --refresh` makes it and records what is proven.",
        traced=True,
    )


def noted_without_record(driver: BaseDriver, records: Iterable[str]) -> dict[str, Note]:
    """The notes of rollouts that succeeded and of which there is no record all the same, by the name of that.

    Args:
        driver: AWS.
        records: names of release records.
    """
    kept = {each: note_name(each) for each in records}
    values = driver.parameters(sorted({*kept, *kept.values()})) if kept else {}
    notes = {each: read_note(values.get(name)) for each, name in kept.items() if each not in values}
    return {each: note for each, note in notes.items() if note is not None and note.phase is Phase.SUCCEEDED}


def _fix(note: Note | None, place: str, unit: str, fleet: str) -> str:
    """What makes a record of what runs."""
    runs = note.image.version if note is not None and note.phase is Phase.SUCCEEDED else ""
    record = how_to_record(unit, fleet, place, unwritten=True, runs=runs)
    if note is not None and note.phase in UNDER_WAY:
        return f"Where that rollout goes on, wait for its end: `strata rollout watch {place}`. Then {record}."
    return f"{record}."
