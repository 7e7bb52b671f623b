"""The inputs and outputs of every AWS resource type, from the installed pulumi_aws."""

from collections.abc import Mapping
from functools import cache

from strata.errors import RehearsalError
from strata.problem import nearest
from strata_rehearsal.plugin.schema.property_types import (
    Anything,
    Field,
    ListOf,
    MapOf,
    OneOf,
    PropertyType,
    Record,
    ResourceSchema,
    Scalar,
    property_type,
)
from strata_rehearsal.plugin.schema.source import (
    class_text,
    getters,
    package_folder,
    required_arguments,
    resource_index,
    snake_case,
)

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
    "function_result",
    "provider_fields",
    "resource_schema",
]


@cache
def resource_schema(token: str) -> ResourceSchema:
    """The schema of a resource type.

    Raises:
        RehearsalError: the installed pulumi_aws has no such type.
    """
    index = resource_index()
    if token not in index:
        near = nearest(token, index, likeness=0.8)
        hint = f"did you mean {near}?" if near else None
        raise RehearsalError(f"the installed pulumi_aws has no resource type {token}", fix=hint)
    package, leaf, name = index[token]
    module = _module_of(package, leaf, name)
    # The package avoids a clash with a nested class of that name by calling the arguments InitArgs.
    arguments = class_text(module, f"{name}InitArgs") or class_text(module, f"{name}Args")
    return ResourceSchema(
        token=token,
        inputs=_fields(package, arguments, required_arguments(arguments)),
        outputs=_fields(package, class_text(module, name)),
    )


@cache
def function_result(token: str) -> Mapping[str, Field]:
    """What a function such as `aws:ec2/getAmi:getAmi` returns; empty for one pulumi_aws does not have."""
    module, _, name = token.removeprefix("aws:").partition(":")
    folder, _, leaf = module.partition("/")
    package = "" if folder == "index" else f"{folder}_/" if folder == "lambda" else f"{folder}/"
    return _fields(package, class_text(f"{package}{snake_case(leaf)}", f"{name[:1].upper()}{name[1:]}Result"))


@cache
def provider_fields() -> Mapping[str, Field]:
    """The settings of the provider itself."""
    return _fields("", class_text("provider", "ProviderArgs"), frozenset())


@cache
def _record(package: str, name: str) -> Record | None:
    """The nested class of that name: an input class (`XArgs`), an output class (`outputs.X`), or None for an enum."""
    if name.startswith("_"):
        # A class of another service, such as a policy statement of IAM in a topic's policy.
        other, _, name = name[1:].partition(".")
        return _record(f"{other}/", name)
    file, plain = ("outputs", name.removeprefix("outputs.")) if name.startswith("outputs.") else ("_inputs", name)
    text = class_text(f"{package}{file}", plain)
    if not text:
        return None

    @cache
    def fields() -> Mapping[str, Field]:
        return _fields(package, text, None if file == "outputs" else required_arguments(text))

    return Record(name, fields)


def _fields(package: str, text: str, required: frozenset[str] | None = None) -> Mapping[str, Field]:
    """The properties of a class; of an output class, which has no constructor, those not Optional are required."""
    return {
        camel: Field(
            camel,
            property_type(annotation, lambda name: _record(package, name)),
            python in required if required is not None else "Optional[" not in annotation,
            doc,
        )
        for camel, python, annotation, doc in getters(text)
    }


def _module_of(package: str, leaf: str, name: str) -> str:
    """The path of the module that defines a class; its file name is nearly always the token's, in snake case."""
    path = f"{package}{leaf}"
    if class_text(path, name):
        return path
    for file in sorted((package_folder() / package).glob("*.py")):
        path = f"{package}{file.stem}"
        if not file.stem.startswith("_") and class_text(path, name):
            return path
    raise RehearsalError(f"pulumi_aws lists {package}{name} but no module defines it")
