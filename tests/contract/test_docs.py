"""The tables in the documentation say what the code says."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tables():
    spec = importlib.util.spec_from_file_location("tables", ROOT / "docs" / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["README.md", "docs/settings.md"])
def test_the_tables_of_a_page_are_fresh(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    assert tables().fresh(page) == page, f"{name} is stale: run `make docs`"


def test_every_table_is_used_on_a_page() -> None:
    pages = "".join((ROOT / name).read_text(encoding="utf-8") for name in tables().FILES)
    assert [name for name in tables().TABLES if f"<!-- begin {name} -->" not in pages] == []


def test_every_room_of_the_house_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    package = ROOT / "components" / "strata"
    rooms = [f"`{each.name}/`" for each in package.iterdir() if each.is_dir() and each.name != "__pycache__"]
    modules = [f"`{each.name}`" for each in package.glob("*.py") if each.name != "__init__.py"]
    mentioned = text.replace("/toolchain/`", "/`")
    assert [name for name in (*rooms, *modules) if name.strip("`") not in mentioned] == []
