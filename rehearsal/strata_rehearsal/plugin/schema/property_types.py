"""The types a property may have, and how the annotations of pulumi_aws name them."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

__all__ = [
    "Anything",
    "Field",
    "ListOf",
    "MapOf",
    "OneOf",
    "PropertyType",
    "Record",
    "ResourceSchema",
    "Scalar",
    "property_type",
]


@dataclass(frozen=True)
class Scalar:
    """A plain value: `kind` is str, int, float or bool."""

    kind: str


@dataclass(frozen=True)
class ListOf:
    """A list whose items all have one type."""

    item: "PropertyType"


@dataclass(frozen=True)
class MapOf:
    """A dict with free keys."""

    value: "PropertyType"


@dataclass(frozen=True)
class OneOf:
    """Any of several types, such as a policy given as text or as a document."""

    options: tuple["PropertyType", ...]


@dataclass(frozen=True)
class Anything:
    """A type the package leaves open (assets, archives, untyped maps)."""


@dataclass(frozen=True)
class Record:
    """A dict with fixed keys; its fields are read from the package when first asked for."""

    name: str
    read: Callable[[], "Mapping[str, Field]"] = field(compare=False, repr=False)

    @property
    def fields(self) -> "Mapping[str, Field]":
        """The members by their camelCase name."""
        return self.read()


PropertyType = Scalar | ListOf | MapOf | OneOf | Anything | Record


@dataclass(frozen=True)
class Field:
    """One property: its camelCase name, its type, whether it must be given, and what the documentation says."""

    name: str
    type: PropertyType
    required: bool
    doc: str


@dataclass(frozen=True)
class ResourceSchema:
    """What one resource type accepts (`inputs`) and returns (`outputs`, the inputs among them)."""

    token: str
    inputs: Mapping[str, Field]
    outputs: Mapping[str, Field]

    @cached_property
    def computed(self) -> tuple[str, ...]:
        """The outputs that cannot be given as inputs."""
        return tuple(name for name in self.outputs if name not in self.inputs)


_SCALARS = frozenset({"str", "int", "float", "bool"})
_WRAPPERS = frozenset({"Input", "Output", "Optional", "InputType"})


def property_type(annotation: str, record: Callable[[str], Record | None]) -> PropertyType:
    """The type an annotation such as `pulumi.Input[Optional[Sequence[...]]]` means.

    Args:
        annotation: the source text.
        record: finds a nested class by the name in quotes; None for an enum, whose values are strings.
    """
    if "'" not in annotation and '"' not in annotation:
        return _without_records(annotation)
    return _convert(ast.parse(annotation, mode="eval").body, record)


@cache
def _without_records(annotation: str) -> PropertyType:
    """The same few dozen annotations are on most of the package's properties."""
    return _convert(ast.parse(annotation, mode="eval").body, lambda _name: None)


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
