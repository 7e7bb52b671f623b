"""Tests that share one local AWS read whole lists: what a test looks for may stand behind the first page."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import botocore.session
import pytest
from botocore import xform_name

TESTS = Path(__file__).parents[1]
SHARING = ("integration", "conformance")


SERVICES = (
    "autoscaling",
    "ec2",
    "ecr",
    "ecs",
    "elbv2",
    "iam",
    "imagebuilder",
    "kms",
    "logs",
    "rds",
    "s3",
    "secretsmanager",
    "ssm",
)


def paged() -> Iterator[str]:
    """The methods of clients that answer page by page."""
    session = botocore.session.get_session()
    for service in SERVICES:
        pages = session.get_paginator_model(service)
        operations: Iterable[str] = cast("Any", session.get_service_model(service)).operation_names
        for operation in operations:
            try:
                pages.get_paginator(operation)
            except ValueError:
                continue
            yield xform_name(operation)


PAGED = frozenset(paged())


def first_pages(source: str) -> Iterator[int]:
    """The lines that read the first page of everything there is."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = node.args or node.keywords
            if node.func.attr in PAGED and not asked:
                yield node.lineno


FILES = sorted(each for folder in SHARING for each in (TESTS / folder).rglob("*.py"))


def test_a_first_page_is_noticed() -> None:
    source = "found = aws.describe_auto_scaling_groups()\nnamed = aws.describe_auto_scaling_groups(Names=[1])"
    assert list(first_pages(source)) == [1]
    assert {"list_secrets", "describe_target_groups", "list_clusters"} <= PAGED
    assert len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_takes_a_first_page_for_everything(path: Path) -> None:
    assert list(first_pages(path.read_text())) == [], "`all_pages` of tests/all_pages.py reads the whole list"
