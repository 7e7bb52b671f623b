"""What runs already, or is launched by itself, has no preflight: it is recorded only as what it proves to be."""

from dataclasses import replace
from typing import Any

import pytest

from strata.errors import PreflightError
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.image_origin import ImageOrigin, Watermark
from strata.images.image_trust import ImageTerms
from strata.naming import catalogue_name, revocation_name, rollback_name
from strata.rollout.begun_rollback import BegunRollback
from strata.rollout.record import ServerRelease
from strata.rollout.servers.server_spec import ServerRollout
from strata.verdict_names import revoked_image_name
from tests.unit.rollout.stand_in import IMAGE, RELEASE, Aws, Stage, rollout, running, servers, succeed

RECORD = "/strata/shop/prod/web/release"
OLD = replace(RELEASE, template_version=1, digest="d1", image=replace(IMAGE, version="1.4.0", id="ami-0aa"))
RENAMED = replace(RELEASE, image=replace(IMAGE, version="1.4.0"))
"""The same image, recorded as the version that it was baked as."""


def mark(version: str) -> Watermark:
    return Watermark("123456789012", "web", version, IMAGE.id)


def current(*marks: str, history: Any = (), saved: str = "2") -> Stage:
    """Every server runs the release that is asked for, whose image has watermarks of these versions."""
    stage = Stage(Aws(history=list(history)))
    stage.aws.become(servers=servers(4, "2"), saved_version=saved)
    view, origin = stage.aws.image, ImageOrigin(IMAGE.id, watermarks=tuple(mark(each) for each in marks))
    stage.aws.image = lambda image_id: replace(view(image_id), origin=origin)
    return stage


def asked(*, required: bool = False) -> ServerRollout:
    wanted = rollout()
    return replace(wanted, spec=replace(wanted.spec, terms=ImageTerms(required=required)))


def entry(version: str) -> dict[str, str]:
    made = CatalogueEntry(kind=ImageKind.MACHINE, name="web", version=version, id=IMAGE.id, made="2026-01-31T08:30:00Z")
    return {catalogue_name("web", version): made.to_json()}


async def up(stage: Stage, recorded: ServerRelease | None, *, required: bool = False) -> None:
    wanted = asked(required=required)
    await (stage.roll.first(wanted) if recorded is None else stage.roll.next(wanted, recorded))


async def refused(stage: Stage, recorded: ServerRelease | None, *, required: bool = False) -> str:
    with pytest.raises(PreflightError) as error:
        await up(stage, recorded, required=required)
    assert "web 1.5.0 (ami-0123456789abcdef0) must not be recorded:" in str(error.value)
    assert stage.aws.calls == [], "nothing was started"
    return str(error.value)


@pytest.mark.parametrize("recorded", [RENAMED, OLD, None], ids=["renamed", "another", "deleted"])
async def test_what_runs_already_and_was_baked_as_another_version_is_not_recorded_as_this_one(recorded):
    said = await refused(current("1.4.0"), recorded)
    assert f"{IMAGE.id}, and its watermark says web 1.4.0: expected 1.5.0" in said
    assert "Pin it as the version that it is" in said


@pytest.mark.parametrize("recorded", [RENAMED, OLD, None], ids=["renamed", "another", "deleted"])
async def test_what_runs_already_and_says_nothing_of_itself_is_recorded_where_no_proof_is_required(recorded):
    assert "is in no catalogue of account 123456789012" in await refused(current(), recorded, required=True)
    stage = current()
    await up(stage, recorded)
    assert stage.aws.calls == []


@pytest.mark.parametrize("recorded", [RENAMED, OLD, None], ids=["renamed", "another", "deleted"])
async def test_what_proves_to_be_it_is_recorded(recorded):
    for stage, kept in ((current("1.5.0"), {}), (current(), entry("1.5.0"))):
        stage.aws.kept |= kept
        await up(stage, recorded, required=True)
        assert stage.aws.calls == []


async def test_what_the_record_and_the_catalogue_call_something_else_is_not_renamed_where_nothing_proves_it():
    stage = current()
    stage.aws.kept |= entry("1.4.0")
    said = await refused(stage, RENAMED)
    assert "is recorded and is in the catalogue of account 123456789012 as web 1.4.0: expected web 1.5.0" in said
    # nor in a rollout for something else, such as another instance type
    stage.aws.become(servers=servers(4, "1"), saved_version="1")
    with pytest.raises(PreflightError, match=r"in the catalogue .* as web 1\.4\.0: expected web 1\.5\.0"):
        await up(stage, replace(RENAMED, digest="d1", template_version=1))
    assert stage.aws.calls == []


@pytest.mark.parametrize("revoked", [None, revoked_image_name("ami-0ba"), revocation_name("web", "1.5.0-rc")])
async def test_what_is_no_copy_of_what_was_baked_is_not_replaced_by_what_is_revoked(revoked: str | None):
    """Also where the one that was baked is revoked by its version alone."""
    stage, baked = Stage(Aws()), Watermark("123456789012", "web", "1.5.0-rc", "ami-0ba")
    view = stage.aws.image
    origin = ImageOrigin(IMAGE.id, source="ami-0cc", watermarks=(baked,))
    stage.aws.image = lambda image_id: replace(view(image_id), origin=origin)
    if revoked is not None:
        stage.aws.kept[revoked] = "leaks"
    with pytest.raises(PreflightError) as error:
        await stage.roll.next(asked(required=True), OLD)
    said = str(error.value)
    assert f"{IMAGE.id}, a copy of ami-0cc" in said
    assert ("fix: Pin ami-0ba, or copy it" in said) is (revoked is None)
    assert ("is revoked: leaks" in said and "fix: Use neither" in said) is (revoked is not None)
    assert stage.aws.calls == [], "nothing was started"


async def test_what_the_record_names_so_already_goes_on():
    stage = current("1.4.0")
    await up(stage, RELEASE, required=True)
    assert stage.aws.calls == []


@pytest.mark.parametrize("to", [RELEASE.digest, "another"])
async def test_a_rollback_to_the_very_release_is_not_kept_from_its_name(to: str):
    stage = current("1.4.0")
    begun = BegunRollback("d9", "1.4.0", to, "1.5.0", "2026-01-31T08:30:00Z")
    stage.aws.kept[rollback_name(RECORD)] = begun.to_json()
    if to == RELEASE.digest:
        await up(stage, RENAMED)
        assert any("its watermark says web 1.4.0" in each for each in stage.console.warned)
    else:
        assert "its watermark says web 1.4.0" in await refused(stage, RENAMED)


async def test_a_refresh_that_somebody_has_left_is_not_adopted_for_another_name():
    stage = current("1.4.0", history=[running("r-7", "2")], saved="1")
    stage.aws.polls = [succeed]
    assert "its watermark says web 1.4.0" in await refused(stage, OLD)
