"""A property of Terraform by the name it has in Pulumi."""

import re
from collections.abc import Mapping

from strata_rehearsal.plugin.schema import Field, ListOf, OneOf, PropertyType, Record, resource_schema
from tests.data.terraform_types import PROPERTIES

__all__ = ["Path_", "pulumi_name", "pulumi_path"]

Path_ = tuple[str, ...]


def pulumi_path(token: str, kind: str, path: Path_) -> str | None:
    """A Terraform path in Pulumi's names, or None for what Pulumi's type does not take."""
    fields: Mapping[str, Field] = resource_schema(token).inputs
    names: list[str] = []
    for depth in range(1, len(path) + 1):
        name = pulumi_name(kind, path[:depth], fields)
        if name is None:
            return None
        names.append(name)
        fields = members(fields[name].type)
    return ".".join(names)


def pulumi_name(kind: str, path: Path_, fields: Mapping[str, Field]) -> str | None:
    """The field a Terraform name goes by: the same in camel case, or its plural or singular."""
    listed = PROPERTIES.get((kind, ".".join(path)))
    camel = re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), path[-1])
    forms = [listed, camel, f"{camel}s", f"{camel}es", re.sub(r"y$", "ies", camel)]
    forms += [re.sub(r"s$", "", camel), re.sub(r"es$", "", camel), re.sub(r"ies$", "y", camel)]
    return next((form for form in forms if form in fields), None)


def members(kind: PropertyType) -> Mapping[str, Field]:
    """The fields of what a property holds."""
    match kind:
        case Record():
            return kind.fields
        case ListOf(inner):
            return members(inner)
        case OneOf((first, *_)):
            return members(first)
        case _:
            return {}
