"""What ran once before rollouts of a service, and which releases cannot run any more after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from strata.aws.clients import ClientFor, error_code
from strata.aws.parameter_tree import read_below
from strata.clock import parse_moment
from strata.naming import record_name, stack_path
from strata.rollback.past_releases import PastRelease
from strata.rollout.denials import is_denied
from strata.rollout.once_note import OnceNote, OncePhase, once_path, read_once
from strata.rollout.servers.driver import Driver
from strata.rollout.stack_place import StackPlace
from strata.rollout.tasks.task_driver import TaskDriver

__all__ = ["PastOnce", "as_aws_knows_it", "read_past_once", "services_with_notes"]

_STOPPED: Final = "STOPPED"
_SERVER: Final = "i-"
"""How the ids of instances begin."""
_NO_CLUSTER: Final = "ClusterNotFoundException"


@dataclass(frozen=True)
class PastOnce:
    """The notes of what ran once before the rollouts of a service.

    Args:
        notes: those that can be read, oldest first.
        spoilt: what somebody has written in the place of others, by the names of the parameters.
    """

    notes: tuple[OnceNote, ...] = ()
    spoilt: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def unreadable(self) -> tuple[str, ...]:
        """That a note is none, as a clause for each that cannot be read."""
        return tuple(f"{name} is no note of what runs once: {value[:200]!r}" for name, value in self.spoilt.items())

    def passed_by(self, target: PastRelease) -> tuple[str, ...]:
        """After what a release cannot run any more, or perhaps cannot, as clauses.

        That is what ran once since it was recorded and says so, and each note that cannot be read, which may have said
        so: it names its release by the end of the parameter's name only.

        Args:
            target: the release.
        """
        known = tuple(
            f"{each.task} of {each.image.version} has run at {each.began}, and no release before that can run after it "
            "(`compatible: none`); --force goes back all the same"
            for each in self.notes
            if each.digest != target.release.digest
            and (each.blocks_way_back if target.at is None else each.bars(target.at))
        )
        own = f"/{target.release.digest}"
        unknown = tuple(
            f"{said}, so nobody knows whether releases before it can run; the history of the "
            "parameter has its earlier values, and --force goes back all the same"
            for name, said in zip(self.spoilt, self.unreadable, strict=True)
            if not name.endswith(own)
        )
        return (*known, *unknown)

    def way_on(self, releases: Sequence[PastRelease]) -> str:
        """What can run after what stands in the way back, as a clause; empty where nothing is known to.

        Args:
            releases: of the record, newest first.
        """
        barred = PastOnce(self.notes)
        last = next((each for each in reversed(self.notes) if each.blocks_way_back), None)
        if last is None or not any(barred.passed_by(each) for each in releases):
            return ""
        fit = [each.version for each in releases if not each.forbidden and not barred.passed_by(each)]
        since = f": {', '.join(dict.fromkeys(fit))}, or" if fit else ", such as"
        return f"pin what can run after {last.task} of {last.image.version}{since} a new release, and run `pulumi up`"


def read_past_once(client: ClientFor, record: str) -> PastOnce:
    """The notes of a service.

    Args:
        client: gives the boto3 client of a service.
        record: name of its release record.
    """
    values = read_below(client, once_path(record), recursive=True)
    read = {name: read_once(value) for name, value in values.items()}
    notes = sorted((each for each in read.values() if each is not None), key=lambda each: parse_moment(each.began))
    return PastOnce(tuple(notes), {name: values[name] for name, note in sorted(read.items()) if note is None})


def as_aws_knows_it(client: ClientFor, service: str, once: PastOnce) -> PastOnce:
    """What ran once, with what became of that whose end nobody has noted: a killed `up` leaves a note as it was.

    Args:
        client: gives the boto3 client of a service.
        service: the service, which is also the name of its container.
        once: as it is noted.
    """
    known = (
        _on_server(client, each) if each.unit.startswith(_SERVER) else _known(client, service, each)
        for each in once.notes
    )
    return replace(once, notes=tuple(known))


def _known(client: ClientFor, service: str, note: OnceNote) -> OnceNote:
    if note.phase is not OncePhase.RUNNING:
        return note
    cluster, _, task = note.unit.rpartition(":task/")[2].rpartition("/")
    if not cluster:
        return replace(note, phase=OncePhase.UNKNOWN, reason="nothing was noted that runs it either")
    try:
        found = TaskDriver(client).once_task(cluster, note.unit)
    except Exception as error:
        if is_denied(error):
            return replace(note, phase=OncePhase.UNKNOWN, reason=f"ECS does not let anybody look at task {task} here")
        if error_code(error) != _NO_CLUSTER:
            raise
        found = None
    if found is None:
        return replace(note, phase=OncePhase.UNKNOWN, reason=f"ECS does not know task {task} any more")
    if found.status != _STOPPED:
        return replace(note, reason=f"task {task} is {found.status}")
    code, why = found.exits.get(service, (None, ""))
    ended = f"exit code {code}" if code is not None else why or "without an exit code"
    return replace(
        note, phase=OncePhase.UNKNOWN, reason=f"task {task} has ended since, {ended}: the next `pulumi up` notes that"
    )


def _on_server(client: ClientFor, note: OnceNote) -> OnceNote:
    if note.phase is not OncePhase.RUNNING:
        return note
    try:
        found = Driver(client).once_server(note.unit)
    except Exception as error:
        if not is_denied(error):
            raise
        return replace(note, phase=OncePhase.UNKNOWN, reason=f"EC2 does not let anybody look at {note.unit} here")
    if found is None or found.ended:
        return replace(note, phase=OncePhase.UNKNOWN, reason=f"server {note.unit} has ended since")
    return replace(note, reason=f"server {note.unit} is {found.state}")


def services_with_notes(place: StackPlace) -> frozenset[str]:
    """The services of a stack before whose rollouts something ran once, whether or not they were ever released.

    Args:
        place: the stack.
    """
    path = stack_path(place.project, place.stack, "").rstrip("/")
    names = read_below(place.clients, path, recursive=True)
    services = {name.removeprefix(f"{path}/").partition("/")[0] for name in names}
    below = {each: f"{once_path(record_name(place.project, place.stack, each))}/" for each in services}
    return frozenset(each for each in services if any(name.startswith(below[each]) for name in names))
