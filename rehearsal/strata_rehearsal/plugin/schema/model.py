"""The types a property may have, as pulumi_aws declares them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["Anything", "Field", "ListOf", "MapOf", "OneOf", "PropertyType", "Record", "ResourceSchema", "Scalar"]


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
    """What one resource type takes (`inputs`) and gives (`outputs`, the inputs among them)."""

    token: str
    inputs: Mapping[str, Field]
    outputs: Mapping[str, Field]

    @cached_property
    def computed(self) -> tuple[str, ...]:
        """The outputs that cannot be given as inputs."""
        return tuple(name for name in self.outputs if name not in self.inputs)
