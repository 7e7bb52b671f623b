"""A module or a class is the only one of its name in the house, modules are short, and packages have a docstring."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import strata
import strata_rehearsal

HOUSES = (Path(strata.__file__).parent, Path(strata_rehearsal.__file__).parent)
MODULES = [path for house in HOUSES for path in sorted(house.rglob("*.py"))]
LONGEST = 400
"""Lines of a module; 300 are a smell."""

EVERYWHERE = {"__init__", "__main__"}
"""Names that Python gives."""

TABLES = {
    "strata/cli": "a module is named after its command",
    "strata/settings/models": "a module is named after the part of a stack file that it describes, as its component is",
    "strata/policy/rules": "a module is named after what its rules are about",
    "strata_rehearsal/cli": "a module is named after what it prints",
    "strata_rehearsal/plugin/types": "a module is named after the AWS thing whose rows it holds",
    "strata_rehearsal/plugin/invokes": "a module is named after the AWS thing that it looks up",
    "strata_rehearsal/cloud/api": "a module is named after the AWS thing that it answers for",
    "strata_rehearsal/cloud/moto_patches": "a module is named after the AWS thing that it patches",
}
"""Rooms that are tables, and what their modules are named after. A name in them may be used elsewhere too."""


def place(path: Path) -> str:
    """A module by its package, such as `strata/policy/rules/tags.py`."""
    house = next(house for house in HOUSES if path.is_relative_to(house))
    return path.relative_to(house.parent).as_posix()


def in_a_table(path: Path) -> bool:
    return place(path).rpartition("/")[0] in TABLES


def classes(tree: ast.AST) -> Iterator[str]:
    """Every class, also one inside a class or a function."""
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def twice(named: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The names that more than one place has, with the places."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, where in named:
        places[name].append(where)
    return {name: found for name, found in places.items() if len(found) > 1}


def doubles_of_modules() -> dict[str, list[str]]:
    return twice((path.stem, place(path)) for path in MODULES if path.stem not in EVERYWHERE and not in_a_table(path))


def doubles_of_classes() -> dict[str, list[str]]:
    """Stubs are no modules of their own: `*.pyi` files are written by `docs/stubs.py`."""
    return twice(
        (name, place(path)) for path in MODULES for name in classes(ast.parse(path.read_text(encoding="utf-8")))
    )


def test_a_module_is_the_only_one_of_its_name():
    assert doubles_of_modules() == {}


def test_a_class_is_the_only_one_of_its_name():
    assert doubles_of_classes() == {}


def test_a_second_module_or_class_of_a_name_is_noticed():
    assert twice([("run", "strata/a.py"), ("run", "strata/b.py"), ("roll", "strata/b.py")]) == {
        "run": ["strata/a.py", "strata/b.py"]
    }
    nested = "class A:\n    class B: ...\n\ndef f():\n    class B: ..."
    assert sorted(classes(ast.parse(nested))) == ["A", "B", "B"]


@pytest.mark.parametrize("room", TABLES)
def test_a_table_is_a_room_whose_names_need_the_exemption(room: str):
    inside = {path.stem for path in MODULES if place(path).rpartition("/")[0] == room} - EVERYWHERE
    assert inside, f"{room} holds no module"
    elsewhere = {path.stem for path in MODULES if place(path).rpartition("/")[0] != room}
    assert inside & elsewhere, f"no name in {room} is used elsewhere: the exemption can go"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_is_short(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=place)
def test_a_package_has_a_docstring(path: Path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
