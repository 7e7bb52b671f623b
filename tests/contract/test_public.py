"""What is public is listed once, and whatever a public constructor accepts is in that list."""

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_type_hints

import pydantic
import pytest

import strata
from strata.arguments import LATE
from strata.components.access import Access, Door
from strata.components.base import Component
from strata.components.network import ExistingNetwork
from strata.settings import models

CONSTRUCTED = [
    *(
        each
        for name in strata.__all__
        if inspect.isclass(each := getattr(strata, name)) and issubclass(each, Component)
    ),
    strata.Stack,
    ExistingNetwork,
    Access,
    Door,
]
SETTINGS = [
    each
    for name in models.__all__
    if inspect.isclass(each := getattr(models, name)) and issubclass(each, pydantic.BaseModel)
]


def leaves(hint: Any) -> Iterator[Any]:
    parts = get_args(hint)
    if not parts:
        yield hint
    for part in parts:
        yield from leaves(part)


def missing(hints: dict[str, Any]) -> set[str]:
    """Names of our own types that cannot be imported from `strata`."""
    types = {each for hint in hints.values() for each in leaves(hint) if inspect.isclass(each)}
    ours = {each for each in types if each.__module__.partition(".")[0] == "strata" and each.__qualname__[0] != "_"}
    return {each.__name__ for each in ours if getattr(strata, each.__name__, None) is not each}


@pytest.mark.parametrize("kind", CONSTRUCTED, ids=lambda it: it.__name__)
def test_every_type_that_a_constructor_accepts_comes_from_strata(kind: Any):
    late = {name: found() for name, found in LATE.items()}
    assert missing(get_type_hints(kind.__init__, localns=late)) == set()


@pytest.mark.parametrize("model", SETTINGS, ids=lambda it: it.__name__)
def test_every_type_of_a_setting_comes_from_strata(model: Any):
    assert missing({name: field.annotation for name, field in model.model_fields.items()}) == set()
    for enum in (each for field in model.model_fields.values() for each in leaves(field.annotation)):
        if inspect.isclass(enum) and issubclass(enum, Enum):
            assert getattr(strata, enum.__name__) is enum


def test_a_public_name_is_listed_once():
    assert len(set(strata.__all__)) == len(strata.__all__)


def test_every_model_of_a_setting_is_public():
    """`strata` lists the models without importing them; what only models are made of is not among them."""
    (listed,) = [names for module, names in vars(strata)["_PUBLIC"].items() if module == models.__name__]
    assert set(models.__all__) - set(listed) == {"Name", "Settings"}
    assert set(listed) - set(models.__all__) == set()
