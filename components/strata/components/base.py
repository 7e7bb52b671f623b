"""What all components share: the type token, and one way to make a child."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Concatenate, Generic, ParamSpec, TypeVar, cast, get_args, get_origin

import pulumi
import pulumi_aws as aws

from strata import naming, spectrum, tags
from strata.arguments import checked_class
from strata.components.children import Children, Overrides
from strata.errors import UsageError
from strata.spectrum import Mutability

__all__ = ["Component"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")
"""What load balancers and target groups accept in a name (ELB)."""

_Inputs = ParamSpec("_Inputs")
_Child = TypeVar("_Child", bound=pulumi.CustomResource)
_Made = TypeVar("_Made", bound=Children)


class Component(pulumi.ComponentResource, Generic[_Made]):
    """Base of Strata's components.

    Args:
        name: the component's name; the name of every child starts with it.
        user_tags: tags from the settings.
        protect: whether this stack protects those children whose class allows it; usually the setting `protect`.
        service: the service the component belongs to, for the tag `strata:service`. Default: none.
        overrides: `{child: {input: value}}`, see `Overrides`.
        opts: options of the component itself. Children get their parent from it and nothing else, but for what Pulumi
            hands down to every child: the provider, and `protect` and `retain_on_delete` where they say nothing.

    Raises:
        UsageError: a name AWS would refuse in one of the children's, or an override of an unknown child, or of an input
            that only the component decides.
    """

    MUTABILITY: ClassVar[Mutability]
    """The class that the component is about, whatever else it needs; every component declares its own."""

    children: ClassVar[type[Children]] = Children
    """What the component makes; every component declares its own, as the parameter of this class."""

    FIXED_INPUTS: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """Inputs of children that no override may set, with the way that is meant. Default: none."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        made = [get_args(base)[0] for base in vars(cls).get("__orig_bases__", ()) if get_origin(base) is Component]
        if made:
            cls.children = made[0]
        # Only Strata's own: what another's subclass takes is its own business, and it ends here anyway.
        if "__init__" in vars(cls) and cls.__module__.partition(".")[0] == "strata":
            checked_class(cls)

    resources: _Made
    """The resources it has made, as pulumi_aws has them, such as `service.resources.group`."""

    def __init__(
        self,
        name: str,
        *,
        user_tags: Mapping[str, str] | None = None,
        protect: bool = False,
        service: str | None = None,
        overrides: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        _require_usable(name)
        self.overrides = Overrides(name, self.children.names(), overrides, self.FIXED_INPUTS)
        self.resources = cast("_Made", self.children(name))
        self.user_tags = dict(user_tags or {})
        self._protect_children = protect
        self.service = service
        self._former = list((opts.aliases if opts else None) or [])
        super().__init__(f"strata:index:{type(self).__name__}", name, None, opts)

    @cached_property
    def partition(self) -> "pulumi.Output[aws.GetPartitionResult]":
        """The partition the component's provider works in, looked up once."""
        return aws.get_partition_output(opts=self.lookups)

    @property
    def lookups(self) -> pulumi.InvokeOptions:
        """Options that make an invoke use the component's own provider. A fresh value each: Pulumi fills it in."""
        return pulumi.InvokeOptions(parent=self)

    def child_name(self, suffix: str) -> str:
        """The name of a child in the program; it is never cut, so that an alias of a renamed component finds it."""
        return f"{self.pulumi_resource_name}-{suffix}"

    def tag_set(self, child_name: str, mutability: Mutability) -> dict[str, str]:
        """The tags of one child."""
        return tags.tag_set(
            name=child_name,
            project=pulumi.get_project(),
            stack=pulumi.get_stack(),
            component=self.pulumi_resource_name,
            service=self.service,
            mutability=mutability,
            user=self.user_tags,
        )

    def launched_tag_set(self, name: str, mutability: Mutability) -> dict[str, str]:
        """The tags of what AWS launches for us: servers, their volumes and network interfaces.

        The provider gives its `aws:defaultTags` to what it makes itself. It leaves out groups and never sees what a
        group launches, so both get these tags from here.

        Args:
            name: the tag `Name`.
            mutability: the class.
        """
        return {**self._provider_tags, **self.tag_set(name, mutability)}

    @cached_property
    def _provider_tags(self) -> dict[str, str]:
        """`aws:defaultTags` of the stack; an explicit provider's cannot be read."""
        given = None if self.get_provider("aws:index:Any") else pulumi.Config("aws").get_object("defaultTags")
        tags = given.get("tags") if isinstance(given, Mapping) else None
        return {str(key): str(value) for key, value in tags.items()} if isinstance(tags, Mapping) else {}

    def child(
        self,
        kind: Callable[Concatenate[str, _Inputs], _Child],
        key: str,
        mutability: Mutability,
        *,
        suffix: str | None = None,
        formerly: str | None = None,
        named: naming.PhysicalName | None = None,
        tagged: bool = True,
        depends_on: Sequence[pulumi.Resource] = (),
        ignore_changes: Sequence[str] = (),
        deleted_first: Sequence[str] = (),
        hooks: pulumi.ResourceHookBinding | None = None,
        timeouts: pulumi.CustomTimeouts | None = None,
        kept: bool = False,
    ) -> Callable[_Inputs, _Child]:
        """What makes one child, when it is called with the child's inputs, without tags.

        Args:
            kind: the resource class.
            key: the child's name in `overrides`.
            mutability: its class on the spectrum; decides options and the tag `strata:mutability`.
            suffix: what follows the component's name in the child's. Default: the key.
            formerly: what the suffix was before it was renamed, so that the engine finds the child. Default: never.
            named: how AWS's name of it is cut, where it is shorter than the name may be. Default: never.
            tagged: whether the type accepts a tag map.
            depends_on: what must exist first.
            ignore_changes: properties, in camel case, whose changes are ignored.
            deleted_first: properties, in camel case, whose changes replace the child, the old one going before the new
                one comes, where AWS refuses to have both. Default: the spectrum decides.
            hooks: resource hooks.
            timeouts: how long the provider may take.
            kept: whether it stays in AWS when it is replaced or deleted, because something else goes on naming it.
                Default: the spectrum decides.

        Raises:
            UsageError: an override names an input the type does not have.
        """
        name = self.child_name(suffix or key.replace("_", "-"))
        chosen = named if named is not None and not self.overrides.names(key, named) else None
        opts = pulumi.ResourceOptions(
            parent=self,
            depends_on=list(depends_on),
            ignore_changes=[*ignore_changes, *([chosen.created_once] if chosen else ())],
            hooks=hooks,
            custom_timeouts=timeouts,
            aliases=self._former_names(name, named, formerly),
            **_said(spectrum.protection(mutability, protect=self._protect_children)),
        )
        if kept:
            opts.retain_on_delete = True
        if deleted_first:
            opts.replace_on_changes, opts.delete_before_replace = list(deleted_first), True

        def make(*_: _Inputs.args, **inputs: _Inputs.kwargs) -> _Child:
            tags = {"tags": self.tag_set(name, mutability)} if tagged else {}
            wanted = {**tags, **inputs, **(chosen.inputs(name) if chosen else {})}
            made = self._make(cast("Callable[..., _Child]", kind), name, key, wanted, opts)
            self.resources.add(key, made)
            return made

        return make

    def _make(
        self,
        kind: Callable[..., _Child],
        name: str,
        key: str,
        wanted: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> _Child:
        try:
            return kind(name, **self.overrides.apply(key, wanted), opts=opts)
        except TypeError as error:
            if key not in self.overrides:
                raise
            raise UsageError(
                f"overrides of {self.pulumi_resource_name} do not fit its child {key!r}: {error}",
                fix=f"Use the inputs of pulumi_aws' {getattr(kind, '__name__', kind)}, in snake case.",
            ) from error

    def publish(self, **more: pulumi.Output[Any]) -> None:
        """Register the outputs: every public one that the class annotates. The last thing a constructor does.

        Args:
            more: outputs under other names than their attributes'.
        """
        annotated = [name for kind in type(self).__mro__ for name in inspect.get_annotations(kind)]
        ours = {name: vars(self)[name] for name in annotated if name in vars(self) and not name.startswith("_")}
        outputs = {name: value for name, value in ours.items() if isinstance(value, pulumi.Output) and name != "id"}
        self.register_outputs({**outputs, **more})

    def _former_names(self, name: str, named: naming.PhysicalName | None, formerly: str | None) -> list[pulumi.Alias]:
        """What a child was called: while logical names were cut, and before it was renamed."""
        former = [*(self._cut_names(name, named) if named else []), *([self.child_name(formerly)] if formerly else [])]
        return [pulumi.Alias(name=each) for each in former]

    def _cut_names(self, name: str, named: naming.PhysicalName) -> list[str]:
        """What a child was called while logical names were cut, also below the names that the component had before."""
        suffix = name.removeprefix(self.pulumi_resource_name)
        before = [each.name for each in self._former if isinstance(each, pulumi.Alias)]
        names = {name, *(f"{each}{suffix}" for each in before if isinstance(each, str))}
        cut = {each: naming.logical(each, named.limit) for each in sorted(names)}
        return [short for whole, short in cut.items() if short != whole]


def _said(options: spectrum.OptionValues) -> dict[str, Any]:
    """The options without protection that is off: an explicit no would undo what the caller asks of the component."""
    return {key: value for key, value in options.items() if value or key == "delete_before_replace"}


def _require_usable(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a component's name: AWS accepts letters, digits and single dashes",
            fix="Use a name such as web or web-2.",
        )
    if name.startswith(naming.SECURITY_GROUP_RESERVED_PREFIX):
        raise UsageError(
            f"{name!r} cannot be a component's name: AWS refuses security groups whose name begins with sg-",
            fix="Use another first word.",
        )
