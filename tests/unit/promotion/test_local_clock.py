"""A local AWS may be days ahead of the wall clock: a proof is judged by the clock of whom the command asks."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from strata.cli.run import run
from strata.clock import utc_text
from strata.errors import SettingsError
from strata.images import proof_note
from strata.project.stack_file import read_stack
from strata.rollout import stack_services
from strata.rollout.stack_services import services_of_stack
from strata.settings.load import load_stack
from tests.unit.promotion.test_image_proofs import Place, World, bare, clients, world
from tests.unit.promotion.test_proof_notes import MACHINE
from tests.unit.rollout.stand_in import IMAGE

__all__ = ["bare", "clients", "world"]

DAYS = 5 * 86_400.0
FILE = """\
config:
  aws:region: eu-west-1
  strata:stage: prod
  strata:images:
    web: {{ version: 1.5.0, id: {id}, proof: {proof} }}
  strata:services: {{ web: {{ {settings} }} }}
"""
RIGHT, WRONG = "instance_type: t3.small", "instance_typ: t3.small"


class Ahead:
    """The clock of a local AWS."""

    NOW = 4_000_000_000.0

    def now(self) -> float:
        return self.NOW


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project; whoever asks its local AWS finds it days ahead, and whoever asks without it finds nothing."""

    def connected(*_: Any, local: bool) -> tuple[Any, Any]:
        assert local
        return SimpleNamespace(renew=None), Ahead()

    monkeypatch.setattr(stack_services, "connect_to_aws", connected)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return tmp_path


def written(folder: Path, settings: str, at: float) -> None:
    proof = json.dumps({**MACHINE, "at": utc_text(at)})
    (folder / "Pulumi.prod.yaml").write_text(FILE.format(id=IMAGE.id, proof=proof, settings=settings))


def test_a_proof_of_the_local_aws_is_judged_by_its_clock_whatever_else_is_wrong_with_the_file(folder: Path):
    written(folder, WRONG, Ahead.NOW - 60)
    with pytest.raises(SettingsError) as error:
        services_of_stack(folder, "prod", None, local=True)
    assert [".".join(map(str, each.path)) for each in error.value.problems] == ["services.web.instance_typ"]
    written(folder, RIGHT, Ahead.NOW - 60)
    read = services_of_stack(folder, "prod", None, local=True).read
    assert read is not None
    assert read.problems == ()
    written(folder, RIGHT, Ahead.NOW + DAYS)
    read = services_of_stack(folder, "prod", None, local=True).read
    assert read is not None
    assert [each.rule for each in read.problems] == ["pin-proof-moment"]


def test_without_the_local_aws_the_same_file_is_judged_by_the_wall_clock(folder: Path):
    written(folder, WRONG, Ahead.NOW - 60)
    with pytest.raises(SettingsError) as error:
        services_of_stack(folder, "prod", None, local=False)
    assert "pin-proof-moment" in {each.rule for each in error.value.problems}


def test_what_is_promoted_in_a_local_aws_is_of_no_moment_to_come_for_who_reads_it_without(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    now = world.aws.clock.now()
    for wall, at in ((now - DAYS, now - DAYS), (now + DAYS, now)):
        monkeypatch.setattr(proof_note, "clock_from_environment", lambda wall=wall: SimpleNamespace(now=lambda: wall))
        promotion = world.promote(world.baked, Place(), Place())
        assert promotion.change.pin["proof"]["at"] == utc_text(at)
        assert promotion.carry_out()
        loaded = load_stack(read_stack(world.folder, "prod"), now=min(wall, now))
        assert loaded.settings.images["web"].proof is not None


@pytest.mark.parametrize(
    "more, then",
    [(["--local"], "rehearse it: `strata rehearse prod`"), ([], "commit it, and run `pulumi up --stack prod`")],
    ids=["local", "aws"],
)
def test_what_comes_next_is_where_the_image_was_pinned(
    world: World, more: list[str], then: str, capsys: pytest.CaptureFixture[str]
):
    world.promote(world.baked, Place(), Place(), required=False)
    line = ["image", "pin", "prod", "web", "1.5.0", "--id", world.baked, "-C", str(world.folder)]
    assert run([*line, *more]) == 0
    assert capsys.readouterr().out.endswith(f"next: {then}\n")
