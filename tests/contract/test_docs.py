"""The tables in the documentation say what the code says."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from strata import testing

ROOT = Path(__file__).resolve().parents[2]


def tables():
    return script("tables")


def script(name: str):
    """A module of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", tables().FILES)
def test_the_tables_of_a_page_are_fresh(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    assert tables().fresh(page) == page, f"{name} is stale: run `make docs`"


def test_the_stubs_say_what_the_components_and_the_provider_say() -> None:
    for path, made in script("stubs").STUBS.items():
        assert path.read_text(encoding="utf-8") == made(), f"{path.name} is stale: run `make docs`"


def test_the_pages_of_the_reference_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    pages = script("reference").pages()
    assert {path: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")} == pages, (
        "the reference is stale: run `make docs`"
    )


def test_every_table_is_used_on_a_page() -> None:
    pages = "".join((ROOT / name).read_text(encoding="utf-8") for name in tables().FILES)
    assert [name for name in tables().TABLES if f"<!-- begin {name} -->" not in pages] == []


def test_every_room_of_the_house_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for package in (ROOT / "components" / "strata", ROOT / "rehearsal" / "strata_rehearsal"):
        rooms = [f"`{each.name}/`" for each in package.iterdir() if each.is_dir() and each.name != "__pycache__"]
        modules = [f"`{each.name}`" for each in package.glob("*.py") if each.name != "__init__.py"]
        assert [name for name in (*rooms, *modules) if name not in text] == []


def test_every_module_of_a_rollout_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    room = ROOT / "components" / "strata" / "rollout"
    modules = sorted(each.name for each in (*room.glob("*.py"), *room.glob("servers/*.py"), *room.glob("tasks/*.py")))
    assert [name for name in modules if name != "__init__.py" and f"`{name}`" not in text] == []


def test_the_programs_of_the_readme_run_as_they_stand() -> None:
    service, network, test = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    config = {
        "strata:stage": "prod",
        "strata:promotion": {"require_proof": False},
        "strata:images": {"web": {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}},
        "strata:services": {"web": {"routes": [{"priority": 10, "paths": ["/*"]}]}},
    }

    def program(text: str, names: dict[str, Any]) -> None:
        exec(text, names)  # noqa: S102  what the page says, as it says it

    graph = testing.run(lambda: program(service, {}), config=config)
    assert graph.one("Group", "web-group")
    names: dict[str, Any] = {"program": lambda: program(network, {})}
    program(test, names)
    (written,) = [each for name, each in names.items() if name.startswith("test_")]
    written()
