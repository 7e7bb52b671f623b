"""Every module says what it offers, and offers what it says."""

import ast
from pathlib import Path

import pytest

import strata
import strata_rehearsal

ROOT = Path(strata.__file__).parent
HOUSES = (ROOT, Path(strata_rehearsal.__file__).parent)
MODULES = [path for path in sorted(ROOT.rglob("*.py")) if path.name != "__main__.py"]


def declared(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List() | ast.Tuple() as value):
                return ast.literal_eval(value)
            case _:
                continue
    return None


def public(tree: ast.Module) -> set[str]:
    """Classes and functions a module defines without an underscore."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")}


def bound(tree: ast.Module) -> set[str]:
    """Every name a module binds at its top, imports too."""
    names = public(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=found) | ast.ImportFrom(names=found):
                names |= {alias.asname or alias.name for alias in found}
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                continue
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_offers_what_it_says(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    offered = declared(tree)
    if offered is None:
        assert not public(tree), "say in __all__ what the module offers"
        return
    assert len(set(offered)) == len(offered)
    if path != ROOT / "__init__.py":
        assert set(offered) <= bound(tree)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_for(path: Path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", strata.__all__)
def test_every_public_name_is_there(name: str):
    assert getattr(strata, name) is not None


def test_asking_for_a_name_that_is_not_there_says_so():
    with pytest.raises(AttributeError, match="no_such_name"):
        strata.no_such_name  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_what_a_person_may_have_meant_is_found_in_one_module():
    users = [path.name for root in HOUSES for path in root.rglob("*.py") if "difflib" in path.read_text()]
    assert users == ["problem.py"]
