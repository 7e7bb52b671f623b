import pytest

from strata import testing
from strata.review.build import review
from strata.review.tiers import Review
from strata.stage import Stage
from tests.unit.review.program import everything


@pytest.fixture(scope="module")
def graph() -> testing.Graph:
    return testing.run(everything, project="shop", stack="prod")


@pytest.fixture(scope="module")
def prod(graph: testing.Graph) -> Review:
    return review(graph, project="shop", stack="prod", stage=Stage.PROD, source="a test")


@pytest.fixture(scope="module")
def dev(graph: testing.Graph) -> Review:
    return review(graph, project="shop", stack="dev", stage=Stage.DEV, source="a test")
