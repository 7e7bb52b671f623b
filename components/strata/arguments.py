"""What a constructor is handed, held against its annotations before anything is made.

A wrong argument would otherwise come up deep inside a component, as an AttributeError whose traceback names nothing
that a person wrote.
"""

import functools
import inspect
import types
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, ParamSpec, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import pulumi
from typing_extensions import get_protocol_members, is_protocol

from strata.errors import UsageError
from strata.problem import nearest, shown

__all__ = ["TOO_LATE", "checked", "checked_class", "said"]

P = ParamSpec("P")
R = TypeVar("R")

WAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "MachineImage": "Pass stack.image(NAME), or a MachineImage; an id alone is pinned under strata:images.",
        "AnyNetwork": "Pass the Network, or Network.from_ids(...) for one that was made elsewhere.",
        "TargetGroup": "Pass the target group, such as service.resources.target_group, or its ARN suffix.",
        "LoadBalancer": "Pass the Ingress, a load balancer, or its ARN suffix.",
        "Ingress": "Pass the Ingress itself, not its name, ARN or settings.",
        "Database": "Pass the Database itself, not its name, ARN or settings.",
        "Certificate": "Pass the Certificate itself, or the ARN of one that was made elsewhere.",
        "Usable": "Pass a list of components that can be used, such as uses=[config, orders, uploads.writer].",
        "ResourceOptions": "Pass pulumi.ResourceOptions(...).",
        "StackReference": "Pass pulumi.StackReference(...).",
        "StackSettings": "Use Stack.load(), which reads the stack file.",
        "Session": "Pass a boto3.Session.",
        "Gate": "Leave it out, or pass an object with bind_record, bind_fleet and kept.",
        "Clock": "Leave it out, or pass an object with now and sleep.",
        "NetworkSettings": "Pass stack.network, or NetworkSettings(...).",
        "IngressSettings": "Pass stack.ingress, or IngressSettings(...).",
        "BackupSettings": "Pass stack.backup, or BackupSettings(...).",
        "ContainerServiceSettings": "Pass stack.container_services[NAME], or ContainerServiceSettings(...).",
        "ContainerImage": "Pass stack.container_image(NAME), a ContainerImage, or a reference, repository@sha256:...",
        "Sidecar": "Pass a mapping of names to Sidecar(...), such as sidecars={'agent': Sidecar(image=agent)}.",
        "Secret": "Pass a mapping of variables to components, such as secrets={'TOKEN': token}.",
        "Cluster": "Pass the pulumi_aws cluster, or its ARN.",
        "ImagePipelineSettings": "Pass stack.image_pipelines[NAME], or ImagePipelineSettings(...).",
        "MaintainedFleetSettings": "Pass stack.maintained[NAME], or MaintainedFleetSettings(...).",
        "ImageSettings": "Use stack.image(NAME), or pass ImageSettings(...).",
        "ServiceSettings": "Pass stack.services[NAME], or ServiceSettings(...).",
        "DatabaseSettings": "Pass stack.databases[NAME], or DatabaseSettings(...).",
        "ReplicaSettings": "Pass stack.replicas[NAME], or ReplicaSettings(...).",
        "ObjectStoreSettings": "Pass stack.object_stores[NAME], or ObjectStoreSettings(...).",
        "FileStoreSettings": "Pass stack.file_stores[NAME], or FileStoreSettings(...).",
        "RuntimeSettings": "Pass stack.runtime[NAME], or RuntimeSettings(...).",
        "SecretSettings": "Pass stack.secrets[NAME], or SecretSettings(...).",
        "CertificateSettings": "Pass stack.certificates[NAME], or CertificateSettings(...).",
        "AlarmSettings": "Pass stack.services[NAME].alarms, or AlarmSettings(...).",
    }
)
"""What to pass where a type is wanted, by the type's name."""

_FORMER: Final[Mapping[str, str]] = MappingProxyType({"reads": "uses"})
"""Arguments that were renamed, by the name they had."""

TOO_LATE = "An Output has its value only once AWS has answered; take the value from the configuration instead."


class _Session(Protocol):
    """In place of `boto3.Session`: boto3 is not imported to see that something else is no session."""

    def client(self, service_name: str, /) -> Any: ...


_Session.__name__ = "Session"

