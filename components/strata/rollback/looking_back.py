"""The whole past of a service, where a release is what its image proves to be, whatever somebody wrote by hand."""

from dataclasses import replace

from strata.rollback.past_once import as_aws_knows_it
from strata.rollback.service_history import ServiceHistory, read_past
from strata.rollback.service_place import ServicePlace
from strata.rollback.true_names import look_at_names

__all__ = ["look_back"]


def look_back(place: ServicePlace) -> tuple[ServiceHistory, tuple[str, ...]]:
    """All releases of a service, its rollouts that failed, and what ran once, also before a first release.

    Returns:
        the past, and what of its names could not be looked at, as sentences.

    Raises:
        UsageError: there is no release record, and nothing has run once.
    """
    found = read_past(place, unreleased=True)
    found = replace(found, once=as_aws_knows_it(place.clients, place.service, found.once))
    if found.fleet is None:
        return found, ()
    names = look_at_names(found, place.record.begun()[0], every=True)
    # a rollout that failed is known by its digest alone, and is called what that release is called
    releases = [each.release for each in names.past.record.releases]
    failed = tuple(found.fleet.failed(releases, place.record.notes()))
    return replace(names.marked(found), failed=failed), names.unchecked
