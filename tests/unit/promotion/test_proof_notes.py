"""A proof counts as far as a promotion has noted it in AWS: what somebody writes into a stack file by hand does not."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.cli.run import run
from strata.errors import RefusedError
from strata.images.proof_note import keep_proof_note, make_up_proof_note, proof_note_name, read_proof_note
from strata.naming import catalogue_name
from strata.project.stack_file import read_stack_file
from strata.rollout import stack_services
from strata.rollout.preflight_findings import PreflightFinding, PreflightSeverity
from strata.rollout.proof_check import find_unconfirmed, find_unconfirmed_pin
from strata.rollout.record import ImageRef
from strata.rollout.servers.driver import Driver
from strata.settings.models import ImageProofSettings
from strata.settings.unreliable_proofs import load_for_looking
from tests.unit.promotion import test_image_proofs
from tests.unit.promotion.test_image_proofs import Place, World, bare, clients, released, world
from tests.unit.rollout.stand_in import IMAGE, Clock
from tests.unit.rollout.test_preflight import RECORD
from tests.unit.rollout.test_truth import LIVE, Cloud

__all__ = ["bare", "clients", "world"]

DIGEST, OTHER = (f"sha256:{each * 64}" for each in "ab")
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop"
_, _, PROJECT, STACK, *_ = RECORD.split("/")
SHOP = ImageRef("shop", "1.5.0", f"{REPOSITORY}@{DIGEST}")
PROOF: dict[str, Any] = {
    "stack": f"{PROJECT}/staging",
    "release": "1.5.0",
    "digest": "0123456789abcdef",
    "image": DIGEST,
    "soaked": 5400,
    "by": "arn:aws:iam::123456789012:user/ann",
    "at": "2026-01-31T08:30:00Z",
}
MACHINE = {**PROOF, "image": IMAGE.id}
WEB = ImageRef("web", "1.5.0", MACHINE["image"])


def proof(given: dict[str, Any] = PROOF, **changed: Any) -> ImageProofSettings:
    return ImageProofSettings.model_validate({**given, **changed})


def refusals(found: tuple[PreflightFinding, ...]) -> list[str]:
    assert all(each.severity is PreflightSeverity.REFUSE for each in found)
    return [f"{each.text} {each.fix}" for each in found]


@pytest.mark.parametrize("image, said", [(SHOP, PROOF), (WEB, MACHINE)], ids=["container", "machine"])
def test_a_proof_that_no_promotion_has_noted_is_refused_with_what_writes_it(world: World, image: ImageRef, said: Any):
    (text,) = refusals(find_unconfirmed(Driver(world.at(Place())), RECORD, image, proof(said)))
    assert f"says that it ran in {PROJECT}/staging, and nothing in AWS confirms it" in text
    assert f"strata image promote {STACK} {image.name} --from OTHER" in text


def test_a_proof_whose_stack_was_changed_by_hand_is_promoted_again_from_the_one_that_was_noted(world: World):
    keep_proof_note(world.at(Place()), PROJECT, STACK, PROOF)
    (text,) = refusals(find_unconfirmed(Driver(world.at(Place())), RECORD, SHOP, proof(stack=f"{PROJECT}/forged")))
    assert f"stack is {PROJECT}/forged, and {PROJECT}/staging is noted" in text
    assert f"strata image promote {STACK} shop --from staging`" in text
    assert "--from forged" not in text


@pytest.mark.parametrize("image, said", [(SHOP, PROOF), (WEB, MACHINE)], ids=["container", "machine"])
def test_a_proof_that_was_noted_is_accepted_also_an_older_one_of_the_same_release(world: World, image: Any, said: Any):
    driver = Driver(world.at(Place()))
    keep_proof_note(world.at(Place()), PROJECT, STACK, said)
    assert find_unconfirmed(driver, RECORD, image, proof(said)) == ()
    newer = {**said, "soaked": 9000, "at": "2026-02-01T08:30:00Z", "by": "arn:aws:iam::123456789012:user/bob"}
    keep_proof_note(world.at(Place()), PROJECT, STACK, newer)
    assert find_unconfirmed(driver, RECORD, image, proof(said)) == ()
    elsewhere = Driver(world.at(Place(region="eu-central-1")))
    assert refusals(find_unconfirmed(elsewhere, RECORD, image, proof(said))), "another region has its own"
    other = RECORD.replace(f"/{STACK}/", "/live/")
    assert refusals(find_unconfirmed(driver, other, image, proof(said))), "so has another stack"


@pytest.mark.parametrize(
    "field, value",
    [
        ("stack", "no/such"),
        ("stack", f"{PROJECT}/{STACK}"),
        ("release", "1.5.1"),
        ("digest", "f" * 16),
        ("image", OTHER),
        ("soaked", 5401),
        ("min_soak", 0),
        ("by", "arn:aws:iam::123456789012:user/eve"),
        ("at", "2026-01-31T08:30:01Z"),
    ],
)
def test_each_word_of_a_proof_that_was_changed_by_hand_is_refused(world: World, field: str, value: Any):
    keep_proof_note(world.at(Place()), PROJECT, STACK, PROOF)
    (text,) = refusals(find_unconfirmed(Driver(world.at(Place())), RECORD, SHOP, proof(**{field: value})))
    noted = PROOF.get(field, "nothing")
    assert f"{field} is {value}, and {noted} is noted" in text
    assert "strata image promote" in text


def test_what_was_noted_before_is_accepted_again_when_a_stack_file_is_taken_back(world: World):
    driver = Driver(world.at(Place()))
    own = {**PROOF, "stack": f"{PROJECT}/{STACK}", "digest": "f" * 16, "soaked": 60}
    for each in (PROOF, own, {**PROOF, "min_soak": 2400}):
        keep_proof_note(world.at(Place()), PROJECT, STACK, each)
    assert find_unconfirmed(driver, RECORD, SHOP, proof()) == ()
    assert find_unconfirmed(driver, RECORD, SHOP, proof(own)) == ()
    (text,) = refusals(find_unconfirmed(driver, RECORD, SHOP, proof(own, soaked=61)))
    assert "min_soak is nothing, and 2400 is noted" in text, "the newest is what it is compared with"
    name = proof_note_name(PROJECT, STACK, DIGEST)
    world.at(Place())("ssm").delete_parameter(Name=name)
    assert "nothing in AWS confirms it" in refusals(find_unconfirmed(driver, RECORD, SHOP, proof()))[0]


def test_who_may_not_read_what_was_noted_before_is_told_that_it_was_not_read(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    keep_proof_note(world.at(Place()), PROJECT, STACK, PROOF)
    keep_proof_note(world.at(Place()), PROJECT, STACK, {**PROOF, "min_soak": 2400})
    driver = Driver(world.at(Place()))

    def denied(name: str) -> list[str]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParameterHistory")

    monkeypatch.setattr(driver, "parameter_history", denied)
    (text,) = refusals(find_unconfirmed(driver, RECORD, SHOP, proof()))
    assert "may not be read (ssm:GetParameterHistory)" in text


def test_a_promotion_into_a_file_that_shares_its_pins_is_refused_before_anything_is_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    shared = test_image_proofs.STACK.replace("strata:images:", "strata:images: &all") + "  shop:other: *all\n"
    monkeypatch.setattr(test_image_proofs, "STACK", shared)
    with pytest.raises(RefusedError, match="the pin web cannot be changed alone"):
        world.promote(world.baked, Place(), Place())
    assert promoted(world) == []
    monkeypatch.undo()


def test_a_promotion_of_what_the_catalogue_cannot_name_is_refused_before_anything_is_changed(world: World):
    name = catalogue_name("web", "1.5.0")
    world.at(Place())("ssm").put_parameter(Name=name, Value='{"id": 5}', Type="String", Overwrite=True)
    with pytest.raises(RefusedError, match=r"cannot say which image web 1\.5\.0 is") as refused:
        world.promote(world.baked, Place(), Place())
    assert f"{name} holds '{{\"id\": 5}}'" in refused.value.message
    assert f"delete the parameter {name}" in (refused.value.fix or "")
    assert promoted(world) == []


def promoted(world: World) -> list[Any]:
    wanted = [{"Key": "Path", "Option": "Recursive", "Values": ["/strata/images/_promoted"]}]
    return world.at(Place())("ssm").describe_parameters(ParameterFilters=wanted)["Parameters"]


def test_the_note_of_another_image_proves_nothing(world: World):
    keep_proof_note(world.at(Place()), PROJECT, STACK, {**PROOF, "image": OTHER})
    assert (
        "nothing in AWS confirms it" in refusals(find_unconfirmed(Driver(world.at(Place())), RECORD, SHOP, proof()))[0]
    )


@pytest.mark.parametrize("value", ["", "{}", "[]", "null", "1", json.dumps({"stack": "a/b"})])
def test_what_is_no_note_proves_nothing(world: World, value: str):
    assert read_proof_note(value) is None
    name = proof_note_name(PROJECT, STACK, DIGEST)
    world.at(Place())("ssm").put_parameter(Name=name, Value=value or " ", Type="String")
    assert refusals(find_unconfirmed(Driver(world.at(Place())), RECORD, SHOP, proof()))


def test_a_plan_says_the_same_and_lets_what_is_recorded_go_on(world: World):
    driver = Driver(world.at(Place()))
    assert refusals(find_unconfirmed_pin(driver, RECORD, WEB, proof(MACHINE), released("ami-01234567", "1.4.0")))
    assert find_unconfirmed_pin(driver, RECORD, WEB, proof(MACHINE), released(WEB.id, "1.4.0")) == ()
    assert find_unconfirmed_pin(driver, RECORD, WEB, None, None) == (), "the settings refuse a pin without one"


def test_a_promotion_notes_the_proof_that_it_writes(world: World):
    promotion = world.promote(world.baked, Place(), Place())
    pinned = promotion.change.pin["proof"]
    driver, image = Driver(world.at(Place())), ImageRef("web", "1.5.0", world.baked)
    record = "/strata/shop/prod/web/release"
    assert refusals(find_unconfirmed(driver, record, image, proof(pinned))), "nothing is noted before it is carried out"
    assert promotion.carry_out()
    assert find_unconfirmed(driver, record, image, proof(pinned)) == ()
    assert refusals(find_unconfirmed(driver, record, replace(image, id="ami-00000001"), proof(pinned, image=None)))


def test_a_promotion_writes_a_proof_anew_that_says_too_much(world: World, tmp_path: Path):
    world.promote(world.baked, Place(), Place()).carry_out()
    text = (world.folder / "Pulumi.prod.yaml").read_text()
    again = world.promote(world.baked, Place(), Place()).change
    assert world.folder == tmp_path
    before = dict(again.pin)
    own = before["proof"]
    for wrong, changes in (
        (own, False),
        ({**own, "at": "2999-01-31T08:30:00Z"}, True),
        ({**own, "soaked": own["soaked"] + 1}, True),
        ({**own, "min_soak": own["soaked"] + 1}, True),
        ({**own, "at": "yesterday"}, True),
    ):
        assert replace(again, before={**before, "proof": wrong}).changes is changes, wrong
    assert "proof:" in text


def test_less_than_usual_is_noted_with_the_proof_and_allowed_by_the_settings(world: World):
    found = world.promote(world.baked, Place(), Place()).change.pin["proof"]
    # the world promotes at once
    assert (found["soaked"], found["min_soak"]) == (0, 0)


def test_a_rehearsal_notes_only_what_nothing_else_has_noted_and_knows_it_again(world: World):
    clients = world.at(Place())
    assert make_up_proof_note(clients, PROJECT, STACK, DIGEST, proof(image=None))
    assert find_unconfirmed(Driver(clients), RECORD, SHOP, proof()) == ()
    assert make_up_proof_note(clients, PROJECT, STACK, DIGEST, proof()), "it is still made up"
    keep_proof_note(clients, PROJECT, STACK, PROOF)
    assert not make_up_proof_note(clients, PROJECT, STACK, DIGEST, proof(soaked=9000))
    assert refusals(find_unconfirmed(Driver(clients), RECORD, SHOP, proof(soaked=9000))), "what was promoted stays"


@pytest.fixture
def stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack of which 1.5.0 runs and 2.0.0 is pinned, by the id of 1.5.0 and with a proof of that."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STALE.format(id=IMAGE.id, proof=json.dumps(MACHINE)))
    cloud = Cloud(kept={RECORD: LIVE.to_json()})
    monkeypatch.setattr(stack_services, "connect_to_aws", lambda *_, **__: (SimpleNamespace(renew=None), Clock()))
    monkeypatch.setattr(stack_services, "Driver", lambda _clients: cloud)
    monkeypatch.setattr(stack_services, "look_at_tasks", lambda *_: [])
    return tmp_path


def test_status_shows_what_runs_beside_a_stale_proof(stale: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["rollout", "status", "prod", "-C", str(stale)]) == 0
    said = capsys.readouterr().out
    assert "4 of 4 healthy" in said
    assert 'stale proof: strata:images.web.proof.release is "1.5.0": expected the pinned version, 2.0.0' in said
    assert run(["rollout", "status", "prod", "-C", str(stale), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["path"] for each in told["stale_proofs"]] == ["strata:images.web.proof.release"]
    assert len(told["services"]) == 1


def test_a_plan_names_the_pin_and_refuses_its_stale_proof(stale: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["rollout", "plan", "prod", "-C", str(stale), "--json"]) == 3
    (plan,) = json.loads(capsys.readouterr().out)["plans"]
    assert plan["headline"] == (
        "web: 2.0.0 is pinned, and the image is live, as 1.5.0; rolls only if something else differs"
    )
    assert "expected the pinned version, 2.0.0" in plan["refusals"][-1]["reason"]


STALE = """\
config:
  aws:region: eu-west-1
  strata:stage: prod
  strata:images:
    web: {{ version: 2.0.0, id: {id}, proof: {proof} }}
  strata:services: {{ web: {{ instance_type: t3.small, capacity: {{ min: 2, max: 4 }} }} }}
