"""Lift a veto."""

from strata.errors import UsageError
from strata.images.verdicts import ImageVerdict, VerdictStore
from strata.naming import record_name, veto_name
from strata.problem import nearest
from strata.rollout.stack_place import StackPlace
from strata.verdict_names import vetoed_images_path

__all__ = ["lift_veto"]


def lift_veto(place: StackPlace, service: str, version: str, *, dry_run: bool) -> ImageVerdict:
    """Let a version back into a service; gives the veto there was.

    Args:
        place: the stack.
        service: the service; one that the stack file does not name any more may have vetoes too.
        version: the version.
        dry_run: only look.

    Raises:
        UsageError: there is no such veto.
    """
    verdicts = VerdictStore(place.clients, place.clock)
    record = record_name(place.project, place.stack, service)
    vetoes = {**_by_id(verdicts, record), **verdicts.vetoes(record)}
    if version not in vetoes:
        known = place.known_services or frozenset()
        near = nearest(service, sorted(known)) if known and service not in known else None
        if known and service not in known and not vetoes:
            raise UsageError(
                f"{place.title} has no service {service!r}, and nothing is vetoed for one of that name",
                fix=f"{f'Did you mean {near}? ' if near else ''}There are {', '.join(sorted(known))}.",
            )
        there = f"Vetoed are: {', '.join(sorted(vetoes))}." if vetoes else f"Nothing is vetoed for {service}."
        raise UsageError(
            f"{version} is not vetoed for {service} of {place.title}",
            fix=f"{f'Did you mean {near}? ' if near else ''}{there}",
        )
    if not dry_run:
        # the veto of the version goes last, so that a run that is interrupted can be repeated
        for each in _called(verdicts, record):
            if each.partition(" ")[2] == version:
                verdicts.lift_images(vetoed_images_path(record), each)
        verdicts.lift(veto_name(record, version))
    return vetoes[version]


def _by_id(verdicts: VerdictStore, record: str) -> dict[str, ImageVerdict]:
    """The versions whose images are vetoed: who died over a veto has not vetoed the version."""
    images = verdicts.images(vetoed_images_path(record)).values()
    return {called.partition(" ")[2]: each for each in images for called in each.called}


def _called(verdicts: VerdictStore, record: str) -> set[str]:
    return {called for each in verdicts.images(vetoed_images_path(record)).values() for called in each.called}
