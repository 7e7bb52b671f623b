"""What an account knows of the versions of an image: written once, read by many, and strangers left out."""

from collections.abc import Iterator

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from strata.errors import RefusedError
from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind, read_entry
from strata.naming import catalogue_name, is_record, record_name, revocation_name, veto_name
from strata.rollout.preflight_findings import find_verdicts
from strata.rollout.record import ImageRef
from strata.verdict_names import record_of_verdict

MADE = "2026-01-31T08:30:00Z"


def entry(version: str, **fields: str) -> CatalogueEntry:
    return CatalogueEntry(
        kind=ImageKind.MACHINE, name="web", version=version, made=MADE, **{"id": "ami-00000001", **fields}
    )


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Catalogue(lambda service: boto3.client(service, region_name="eu-west-1"))


def test_what_was_noted_is_read_again(catalogue: Catalogue):
    noted = entry("1.5.0", parent="ami-00000002", git_sha="0f3c51d", recipe="web/1.0.3", by="arn:aws:iam::1:role/baker")
    assert catalogue.add(noted)
    assert catalogue.entry("web", "1.5.0") == noted
    assert catalogue.entry("web", "1.6.0") is None
    assert catalogue.entry("other", "1.5.0") is None


def test_a_version_with_a_build_is_noted_and_listed(catalogue: Catalogue):
    noted = entry("1.5.0+build.7")
    assert catalogue.add(noted)
    assert not catalogue.add(noted)
    assert catalogue.entry("web", "1.5.0+build.7") == noted
    assert catalogue.entries("web") == {"1.5.0+build.7": noted}


def test_the_same_image_is_noted_twice_and_another_one_is_refused(catalogue: Catalogue):
    catalogue.add(entry("1.5.0"))
    assert not catalogue.add(entry("1.5.0", git_sha="other"))
    with pytest.raises(
        RefusedError, match=r"web 1\.5\.0 is ami-00000001 in the catalogue of eu-west-1, and not ami-00000009"
    ):
        catalogue.add(entry("1.5.0", id="ami-00000009"))


def test_a_catalogue_of_many_pages_is_read_whole_without_what_is_none_of_it(catalogue: Catalogue):
    versions = [f"1.{number}.0" for number in range(23)]
    for version in versions:
        catalogue.add(entry(version))
    ssm = boto3.client("ssm", region_name="eu-west-1")
    ssm.put_parameter(Name=revocation_name("web", "1.5.0"), Value="leaks", Type="String")
    ssm.put_parameter(Name=catalogue_name("web", "9.0.0"), Value="somebody's", Type="String")
    ssm.put_parameter(Name=catalogue_name("web", "9.1.0"), Value=entry("9.9.9").to_json(), Type="String")
    assert sorted(catalogue.entries("web")) == sorted(versions)
    assert sorted(catalogue.some("web", versions)) == sorted(versions)


def test_a_text_that_is_no_entry_is_refused():
    for text in ("", "[]", "{}", '{"kind": "other"}', '{"kind": "machine", "name": "a", "version": "1", "made": "x"}'):
        with pytest.raises(ValueError, match="not an entry of the image catalogue"):
            read_entry(text)


texts = st.text(min_size=1, max_size=20)


@given(kind=st.sampled_from(ImageKind), name=texts, version=texts, identity=texts, made=texts, more=texts | st.none())
def test_every_entry_is_read_as_it_was_written(kind, name, version, identity, made, more):
    field = "id" if kind is ImageKind.MACHINE else "digest"
    written = CatalogueEntry(kind=kind, name=name, version=version, made=made, git_sha=more, **{field: identity})
    assert read_entry(written.to_json()) == written


def test_names_of_parameters_are_told_apart():
    record = record_name("shop", "prod", "web")
    assert is_record(record)
    assert record_of_verdict(veto_name(record, "1.5.0")) == record
    for other in (veto_name(record, "1.5.0"), catalogue_name("web", "1.5.0"), revocation_name("web", "release")):
        assert not is_record(other)
    for other in (record, catalogue_name("web", "1.5.0"), revocation_name("web", "1.5.0")):
        assert record_of_verdict(other) is None


@pytest.mark.parametrize("reference", ["ami-00000009", f"1.dkr.ecr/web@sha256:{'0' * 64}"])
def test_a_rollout_to_a_stranger_with_the_tags_of_a_known_version_is_refused(reference: str):
    image = ImageRef("web", "1.5.0", reference)
    digest = f"sha256:{'0' * 64}"
    known = entry("1.5.0", id=reference) if reference.startswith("ami") else entry("1.5.0", id="", digest=digest)
    parameter = catalogue_name("web", "1.5.0")
    assert list(find_verdicts(image, {parameter: known.to_json()})) == []
    assert list(find_verdicts(image, {parameter: "somebody's"})) == []
    (refusal,) = find_verdicts(image, {parameter: entry("1.5.0").to_json()})
    assert "is not what this account knows as web 1.5.0: that is ami-00000001" in refusal.text


def test_a_refused_veto_names_what_lifts_it():
    record = record_name("shop", "prod", "web")
    image = ImageRef("web", "1.5.0", "ami-00000001")
    veto, revocation = find_verdicts(
        image, {veto_name(record, "1.5.0"): "slow", revocation_name("web", "1.5.0"): "leaks"}
    )
    assert veto.fix == "Pin another version. If it may run again: `strata image unveto prod web 1.5.0`."
    assert revocation.fix == "Pin another version."
