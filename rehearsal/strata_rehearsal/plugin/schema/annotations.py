"""From the annotations of pulumi_aws to property types."""

import ast
from collections.abc import Callable

from .model import Anything, ListOf, MapOf, OneOf, PropertyType, Record, Scalar

__all__ = ["property_type"]

_SCALARS = frozenset({"str", "int", "float", "bool"})
_WRAPPERS = frozenset({"Input", "Output", "Optional", "InputType"})


def property_type(annotation: str, record: Callable[[str], Record | None]) -> PropertyType:
    """The type an annotation such as `pulumi.Input[Optional[Sequence[...]]]` stands for.

    Args:
        annotation: the source text.
        record: finds a nested class by the name in quotes; None for an enum, whose values are strings.
    """
    return _convert(ast.parse(annotation, mode="eval").body, record)


def _convert(node: ast.expr, record: Callable[[str], Record | None]) -> PropertyType:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return record(node.value) or Scalar("str")
    if isinstance(node, ast.Subscript):
        return _subscript(_name(node.value), node.slice, record)
    name = _name(node)
    return Scalar(name) if name in _SCALARS else Anything()


def _subscript(name: str, inner: ast.expr, record: Callable[[str], Record | None]) -> PropertyType:
    if name in _WRAPPERS:
        return _convert(inner, record)
    if name == "Sequence":
        return ListOf(_convert(inner, record))
    if name == "Mapping" and isinstance(inner, ast.Tuple):
        return MapOf(_convert(inner.elts[1], record))
    if name == "Union" and isinstance(inner, ast.Tuple):
        options = tuple(dict.fromkeys(_convert(option, record) for option in inner.elts))
        return options[0] if len(options) == 1 else OneOf(options)
    return Anything()


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