"""


def test_who_only_looks_is_told_of_a_stale_proof_and_sees_the_rest(tmp_path: Path):
    from strata.project.stack_file import read_stack

    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STALE.format(id=IMAGE.id, proof=json.dumps(MACHINE)))
    read = load_for_looking(read_stack(tmp_path, "prod"))
    assert [each.rule for each in read.problems] == ["pin-proof"]
    assert read.problems == tuple(read.of_pin("images", "web"))
    assert read.of_pin("container_images", "web") == []
    assert read.settings.promotion.require_proof
    assert (read.settings.images["web"].version, read.settings.images["web"].proof) == ("2.0.0", None)
    (line,) = read.warnings
    assert 'images.web.proof.release is "1.5.0": expected the pinned version, 2.0.0' in line
    found = find_unconfirmed_pin(None, RECORD, WEB, None, None, read.problems)  # type: ignore[arg-type]
    assert "expected the pinned version, 2.0.0" in refusals(found)[0]


def test_a_proof_of_too_little_time_is_made_again_in_the_stack_that_was_asked_from_the_one_it_names(
    world: World, tmp_path: Path
):
    lines = [f"{key}: {json.dumps(value)}" for key, value in {**MACHINE, "soaked": 60}.items()]
    path = tmp_path / "Pulumi.prod.yaml"
    path.write_text(
        "config:\n  aws:region: eu-west-1\n  strata:stage: prod\n"
        f"  strata:images: {{web: {{version: 1.5.0, id: {IMAGE.id}, proof: {{{', '.join(lines)}}}}}}}\n"
        "  strata:services: {web: {instance_type: t3.small}}\n"
    )
    read = load_for_looking(read_stack_file(path))
    found = find_unconfirmed_pin(Driver(world.at(Place())), RECORD, WEB, None, None, read.problems)
    (text,) = refusals(found)
    assert f"`strata image promote {STACK} web --from staging`" in text
