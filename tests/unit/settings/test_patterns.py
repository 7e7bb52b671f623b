"""Shapes that AWS itself can be asked about."""

import re

import boto3
import pytest

from strata.settings import patterns


def test_every_instance_type_of_ec2_is_one():
    known = boto3.client("ec2", "eu-west-1").meta.service_model.shape_for("InstanceType").enum
    assert len(known) > 1000
    assert [each for each in known if not re.match(patterns.INSTANCE_TYPE, each)] == []


@pytest.mark.parametrize("typo", ["t4g.smal", "t4g", "t4g.", "m7g.larg", "m7g.xxlarge", "db.t4g.small", "t4g.small "])
def test_a_size_that_nothing_has_is_none(typo: str):
    assert not re.match(patterns.INSTANCE_TYPE, typo)


@pytest.mark.parametrize("name,fits", [("db.t4g.micro", True), ("db.r7i.48xlarge", True), ("db.t4g.mcro", False)])
def test_classes_of_rds_have_sizes_too(name: str, fits: bool):
    assert bool(re.match(patterns.DATABASE_CLASS, name)) is fits
