"""From a graph to tiers, classes, protections and verdicts."""

import pulumi_aws as aws
import pulumi_docker as docker
import pytest

from strata import testing
from strata.resources.classes import WORDS, Source
from strata.review.build import RISK, about, review
from strata.review.tiers import JUDGED, ClassGroup, Part
from strata.spectrum import Mutability, Operation, Verdict, verdict
from strata.stage import Stage
from tests.unit.review.program import everything

ALLOW, WARN, REFUSE = Verdict.ALLOW, Verdict.WARN, Verdict.REFUSE


def part(found, name: str) -> Part:
    (one,) = [each for each in found.parts if each.name == name]
    return one


@pytest.mark.parametrize(
    "name,mutability,known_by",
    [
        ("shop-template", Mutability.REPLACED, Source.TAG),
        ("shop-group", Mutability.REPLACED, Source.TYPE),
        ("shop-cpu", Mutability.REPLACED, Source.TYPE),
        ("shop-flag", Mutability.VERSIONED, Source.TAG),
        ("shop-replica", Mutability.REBUILDABLE, Source.TAG),
        ("shop-orders", Mutability.CONTROLLED, Source.TAG),
        ("shop-versions", Mutability.CONTROLLED, Source.TYPE),
        ("shop-vpc", Mutability.STABLE, Source.TAG),
        ("shop-key", Mutability.ROTATED, Source.TAG),
        ("legacy<&>", Mutability.CONTROLLED, Source.TYPE),
    ],
)
def test_the_class_is_the_tags_or_the_types_as_for_the_guard(prod, name, mutability, known_by):
    assert (part(prod, name).mutability, part(prod, name).known_by) == (mutability, known_by)


@pytest.mark.parametrize(
    "name,update,replace,delete",
    [
        ("shop-template", ALLOW, ALLOW, WARN),
        ("shop-group", ALLOW, REFUSE, REFUSE),
        ("shop-flag", ALLOW, REFUSE, WARN),
        ("shop-replica", ALLOW, WARN, WARN),
        ("shop-orders", ALLOW, REFUSE, REFUSE),
        ("shop-vpc", WARN, REFUSE, REFUSE),
        ("shop-key", ALLOW, REFUSE, REFUSE),
    ],
)
def test_the_verdicts_are_the_guards(prod, dev, name, update, replace, delete):
    assert part(prod, name).verdicts == dict(zip(JUDGED, (update, replace, delete), strict=True))
    assert REFUSE not in part(dev, name).verdicts.values(), "dev shifts a refusal to a warning"


def test_a_replica_of_an_unprotected_source_is_not_replaced():
    graph = testing.run(lambda: everything(protect=False))
    found = review(graph, project="p", stack="s", stage=Stage.PROD, source="")
    assert part(found, "shop-replica").verdicts[Operation.REPLACE] is REFUSE


@pytest.mark.parametrize(
    "name,protections",
    [
        ("shop-template", ("new before old", "encrypted", "IMDSv2")),
        ("shop-flag", ("new before old", "AWS keeps 100 versions", "encrypted")),
        (
            "shop-orders",
            (
                "protected by Pulumi",
                "kept in AWS on delete",
                "AWS deletion protection",
                "final snapshot",
                "backups kept 30 days",
                "multi-AZ",
                "encrypted",
            ),
        ),
        ("shop-files", ("protected by Pulumi", "kept in AWS on delete", "not emptied on delete")),
        ("shop-versions", ("versioned",)),
        ("shop-vpc", ("protected by Pulumi", "kept in AWS on delete")),
        ("shop-key", ("kept in AWS on delete", "recovery window 30 days")),
        ("mail", ()),
    ],
)
def test_what_keeps_a_resource_is_read_from_its_options_and_inputs(prod, name, protections):
    assert part(prod, name).protections == protections


def test_tiers_are_components_and_what_is_in_none_is_one_of_its_own(prod):
    assert [(tier.title, len(tier.parts)) for tier in prod.tiers] == [("outside Strata", 2), ("Shop shop", 10)]


def test_what_would_hurt_most_to_lose_comes_first_wherever_it_is(prod):
    worst = [
        RISK.index(tier.mutability) if tier.kind else min(RISK.index(each.mutability) for each in tier.parts)
        for tier in prod.tiers
    ]
    assert worst == sorted(worst)
    assert set(RISK) == set(Mutability)
    assert RISK[0] is Mutability.CONTROLLED
    assert RISK[-1] is Mutability.REPLACED


def test_a_tier_is_grouped_by_class_its_own_first(prod):
    shop = prod.tiers[0]
    assert shop.groups[0].mutability is shop.mutability
    assert sum(len(group.parts) for group in shop.groups) == len(shop.parts)
    assert prod.counts == {
        Mutability.REPLACED: 3,
        Mutability.VERSIONED: 1,
        Mutability.REBUILDABLE: 1,
        Mutability.CONTROLLED: 5,
        Mutability.STABLE: 1,
        Mutability.ROTATED: 1,
    }


def test_a_group_counts_verdicts_and_protections(prod):
    replaced = ClassGroup(Mutability.REPLACED, tuple(each for each in prod.parts if each.name.startswith("shop-")))
    assert replaced.verdicts(Operation.REPLACE) == [(REFUSE, 7), (ALLOW, 2), (WARN, 1)]
    assert dict(replaced.protections)["protected by Pulumi"] == 3


def test_an_unknown_component_is_about_what_most_of_it_is():
    assert about("Anything", [Mutability.REPLACED, Mutability.STABLE, Mutability.STABLE]) is Mutability.STABLE
    assert about("Database", [Mutability.STABLE]) is Mutability.CONTROLLED
    assert about("Empty", []) is Mutability.STABLE


def test_every_class_has_words():
    assert list(WORDS) == list(Mutability)


def test_nothing_here_invents_a_verdict(prod):
    for each in prod.parts:
        allowed = {verdict(each.mutability, Operation.UPDATE, Stage.PROD)}
        assert each.verdicts[Operation.UPDATE] in allowed


@pytest.mark.parametrize("most,verdict", [(4, REFUSE), (0, ALLOW)])
def test_a_container_service_that_scaling_gives_its_tasks_is_in_use(most: int, verdict: Verdict):
    def program() -> None:
        service = aws.ecs.Service("web", task_definition="web:1", desired_count=0)
        aws.appautoscaling.Target(
            "capacity",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=service.arn.apply(lambda arn: arn.rpartition(":")[2]),
            min_capacity=0,
            max_capacity=most,
        )

    found = review(testing.run(program), project="p", stack="s", stage=Stage.PROD, source="")
    assert part(found, "web").verdicts[Operation.REPLACE] is verdict


@pytest.mark.parametrize("kept,verdict", [(True, ALLOW), (False, REFUSE)])
def test_an_image_is_replaced_only_if_it_stays_in_its_registry(kept: bool, verdict: Verdict):
    def program() -> None:
        docker.RegistryImage("web", name="registry.example.com/web:1", keep_remotely=kept)

    found = part(review(testing.run(program), project="p", stack="s", stage=Stage.PROD, source=""), "web")
    assert (found.mutability, found.verdicts[Operation.REPLACE]) == (Mutability.VERSIONED, verdict)
