"""The policy pack's rules on a recorded graph."""

from collections.abc import Collection, Iterator

from strata.policy import Subject, Terms, judge
from strata.resources.values import plain
from strata.stage import Stage
from strata.tags import STAGE_TAG
from strata.testing.graph import Graph

__all__ = ["assert_policies", "subjects_of"]


def assert_policies(graph: Graph, *, terms: Terms | None = None, except_for: Collection[str] = ()) -> None:
    """No resource breaks a mandatory rule of the policy pack; advisory ones are not held against it.

    Args:
        graph: what the program registered.
        terms: the stage and what else holds for the stack. Default: the stage its resources are tagged with, or prod.
        except_for: ids of rules that this program may break.

    Raises:
        AssertionError: with every finding and how to mend it.
    """
    subjects = list(subjects_of(graph))
    found = judge(subjects, terms or Terms(stage=_stage(graph)))
    broken = [each for each in found if each.mandatory and each.rule.id not in except_for]
    if broken:
        raise AssertionError("\n".join(map(str, broken)))


def subjects_of(graph: Graph) -> Iterator[Subject]:
    """What the rules judge: every resource with its inputs, and components with what they registered as outputs."""
    for each in graph:
        yield Subject(
            type=each.type,
            name=each.name,
            urn=each.urn,
            inputs=plain(each.inputs),
            outputs=plain(graph.outputs.get(each.urn, {})),
            protect=each.options.protect is True,
        )


def _stage(graph: Graph) -> Stage:
    for each in graph:
        tags = each.inputs.get("tags")
        if isinstance(tags, dict) and STAGE_TAG in tags:
            return Stage(tags[STAGE_TAG])
    return Terms().stage
