"""What holds for the text of the library."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import strata

PACKAGE = Path(strata.__file__).parent
ROOMS = ["aws/policy_documents.py", "components", "testing"]
"""What runs inside a program of a user, and names AWS's resources there."""
HEAVY = ["boto3", "botocore", "click", "moto", "rich"]


def sources() -> list[Path]:
    found = []
    for room in ROOMS:
        path = PACKAGE / room
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def strings(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]


def modules_after_import() -> set[str]:
    """Everything loaded once each public name has been used."""
    uses = "import strata, sys; [getattr(strata, name) for name in strata.__all__]; import strata.testing"
    code = f"{uses}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_every_public_name_can_be_had():
    assert sorted(strata.__all__) == list(strata.__all__)
    homes = vars(strata)["_HOMES"]
    assert set(homes) == set(strata.__all__)
    for name in strata.__all__:
        # what an override may set is for type checkers; while a program runs it is a mapping of mappings
        expected = "Mapping" if homes[name] == "strata.components.inputs" else name
        assert getattr(strata, name).__name__ == expected
    assert set(strata.__all__) <= set(dir(strata))


def test_a_name_that_is_not_public_is_refused_as_python_does():
    with pytest.raises(AttributeError, match="module 'strata' has no attribute 'Netwrk'"):
        _ = strata.Netwrk  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_a_module_lists_its_public_names_and_no_others(path):
    module = import_module(module_name(path))
    defined = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }
    if not hasattr(module, "__all__"):
        assert not defined, "say in __all__ what the module offers"
        return
    listed = set(module.__all__)
    assert all(hasattr(module, name) for name in listed)
    if path.name != "__init__.py":
        assert defined <= listed


# The mocks play the commercial partition unless told otherwise.
@pytest.mark.parametrize("path", [it for it in sources() if it.parent.name != "testing"], ids=module_name)
def test_no_partition_and_no_domain_is_written_down(path):
    assert [it for it in strings(path) if "arn:aws" in it or "amazonaws" in it] == []


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_annotations_are_real_so_that_pulumi_can_read_them(path):
    assert "from __future__ import annotations" not in path.read_text()


def test_importing_the_library_brings_nothing_heavy():
    assert set(HEAVY) & modules_after_import() == set()


def test_importing_the_library_loads_no_part_of_the_aws_sdk_before_it_is_used():
    assert [it for it in modules_after_import() if it.startswith("pulumi_aws.ec2.")] == []
