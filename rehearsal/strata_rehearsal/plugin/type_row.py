"""A type the local AWS carries, as a row of a table: how each of its operations maps to API calls.

A row is data. `live.py` interprets it; a contract test checks that every property it names exists in pulumi_aws and
every operation and parameter in the model botocore ships.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from strata_rehearsal.plugin.check import Failure
from strata_rehearsal.plugin.mapping import Renames

__all__ = [
    "ID",
    "TAGS",
    "TAG_KEYS",
    "ApiCall",
    "AutoName",
    "Lookup",
    "P",
    "Placeholder",
    "PropertyStep",
    "Tagging",
    "TypeRow",
    "sends",
]


@dataclass(frozen=True)
class P:
    """The value of a property, put in place of the placeholder and left out when there is none.

    Args:
        name: input property, or an output of the state when there is no input of that name.
        shape: applied to the value first.
    """

    name: str
    shape: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Placeholder:
    """A value that is not a property."""

    name: str


ID = Placeholder("id")
"""The resource's id."""

TAGS = Placeholder("tags")
"""All tags, as a list of Key and Value (or a dict for a service that accepts one); left out when there are none."""

TAG_KEYS = Placeholder("tag keys")
"""The keys of the tags that are to go."""


@dataclass(frozen=True)
class ApiCall:
    """One API call: boto3's operation name and a template of its parameters.

    A template may hold placeholders, literals, dicts and lists, and functions of the resource. A dict that ends up
    empty because its placeholders had no value is left out.
    """

    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: str = ""
    """Properties of which at least one must have a value, else the call is not made."""
    only_changed: bool = False
    """Leave out what an update does not change: with ignored changes the inputs may be older than what AWS has."""


def sends(names: str, **renamed: str) -> dict[str, Any]:
    """A template for properties that go to the parameter of the same name with a capital first letter.

    Args:
        names: property names separated by spaces.
        renamed: parameter name by property name, where it is another.
    """
    plain = {name[:1].upper() + name[1:]: P(name) for name in names.split()}
    return plain | {parameter: P(name) for name, parameter in renamed.items()}


@dataclass(frozen=True)
class PropertyStep:
    """What sets some properties after the resource exists: on creation if any is given, on update if any changed.

    Args:
        names: properties separated by spaces.
        run: the call, or a function of the resource.
        on_create: False when the creating call carries these properties already; default True.
        on_update: False when the properties are set once; default True.
    """

    names: str
    run: "ApiCall | Callable[[Any], None]"
    on_create: bool = True
    on_update: bool = True

    @property
    def properties(self) -> frozenset[str]:
        """The names as a set."""
        return frozenset(self.names.split())


@dataclass(frozen=True)
class Lookup:
    """How the resource is found again.

    Args:
        call: the describing call.
        at: where the object is in the answer, such as `Vpcs[0]`; "" for the answer itself.
        gone: error codes that mean there is no such resource.
        alive: whether the object found still counts; default yes.
    """

    call: ApiCall
    at: str = ""
    gone: tuple[str, ...] = ()
    alive: Callable[[Mapping[str, Any]], bool] | None = None


@dataclass(frozen=True)
class Tagging:
    """How a service tags what exists.

    Args:
        add: call that sets tags, with `TAGS`.
        remove: call, or function of the resource, that removes tags, with `TAG_KEYS`.
        read: call, or function of the resource, that lists tags when the describing call does not.
        at: where the tags are in the answer of `read`, or in the described object.
        as_dict: the service accepts and returns a dict instead of a list of Key and Value.
        on_create: parameter of the creating call for the tags, "" when they are added afterwards.
        kind: EC2's resource type, for its TagSpecifications parameter.
        pair: what the service calls key and value.
    """

    add: ApiCall
    remove: "ApiCall | Callable[[Any], None]"
    read: "ApiCall | Callable[[Any], Mapping[str, Any]] | None" = None
    at: str = "Tags"
    as_dict: bool = False
    on_create: str = "Tags"
    kind: str = ""
    pair: tuple[str, str] = ("Key", "Value")


@dataclass(frozen=True)
class AutoName:
    """A name the provider generates when the program gives none.

    Args:
        limit: AWS's longest name, in characters.
        property: the property that holds it; default `name`.
        prefix: the property that, when given, asks for a name made by the provider from another prefix.
        lower: AWS accepts lower case only.
    """

    limit: int = 255
    property: str = "name"
    prefix: str = "namePrefix"
    lower: bool = False


@dataclass(frozen=True, kw_only=True)
class TypeRow:
    """One live type.

    Args:
        tokens: Pulumi tokens; the first is the one shown.
        service: boto3's name of the service.
        create: the creating call, or a function of the resource that returns the id.
        id: where the id is in the answer of the creating call, or a function of resource and answer.
        read: how it is found, or a function of the resource that returns the object or None.
        delete: the deleting call, or a function of the resource.
        gone: error codes on deletion that mean it is deleted already; those of `read` count too. Where one code has
            several meanings, a blank and what the message must contain follow it.
        steps: what sets properties after creation, in order.
        replace: properties AWS cannot change in place.
        renames: AWS member by property name, where more differs than case and plural.
        outputs: outputs that need more than a look at the described object: a path, or a function of resource and
            object; None from the function says that there is no value.
        defaults: what the provider assumes for properties that are not given.
        tagging: how tags are kept; None when the type has none.
        auto_name: how it is named when the program does not.
        documents: properties that hold JSON text, policies unless each has a function that gives one spelling to all
            documents that mean the same.
        recorded: inputs that the local AWS does not need; they are checked and kept, and nothing else happens with
            them.
        volatile: outputs that change with some properties, and so are unknown in the preview of such an update.
        checks: what AWS refuses beyond the declared types.
        busy: error codes on deletion that mean something still uses it, like those of `gone`; tried again for
            `patience`.
        patience: simulated seconds to go on trying; default two minutes.
        settled: waits after creation and after an update; raises when it does not become what was asked for.
        removed: waits after deletion.
        replace_first: an old one has to go before the new one can be made.
    """

    tokens: tuple[str, ...]
    service: str
    create: "ApiCall | Callable[[Any], str]"
    id: "str | Callable[[Any, Mapping[str, Any]], str]" = ""
    read: "Lookup | Callable[[Any], Mapping[str, Any] | None]"
    delete: "ApiCall | Callable[[Any], None]"
    gone: tuple[str, ...] = ()
    steps: tuple[PropertyStep, ...] = ()
    replace: str = ""
    renames: Renames = field(default_factory=dict)
    outputs: Mapping[str, "str | Callable[[Any, Mapping[str, Any]], Any]"] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    tagging: Tagging | None = None
    auto_name: AutoName | None = None
    documents: Collection[str] = ()
    recorded: str = ""
    volatile: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Callable[[Mapping[str, Any]], Iterable[Failure]], ...] = ()
    busy: tuple[str, ...] = ()
    patience: float = 120.0
    settled: "Callable[[Any, frozenset[str]], None] | None" = None
    removed: "Callable[[Any], None] | None" = None
    replace_first: bool = False
