"""A record's history, read as the releases it names."""

from strata.images.verdicts import ImageVerdict
from strata.naming import revocation_name
from strata.rollback.past_releases import read_history
from strata.rollout.record import NOTHING_PROVEN
from tests.unit.rollback.past import BEGAN, recorded, release


def versions(found):
    return [each.version for each in found.releases]


def test_releases_come_newest_first_with_who_released_them_and_when():
    found = read_history(recorded(release("1.0.0"), release("1.1.0")))
    newest, oldest = found.releases
    assert versions(found) == ["1.1.0", "1.0.0"]
    assert (newest.current, oldest.current) == (True, False)
    assert (oldest.at, oldest.by) == (BEGAN, "arn:aws:iam::123456789012:user/1")
    assert found.complete


def test_a_cost_tag_makes_a_version_of_the_record_and_no_release():
    found = read_history(recorded(release("1.0.0", number=1), release("1.0.0", number=2), release("1.1.0", number=3)))
    assert versions(found) == ["1.1.0", "1.0.0"]
    again = found.releases[1]
    assert again.release == release("1.0.0", number=2), "its newest template"
    assert again.at == BEGAN, "and its first moment"


def test_a_release_that_ran_twice_is_named_twice():
    assert versions(read_history(recorded(release("1.0.0"), release("1.1.0"), release("1.0.0")))) == [
        *("1.0.0", "1.1.0", "1.0.0")
    ]


def test_what_is_before_a_hundred_versions_is_said_not_to_be_kept():
    assert not read_history(recorded(release("1.0.0"), first=2)).complete


def test_what_somebody_wrote_over_a_record_is_no_release_and_then_nothing_is_current():
    found = read_history(recorded(release("1.0.0"), "oops"))
    assert versions(found) == ["1.0.0"]
    assert found.current is None
    assert found.unreadable is not None
    assert (found.unreadable.number, found.unreadable.value) == (2, "oops")
    assert found.last_named == found.releases[0]


def test_what_was_written_over_a_record_once_is_no_matter_as_soon_as_the_record_says_something_again():
    found = read_history(recorded(release("1.0.0"), "oops", release("1.1.0")))
    assert found.unreadable is None
    assert found.last_named == found.current == found.releases[0]
    nothing = read_history(recorded(release("1.0.0"), "oops", NOTHING_PROVEN))
    assert (nothing.unreadable, nothing.last_named) == (None, None)


def test_a_service_that_never_ran_has_no_release():
    assert read_history(recorded(NOTHING_PROVEN)).releases == ()
    assert read_history([]).complete


def test_a_release_says_what_forbids_it():
    found = read_history(recorded(release("1.0.0"), release("1.1.0"), release("1.2.0"))).judged(
        {"1.1.0": ImageVerdict("slow")}, {revocation_name("web", "1.0.0"): ImageVerdict("leaks")}
    )
    assert [each.forbidden for each in found.releases] == [
        None,
        "it is vetoed for this service: slow",
        "it is revoked: leaks",
    ]
