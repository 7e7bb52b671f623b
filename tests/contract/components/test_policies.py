"""What Strata makes keeps the rules Strata ships."""

import pytest

from strata import testing
from strata.policy import Terms, judge
from strata.stage import Stage
from strata.testing.assertions import judged


def test_every_component_keeps_every_mandatory_rule(whole):
    testing.assert_policies(whole)


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_reference_stack_keeps_every_rule(reference, stack):
    resources = list(judged(reference(stack)))
    assert len(resources) > 50
    assert [str(each) for each in judge(resources, Terms(stage=Stage(stack)))] == []
