"""Whatever a service ran and whatever is forbidden, a rollback never chooses what must not run."""

from hypothesis import given
from hypothesis import strategies as st

from strata.errors import RefusedError
from strata.rollback.past_releases import read_history
from tests.unit.rollback.past import recorded, release
from tests.unit.rollback.test_rollback_target import choose

VERSIONS = st.sampled_from(["1.0.0", "1.1.0", "1.2.0", "1.3.0"])


@given(st.lists(VERSIONS, min_size=1, max_size=12), st.sets(VERSIONS), st.sets(VERSIONS), st.none() | VERSIONS)
def test_nothing_forbidden_gone_or_left_is_ever_chosen_and_nothing_newer_is_passed_over(ran, vetoed, gone, wanted):
    history = read_history(recorded(*map(release, ran)))
    leaving = ran[-1]
    allowed = [each for each in reversed(ran) if each not in {leaving, *vetoed, *gone} and wanted in (None, each)]
    try:
        found = choose(history, wanted, leaving, tuple(vetoed), gone=tuple(gone))
    except RefusedError:
        assert allowed == []
    else:
        assert found.past.version == allowed[0]
        assert {each.version for each, _ in found.skipped} <= {*vetoed, *gone}
