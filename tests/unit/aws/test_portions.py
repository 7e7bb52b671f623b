"""Lists in as many parts as a call accepts, and what is asked in such parts."""

from typing import Any

import pytest

from strata.aws.portions import portions
from strata.images.image_finder import FILTER_VALUES, ImageFinder


@pytest.mark.parametrize("count, sizes", [(0, []), (1, [1]), (3, [3]), (4, [3, 1]), (7, [3, 3, 1])])
def test_no_portion_is_larger_than_a_call_and_nothing_is_lost(count: int, sizes: list[int]):
    items = list(range(count))
    found = list(portions(items, 3))
    assert [len(each) for each in found] == sizes
    assert [item for each in found for item in each] == items


class Ec2:
    """Has every image that it is asked for, and keeps the filters."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def get_paginator(self, operation: str) -> "Ec2":
        assert operation == "describe_images"
        return self

    def paginate(self, *, Filters: list[dict[str, Any]], **_: Any) -> list[dict[str, Any]]:  # noqa: N803 - AWS's name
        (ids,) = (each["Values"] for each in Filters)
        self.asked.append(list(ids))
        return [
            {
                "Images": [
                    {"ImageId": each, "CreationDate": f"2026-01-01T00:00:{int(each[4:]) % 60:02}Z"} for each in ids
                ]
            }
        ]


def test_images_are_asked_for_by_no_more_ids_than_a_filter_has_values_and_come_newest_first():
    ec2, ids = Ec2(), [f"ami-{number:04}" for number in range(2 * FILTER_VALUES + 1)]
    found = ImageFinder(lambda _service: ec2).machines_by_id(*ids)
    assert [len(each) for each in ec2.asked] == [FILTER_VALUES, FILTER_VALUES, 1]
    assert {each.id for each in found} == set(ids)
    made = [str(each.made) for each in found]
    assert made == sorted(made, reverse=True)
