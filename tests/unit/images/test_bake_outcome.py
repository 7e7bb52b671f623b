"""What comes out of a build is held against the pipeline before it becomes a version."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from strata.images.baking.order import Order
from strata.images.baking.outcome import MadeImage, outcome_problems, version_tags
from strata.images.image_origin import Watermark

from .test_bake_decision import RECORD, execution

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
SHARED = replace(RECORD, accounts=("210987654321",), encrypted_by={"": KEY})
MADE = execution(1, "AVAILABLE", git_sha="abc", images=(("eu-central-1", "ami-2"), ("eu-west-1", "ami-1")))
HERE = MadeImage(
    region="eu-west-1",
    id="ami-1",
    state="available",
    architecture="x86_64",
    tags={"app": "web", "base_ami": "ami-1", "strata:recipe": "1.2.3", "aws:imagebuilder": "x"},
    snapshots=("snap-1",),
    keys={"snap-1": KEY},
    accounts=("210987654321",),
)
THERE = replace(HERE, region="eu-central-1", id="ami-2", snapshots=("snap-2",), keys={"snap-2": "aws/ebs"})
ORDER = Order("web", "1.5.0", "order-1")


def problems(*images: MadeImage, order: Order | None = ORDER, inherited: Sequence[Watermark] | None = ()) -> list[str]:
    return list(outcome_problems(SHARED, MADE, order, images, inherited))


def test_what_is_as_it_should_be_has_no_problem():
    assert problems(HERE, THERE) == []


@pytest.mark.parametrize(
    "change, problem",
    [
        ({"state": "pending"}, "is pending, not available"),
        ({"architecture": "arm64"}, "is for arm64, not for x86_64"),
        ({"tags": {**HERE.tags, "app": "shop"}}, "has 'shop' as tag app, expected 'web'"),
        ({"tags": {**HERE.tags, "strata:recipe": "9.9.9"}}, "has '9.9.9' as tag strata:recipe, expected '1.2.3'"),
        ({"tags": {"app": "web", "base_ami": "ami-1"}}, "has None as tag strata:recipe, expected '1.2.3'"),
        ({"tags": {**HERE.tags, "app_version": "1.4.0"}}, "is tagged as version 1.4.0 already"),
        ({"keys": {"snap-1": ""}}, "is not encrypted: snap-1"),
        ({"keys": {"snap-1": "aws/ebs"}}, f"is encrypted by aws/ebs, expected {KEY}: snap-1"),
        ({"snapshots": ()}, "has no snapshot"),
        ({"accounts": ()}, "cannot be launched by 210987654321"),
    ],
)
def test_what_is_not_is_refused_with_the_reason(change: dict, problem: str):
    assert problems(replace(HERE, **change), THERE) == [f"ami-1 in eu-west-1 {problem}"]


def test_a_region_without_an_image_or_with_two_is_refused():
    assert problems(HERE) == ["eu-central-1 has no image ami-2, which came out of it"]
    alone = replace(MADE, images=MADE.images[1:])
    assert list(outcome_problems(SHARED, alone, ORDER, [HERE], ())) == ["eu-central-1 has 0 images of it, expected one"]
    assert problems(HERE, replace(HERE, id="ami-3"), THERE) == ["eu-west-1 has 2 images of it, expected one"]


def test_an_image_whose_order_was_overwritten_is_no_version():
    (problem,) = problems(HERE, THERE, order=Order("web", "1.6.0", "other"))
    assert problem.startswith("the order was overwritten while it was built, by one for 1.6.0")


def test_another_order_of_the_same_version_and_commit_spoils_nothing():
    assert problems(HERE, THERE, order=Order("web", "1.5.0", "other", "abc")) == []
    assert len(problems(HERE, THERE, order=Order("web", "1.5.0", "other", "def"))) == 1


def test_a_version_is_tags_that_snapshots_have_too():
    assert version_tags(MADE, HERE) == {
        "app": "web",
        "base_ami": "ami-1",
        "strata:recipe": "1.2.3",
        "app_version": "1.5.0",
        "build_time": MADE.created,
        "git_sha": "abc",
        "strata:order": "order-1",
    }


OURS = Watermark("123456789012", "web", "1.4.0", "ami-9")
BASE = Watermark("123456789012", "base", "7.0.0", "ami-8")


@pytest.mark.parametrize("mark", [OURS, BASE])
def test_an_image_that_was_made_from_a_server_or_a_copy_of_another_version_is_refused(mark: Watermark):
    (problem,) = problems(replace(HERE, marks=(mark,)), THERE)
    name = f"{mark.image}/{mark.version}"
    assert problem == (
        f"ami-1 in eu-west-1 has the watermark 123456789012:{name} of {mark.source}, which its parent ami-1 does not "
        f"have: it was made of {mark.image} {mark.version}, by a copy or from a server"
    )


@pytest.mark.parametrize("mark", [OURS, BASE])
def test_a_watermark_that_the_parent_has_says_nothing_of_what_was_made_of_it(mark: Watermark):
    kept = replace(mark, source="ami-7")
    assert problems(replace(HERE, marks=(mark,)), replace(THERE, marks=(mark,)), inherited=(kept,)) == []


def test_where_the_parent_is_gone_only_the_image_s_own_name_is_judged():
    assert problems(replace(HERE, marks=(BASE,)), THERE, inherited=None) == []
    (problem,) = problems(replace(HERE, marks=(OURS,)), THERE, inherited=None)
    assert "which its parent ami-1 cannot be asked for any more: it was made of web 1.4.0" in problem


def test_its_own_watermark_of_the_version_is_that_of_a_run_that_was_interrupted():
    own = replace(OURS, version="1.5.0", source="ami-2")
    assert problems(replace(HERE, marks=(own,)), replace(THERE, marks=(own,))) == []
    assert len(problems(replace(HERE, marks=(replace(own, source="ami-9"),)), THERE)) == 1


def test_what_packer_made_where_the_pipeline_has_no_images_is_named():
    more = (*MADE.images, ("us-east-1", "ami-5"))
    packed = replace(MADE, arn="packer:0f1e", images=more)
    found = list(outcome_problems(SHARED, packed, ORDER, [HERE, THERE], ()))
    assert "ami-5 is in us-east-1, where the pipeline has no images" in found
