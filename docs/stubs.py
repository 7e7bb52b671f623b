"""Writes the stubs of `strata` for type checkers and editors: what is public, and what an override may set.

`python docs/stubs.py` rewrites them; the contract tests fail when they are stale.
"""

import ast
import inspect
import itertools
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi_aws
import pulumi_docker

import strata
from strata.components.base import Component

ROOT = Path(__file__).resolve().parent.parent
_HEAD = "# {what} Written by docs/stubs.py: `make docs`.\n\n"
_IMPORTS = """from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

"""
_NO_INPUTS = frozenset({"__self__", "resource_name", "opts", "__props__"})


def components() -> list[type[Component[Any]]]:
    """Every public component, by name."""
    public = [getattr(strata, name) for name in sorted(strata.__all__)]
    return [each for each in public if inspect.isclass(each) and issubclass(each, Component)]


def override_types() -> str:
    """A type for the overrides of each component, and for the inputs of each child that the component leaves free."""
    inputs: dict[str, str] = {}
    overrides: list[str] = []
    for component in components():
        lines: list[str] = []
        said = texts(component.children)
        for child, declared in component.children.declared().items():
            path = declared.removeprefix("Sequence[").removesuffix("]").removesuffix(" | None").removeprefix("aws.")
            fixed = set(component.FIXED_INPUTS.get(child, {}))
            name = f"{component.__name__}{_title(child)}" if fixed else _title(path.replace(".", "_"))
            inputs[f"{name}Inputs"] = _inputs(path, fixed)
            lines.append(f'    {child}: {name}Inputs\n    """{said[child]}"""')
        if lines:
            overrides.append(f"class {component.__name__}Overrides(TypedDict, total=False):\n" + "\n".join(lines))
    classes = [f"class {name}(TypedDict, total=False):\n{body}" for name, body in sorted(inputs.items())]
    head = _HEAD.format(what="What an override may set, by component and child.")
    return head + _IMPORTS + "\n\n".join([*classes, *overrides]) + "\n"


def texts(kind: type) -> dict[str, str]:
    """What the source of a class says below each of its annotations."""
    (body,) = (node.body for node in ast.parse(inspect.getsource(kind)).body if isinstance(node, ast.ClassDef))
    return {
        node.target.id: " ".join(str(after.value.value).split())
        for node, after in itertools.pairwise(body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }


def _title(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _inputs(path: str, fixed: set[str]) -> str:
    """The inputs of a resource class of pulumi_aws or pulumi_docker as lines of a class."""
    module, kind = path.split(".")
    home = pulumi_docker if module == "docker" else getattr(pulumi_aws, module)
    found = dict(_signature(inspect.getsourcefile(getattr(home, kind)) or "", kind))
    reader = _Annotations(module)
    free = [f"    {name}: {ast.unparse(reader.visit(hint))}" for name, hint in found.items() if name not in fixed]
    return "\n".join(free or ["    pass"])


@cache
def _signature(path: str, kind: str) -> tuple[tuple[str, ast.expr], ...]:
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return tuple(_arguments(tree, kind))


def _arguments(tree: ast.Module, kind: str) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == kind:
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name == "_internal_init":
                    for argument in (*inner.args.args, *inner.args.kwonlyargs):
                        if argument.arg not in _NO_INPUTS and argument.annotation:
                            yield argument.arg, argument.annotation


class _Annotations(ast.NodeTransformer):
    """Annotations of pulumi_aws and pulumi_docker as they are written outside of their module.

    Args:
        module: the module's name.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """`Optional` goes: an input that is not set is left out. Of a union, so do values that come out of AWS."""
        match node.value:
            case ast.Name(id="Optional"):
                return self.visit(node.slice)
            case ast.Name(id="Union"):
                parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                kept = [self.visit(part) for part in parts if not _of_outputs(part)]
                return ast.parse(" | ".join(ast.unparse(part) for part in kept), mode="eval").body
            case _:
                return ast.Subscript(self.visit(node.value), self.visit(node.slice), node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Builtins by their plain names."""
        return ast.Name(node.attr) if ast.unparse(node.value) == "_builtins" else node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Types of the same module, which are written as texts there."""
        if not isinstance(node.value, str):
            return node
        name = node.value if "." in node.value else f"{self._module}.{node.value}"
        return ast.parse(name if self._module == "docker" else f"aws.{name}", mode="eval").body


def _of_outputs(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).startswith("outputs.")


def public_names() -> str:
    """An import for each public name."""
    imports = [f"from {strata._HOMES[name]} import {name} as {name}" for name in strata.__all__]  # noqa: SLF001
    listed = "".join(f'    "{name}",\n' for name in sorted(strata.__all__))
    return _HEAD.format(what="What is public.") + "\n".join(sorted(imports)) + f"\n\n__all__ = [\n{listed}]\n"


STUBS: Mapping[Path, Any] = {
    ROOT / "components" / "strata" / "__init__.pyi": public_names,
    ROOT / "components" / "strata" / "components" / "inputs.pyi": override_types,
}


def main() -> int:
    """Rewrite what is stale; say what it was."""
    for path, made in STUBS.items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = made()
        if before != after:
            path.write_text(after, encoding="utf-8")
            sys.stdout.write(f"rewrote {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