LATE: Final[Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "boto3": lambda: types.SimpleNamespace(Session=_Session),
        # pulumi.Input says them in quotes
        "Output": lambda: pulumi.Output,
        "T": lambda: R,
        "Certificate": lambda: import_module("strata.components.certificate").Certificate,
    }
)
"""What annotations name that is not in their own modules."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Hold every call's arguments against the function's annotations.

    Args:
        function: a constructor or another function that people call in their programs.

    Returns:
        the same, which raises UsageError with everything that does not fit.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        problems, fixes = _problems(function, signature, args, kwargs)
        if problems:
            raise UsageError(f"{_called(function, args)}: {'; '.join(problems)}", fix=" ".join(dict.fromkeys(fixes)))
        return function(*args, **kwargs)

    return call


def checked_class(kind: type[R]) -> type[R]:
    """The same for a class whose constructor is not written out, such as a dataclass.

    Args:
        kind: the class; its constructor is replaced.
    """
    kind.__init__ = checked(kind.__init__)
    return kind


def said(value: object) -> str:
    """A value that does not fit, as a message quotes it.

    Args:
        value: what was handed over.
    """
    if isinstance(value, pulumi.Output):
        return "an Output"
    if value is None or isinstance(value, str | int | float | Mapping | list | tuple):
        return shown(value)
    return f"the class {value.__name__}" if isinstance(value, type) else f"a value of type {type(value).__name__}"


def _problems(
    function: Callable[..., Any], signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        return [str(error)], [_signature_fix(signature, kwargs)]
    hints = _hints(function)
    wrong = [
        (name, value, hints[name])
        for name, value in bound.arguments.items()
        if name in hints and not _fits(value, hints[name])
    ]
    return (
        [f"{name} must be {_words(hint)}, got {said(value)}" for name, value, hint in wrong],
        [_fix(value, hint) for _, value, hint in wrong],
    )


def _called(function: Callable[..., Any], args: Sequence[Any]) -> str:
    """What a person called: the class with the name it was to have, or the function."""
    if function.__name__ != "__init__":
        return function.__qualname__
    named = f" {args[1]!r}" if len(args) > 1 and isinstance(args[1], str) else ""
    return f"{type(args[0]).__name__}{named}"


def _signature_fix(signature: inspect.Signature, kwargs: Mapping[str, Any]) -> str:
    known = [name for name in signature.parameters if name != "self"]
    strange = next((name for name in kwargs if name not in known), None)
    if strange is not None and _FORMER.get(strange) in known:
        return f"{strange}= is called {_FORMER[strange]}= now. Its arguments are {', '.join(known)}."
    near = nearest(strange, known) if strange else None
    return f"{f'Did you mean {near}? ' if near else ''}Its arguments are {', '.join(known) or 'none'}."


@functools.cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations, read once; names that only type checkers import are looked up."""
    late: dict[str, Any] = {}
    while True:
        try:
            return get_type_hints(function, localns=late)
        except NameError as error:
            name = error.name or ""
            if name not in LATE or name in late:
                raise
            late[name] = LATE[name]()


def _fits(value: object, hint: Any, *, outputs: bool = False) -> bool:
    """Whether a value is what an annotation says.

    Args:
        value: the value.
        hint: the annotation.
        outputs: whether an Output may replace any part of the value.
    """
    if isinstance(value, pulumi.Output) and outputs:
        return True
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any or isinstance(hint, TypeVar):
        return True
    if origin in (Union, types.UnionType):
        late = outputs or any(get_origin(part) is pulumi.Output for part in parts)
        return any(_fits(value, part, outputs=late) for part in parts)
    if hint is None or hint is type(None):
        return value is None
    if isinstance(value, pulumi.Output):
        # an Output has every attribute there could be, so it would pass for any protocol
        return origin is pulumi.Output or hint is pulumi.Output
    return _fits_kind(value, origin or hint, parts, outputs=outputs)


def _fits_kind(value: object, kind: Any, parts: Sequence[Any], *, outputs: bool) -> bool:
    if kind is Sequence:
        return (
            isinstance(value, Sequence)
            and not isinstance(value, str | bytes)
            and all(_fits(each, parts[0], outputs=outputs) for each in value)
        )
    if kind is Mapping:
        return isinstance(value, Mapping) and all(
            _fits(key, parts[0]) and _fits(inner, parts[1], outputs=outputs) for key, inner in value.items()
        )
    if is_protocol(kind):
        # asked of the type first: a property is not to be computed for this
        return not isinstance(value, type) and all(
            hasattr(type(value), member) or hasattr(value, member) for member in get_protocol_members(kind)
        )
    return isinstance(value, kind)


def _words(hint: Any) -> str:
    """An annotation, to follow "must be"."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        alternatives = [_words(part) for part in parts if part is not type(None) and get_origin(part) is not Awaitable]
        return " or ".join(_without_awaitable(alternatives))
    if origin is Sequence:
        return f"a list, each {_words(parts[0])}"
    if origin is Mapping:
        return "a mapping" if parts[1] is Any else f"a mapping, each value {_words(parts[1])}"
    if origin is pulumi.Output:
        return "an Output"
    return "a text" if hint is str else _with_article(_name(hint))


def _without_awaitable(alternatives: Sequence[str]) -> Iterator[str]:
    return (each for each in alternatives if each != "an Awaitable")


def _with_article(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"


def _name(hint: Any) -> str:
    name: str = getattr(hint, "__name__", str(hint))
    return {"AnyNetwork": "Network", "Usable": "component that can be used"}.get(name, name)


def _fix(value: object, hint: Any) -> str:
    names = [getattr(each, "__name__", "") for each in _leaves(hint)]
    way = next((WAYS[name] for name in names if name in WAYS), None)
    if way:
        return way
    return TOO_LATE if isinstance(value, pulumi.Output) else f"Pass {_words(hint)}."


def _leaves(hint: Any) -> Iterator[Any]:
    parts = get_args(hint)
    if not parts:
        yield hint
    for part in parts:
        yield from _leaves(part)
