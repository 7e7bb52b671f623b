"""Which release a rollback goes back to."""

import pytest

from strata.errors import RefusedError
from strata.images.verdicts import ImageVerdict
from strata.naming import revocation_name
from strata.rollback.past_releases import RecordHistory, read_history
from strata.rollback.rollback_target import RollbackTarget, choose_target
from tests.unit.rollback.past import recorded, release

HISTORY = read_history(recorded(release("1.0.0"), release("1.1.0"), release("1.2.0"), release("1.3.0")))


def choose(
    history: RecordHistory = HISTORY,
    wanted: str | None = None,
    leaving: str = "1.3.0",
    vetoed: tuple[str, ...] = (),
    revoked: tuple[str, ...] = (),
    gone: tuple[str, ...] = (),
) -> RollbackTarget:
    judged = history.judged(
        {each: ImageVerdict("slow") for each in vetoed},
        {revocation_name("web", each): ImageVerdict("leaks") for each in revoked},
    )
    return choose_target(
        judged,
        release(leaving),
        wanted=wanted,
        obstacles=lambda each: ["its image is gone"] if each.version in gone else [],
        service="web",
    )


@pytest.mark.parametrize(
    "given,chosen,skipped",
    [
        ({}, "1.2.0", []),
        ({"vetoed": ("1.2.0",)}, "1.1.0", ["1.2.0"]),
        ({"revoked": ("1.2.0",)}, "1.1.0", ["1.2.0"]),
        ({"gone": ("1.2.0",)}, "1.1.0", ["1.2.0"]),
        ({"vetoed": ("1.2.0",), "gone": ("1.1.0",)}, "1.0.0", ["1.2.0", "1.1.0"]),
        ({"wanted": "1.0.0"}, "1.0.0", []),
        ({"wanted": "1.0.0", "vetoed": ("1.2.0",)}, "1.0.0", []),
        ({"leaving": "9.9.9"}, "1.3.0", []),
    ],
    ids=["newest", "vetoed", "revoked", "gone", "two", "named", "named-over-vetoed", "rollout-running-away"],
)
def test_the_newest_release_against_which_nothing_speaks_is_chosen(given, chosen, skipped):
    found = choose(**given)
    assert found.past.version == chosen
    assert [each.version for each, _ in found.skipped] == skipped


@pytest.mark.parametrize(
    "given,why,instead",
    [
        ({"wanted": "1.2.0", "vetoed": ("1.2.0",)}, "it is vetoed for this service: slow", "--to 1.1.0, --to 1.0.0"),
        ({"wanted": "1.2.0", "revoked": ("1.2.0",)}, "it is revoked: leaks", "--to 1.1.0, --to 1.0.0"),
        ({"wanted": "1.2.0", "gone": ("1.2.0", "1.1.0")}, "its image is gone", "--to 1.0.0."),
        ({"wanted": "7.0.0"}, "the history has no other release of it", "--to 1.2.0"),
        ({"wanted": "1.3.0"}, "it is what the service leaves", "--to 1.2.0"),
        (
            {"vetoed": ("1.2.0", "1.1.0", "1.0.0")},
            "1.1.0 (ami-1.1.0): it is vetoed",
            "`strata image unveto STACK web 1.1.0`",
        ),
    ],
    ids=["vetoed", "revoked", "gone", "unknown", "left", "none"],
)
def test_a_refusal_says_why_and_what_could_be_chosen_instead(given, why, instead):
    with pytest.raises(RefusedError) as refused:
        choose(**given)
    assert why in refused.value.message
    assert refused.value.fix
    assert instead in refused.value.fix
    assert refused.value.exit_code == 3


def test_a_service_with_one_release_has_nothing_to_go_back_to():
    with pytest.raises(RefusedError, match="there is no earlier release"):
        choose(read_history(recorded(release("1.3.0"))))


def test_beyond_the_history_it_says_that_no_more_is_kept():
    short = read_history(recorded(release("1.3.0"), first=101))
    with pytest.raises(RefusedError, match="last 100 versions of the record is not kept"):
        choose(short)
    with pytest.raises(RefusedError, match="last 100 versions of the record is not kept"):
        choose(short, wanted="1.0.0")


def test_the_same_image_with_other_settings_is_another_release():
    history = read_history(recorded(release("1.3.0", "small"), release("1.3.0", "large")))
    found = choose_target(history, release("1.3.0", "large"), wanted=None, obstacles=lambda _: [], service="web")
    assert found.release.digest == "small"
