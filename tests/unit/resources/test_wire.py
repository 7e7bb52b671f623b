"""Pulumi's markers are written once, and are Pulumi's."""

import re
from pathlib import Path

from pulumi.runtime import rpc
from pulumi_policy import proxy

import strata
import strata_rehearsal
from strata.resources import wire

HOUSES = [Path(package.__path__[0]) for package in (strata, strata_rehearsal)]
MARKER = re.compile("|".join(map(re.escape, (wire.SIGNATURE_KEY, wire.SECRET_SIGNATURE, *wire.UNKNOWN_MARKERS))))


def test_the_markers_are_those_of_pulumis_sdks():
    assert rpc._special_sig_key == wire.SIGNATURE_KEY
    assert rpc._special_secret_sig == wire.SECRET_SIGNATURE
    assert rpc._special_output_value_sig == wire.OUTPUT_SIGNATURE
    assert rpc.UNKNOWN == wire.UNKNOWN
    known = {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_") and name.endswith("_VALUE")}
    assert wire.UNKNOWN in known
    assert known <= wire.UNKNOWN_MARKERS


def test_the_markers_are_written_in_one_module():
    holders = [file for house in HOUSES for file in house.rglob("*.py") if MARKER.search(file.read_text())]
    assert holders == [HOUSES[0] / "resources" / "wire.py"]


def test_what_cannot_be_seen_is_known_by_its_marker():
    assert wire.is_unknown(wire.UNKNOWN)
    assert not wire.is_unknown(wire.MASKED_SECRET)
    assert wire.is_hidden(wire.MASKED_SECRET)
    assert not wire.is_hidden(["[secret]"])
    secret = {wire.SIGNATURE_KEY: wire.SECRET_SIGNATURE}
    assert wire.is_signed(secret)
    assert wire.is_signed(secret, wire.SECRET_SIGNATURE, wire.OUTPUT_SIGNATURE)
    assert not wire.is_signed(secret, wire.OUTPUT_SIGNATURE)
    assert not wire.is_signed({"value": "x"})
