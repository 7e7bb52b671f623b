"""What forbids a version: who, when and why, and what a person wrote by hand."""

import json

import boto3
import pytest
from moto import mock_aws

from strata.clock import ScaledClock
from strata.images.verdicts import ImageVerdict, VerdictStore, read_verdict
from strata.naming import revocation_name, veto_name
from strata.rollout.preflight_findings import find_verdicts
from strata.rollout.record import ImageRef

RECORD = "/strata/shop/prod/web/release"
VETO = veto_name(RECORD, "1.2.0")
NOON = 1_700_000_000.0


@pytest.fixture
def store(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield VerdictStore(
            lambda service: boto3.client(service, region_name="eu-west-1"), ScaledClock(1, NOON, wall=lambda: NOON)
        )


def test_a_veto_says_who_forbade_it_when_and_why(store):
    verdict = store.forbid(VETO, "loses orders")
    assert verdict.reason == "loses orders"
    assert verdict.by is not None
    assert verdict.by.startswith("arn:aws:sts::")
    assert verdict.at == "2023-11-14T22:13:20Z"
    assert store.read([VETO]) == {VETO: verdict}
    assert str(verdict) == f"loses orders ({verdict.by}, 2023-11-14T22:13:20Z)"


def test_the_reason_that_came_first_stays(store):
    first = store.forbid(VETO, "loses orders")
    assert store.forbid(VETO, "left by a rollback") == first


def test_what_was_lifted_forbids_nothing_any_more(store):
    store.forbid(VETO, "loses orders")
    assert store.lift(VETO)
    assert not store.lift(VETO)
    assert store.read([VETO]) == {}


def test_all_vetoes_of_a_service_are_found_and_none_of_another_one(store):
    for number in range(25):
        store.forbid(veto_name(RECORD, f"1.{number}.0"), str(number))
    store.forbid(veto_name("/strata/shop/prod/worker/release", "9.0.0"), "another service")
    store.forbid(revocation_name("web", "1.0.0"), "revoked, not vetoed")
    assert {version: each.reason for version, each in store.vetoes(RECORD).items()} == {
        f"1.{number}.0": str(number) for number in range(25)
    }


def test_a_veto_of_a_version_with_a_build_is_found_by_its_version(store):
    for version in ("1.2.0+build.7", "1.2.0", "1.2.0_2bbuild.7"):
        store.forbid(veto_name(RECORD, version), version)
    assert {version: each.reason for version, each in store.vetoes(RECORD).items()} == {
        version: version for version in ("1.2.0+build.7", "1.2.0", "1.2.0_2bbuild.7")
    }


@pytest.mark.parametrize("reason", ["я" * 9000, "x" * 9000, '"\n' * 9000, "\x00" * 9000, "\U0001f525" * 9000])
def test_a_long_reason_in_any_script_fits_a_parameter_and_loses_only_its_end(store, reason):
    verdict = store.forbid(VETO, reason)
    value = store._client("ssm").get_parameter(Name=VETO)["Parameter"]["Value"]
    assert 4096 - 6 < len(value.encode()) <= 4096
    assert reason.startswith(verdict.reason)
    assert store.read([VETO]) == {VETO: verdict}


def test_a_reason_that_fits_is_kept_whole_and_can_be_read_in_the_console(store):
    assert store.forbid(VETO, "теряет заказы " * 100).reason == "теряет заказы " * 100
    assert "теряет" in store._client("ssm").get_parameter(Name=VETO)["Parameter"]["Value"]


def test_a_reason_in_another_encoding_is_written_all_the_same(store):
    assert store.forbid(VETO, "caf\udce9").reason == "caf?"


def test_more_names_than_aws_answers_at_once_are_read(store):
    names = [revocation_name("web", f"1.{number}.0") for number in range(23)]
    for name in names:
        store.forbid(name, "bad")
    assert set(store.read([*names, VETO])) == set(names)


@pytest.mark.parametrize(
    "written",
    [
        *("loses orders under load", "", "{", "42", "null", "[1]", '"quoted"', '{"why": "no reason"}'),
        '{"reason": 7}',
    ],
)
def test_whatever_a_person_wrote_by_hand_is_the_reason(written):
    assert read_verdict(written) == ImageVerdict(written)


def test_a_reason_in_json_without_a_writer_is_read():
    assert read_verdict(json.dumps({"reason": "slow", "by": None})) == ImageVerdict("slow")


@pytest.mark.parametrize("value", ["slow", ImageVerdict("slow").to_json()])
def test_a_preflight_says_the_reason_and_not_the_json(value):
    (finding,) = find_verdicts(ImageRef("web", "1.2.0", "ami-1"), {VETO: value})
    assert finding.text == "image web 1.2.0 (ami-1) is vetoed for this service: slow"
