"""The policy pack's rules on a recorded graph."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from strata.policy import Terms, judge
from strata.resources.graph import Graph
from strata.resources.resource import Resource
from strata.resources.values import plain
from strata.stage import Stage
from strata.tags import STAGE_TAG

__all__ = ["assert_policies", "judged"]


def assert_policies(graph: Graph, *, terms: Terms | None = None, except_for: Collection[str] = ()) -> None:
    """No resource breaks a mandatory rule of the policy pack; advisory ones are not held against it.

    Args:
        graph: what the program registered.
        terms: the stage and what else holds for the stack. Default: the stage its resources are tagged with, or prod.
        except_for: ids of rules that this program may break.

    Raises:
        AssertionError: with every finding and how to mend it.
    """
    found = judge(judged(graph), terms or Terms(stage=_stage(graph)))
    broken = [each for each in found if each.mandatory and each.rule.id not in except_for]
    if broken:
        raise AssertionError("\n".join(map(str, broken)))


def judged(graph: Graph) -> Iterator[Resource]:
    """What the rules judge: every resource with its inputs, and components with what they registered as outputs."""
    for each in graph:
        yield replace(each, inputs=plain(each.inputs), outputs=plain(graph.outputs.get(each.urn, {})))


def _stage(graph: Graph) -> Stage:
    for each in graph:
        tags = each.inputs.get("tags")
        if isinstance(tags, dict) and STAGE_TAG in tags:
            return Stage(tags[STAGE_TAG])
    return Terms().stage
