"""One resource during one operation, and the templates of its API calls filled in."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strata_rehearsal.plugin.auto_naming import UNIQUE
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.mapping import Shape, to_aws
from strata_rehearsal.plugin.schema import ResourceSchema
from strata_rehearsal.plugin.type_row import TAG_KEYS, TAGS, ApiCall, AutoName, P, Placeholder, TypeRow

__all__ = ["LiveResource", "dig", "properties_in"]

_STEP = re.compile(r"([A-Za-z0-9_]+)|\[(\d+)\]")


def dig(value: Any, path: str) -> Any:
    """The value at a path such as `Vpcs[0].CidrBlock`; None where the path ends early."""
    for name, index in _STEP.findall(path):
        if name:
            value = value.get(name) if isinstance(value, Mapping) else None
        else:
            value = value[int(index)] if isinstance(value, list) and len(value) > int(index) else None
        if value is None:
            return None
    return value


def properties_in(item: Any) -> frozenset[str]:
    """The properties a part of a template names."""
    if isinstance(item, P):
        return frozenset({item.name})
    inner = item.values() if isinstance(item, Mapping) else item if isinstance(item, list) else ()
    return frozenset().union(*(properties_in(each) for each in inner))


@dataclass
class LiveResource:
    """A live resource as the functions of a row see it.

    Args:
        row: its type.
        schema: its declared properties.
        name: its name in the program.
        inputs: what it is to be.
        cloud: the local AWS.
        id: its id, "" before it exists.
        state: its outputs so far.
        changed: properties this update changes; empty on creation.
        dropped: properties it had and is not to have any more; they go back to the row's defaults.
        removed_tags: keys of tags that are to go.
        remembered: answers kept while one description of the resource is put together.
    """

    row: TypeRow
    schema: ResourceSchema
    name: str
    inputs: Mapping[str, Any]
    cloud: AwsConnection
    id: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    removed_tags: tuple[str, ...] = ()
    remembered: dict[str, Any] = field(default_factory=dict)

    @property
    def region(self) -> str:
        """The region it lives in: its own, else the provider's."""
        return self.inputs.get("region") or self.state.get("region") or self.cloud.settings.region

    @property
    def tags(self) -> dict[str, str]:
        """Its own tags over the provider's default tags."""
        return {**self.cloud.settings.default_tags, **(self.inputs.get("tags") or {})}

    def get(self, name: str) -> Any:
        """The value of a property.

        An input that is not given has the row's default, not what AWS made of it last time, so that taking a property
        away means something. Only what no program sets comes from the state: computed outputs, a name made up from a
        prefix, and everything when there are no inputs yet, as in an import.
        """
        rule = self.row.auto_name
        named = rule is not None and name == rule.property
        value = self.inputs.get(name)
        kept = named or name not in self.schema.inputs or not self.inputs
        if value is None and kept and name not in self.dropped:
            value = self.state.get(name)
        if value is None and rule is not None and named and not self.id:
            return self._generated_name(rule)
        return self.row.defaults.get(name) if value is None else value

    def _generated_name(self, rule: AutoName) -> str:
        """A name from the program's own prefix, made once, for a resource that asks for one."""
        if "name" not in self.remembered:
            prefix = str(self.inputs.get(rule.prefix) or f"{self.name}-")
            self.remembered["name"] = f"{prefix[: rule.limit - UNIQUE]}{secrets.token_hex(UNIQUE)[:UNIQUE]}"
        return self.remembered["name"]

    def arn(self, resource: str, service: str | None = None) -> str:
        """An ARN in the resource's region and account."""
        return f"arn:{self.cloud.partition}:{service or self.row.service}:{self.region}:{self.cloud.account}:{resource}"

    def aws(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """An API call of the row's service in the resource's region."""
        return self.cloud.call(self.row.service, operation, self.region, **parameters)

    def run(self, call: ApiCall, **more: Any) -> dict[str, Any]:
        """The call of a template."""
        return self.aws(call.operation, **self.fill(call), **more)

    def wanted(self, call: ApiCall) -> bool:
        """Whether the properties a call needs are there."""
        return not call.needs or any(self.get(name) is not None for name in call.needs.split())

    def fill(self, call: ApiCall) -> dict[str, Any]:
        """The parameters of a call."""
        client = self.cloud.client(self.row.service, self.region)
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[call.operation])
        members: Mapping[str, Any] = model.input_shape.members if model.input_shape else {}
        used = {name: item for name, item in call.parameters.items() if not call.only_changed or self._moves(item)}
        filled = {name: self._fill(item, members.get(name)) for name, item in used.items()}
        return {name: item for name, item in filled.items() if item is not None}

    def _moves(self, item: Any) -> bool:
        """Whether a part of a template is fixed or names a property that this update changes."""
        names = properties_in(item)
        return not names or bool(names & self.changed)

    def _fill(self, item: Any, shape: Shape | None) -> Any:
        match item:
            case P():
                return self._property(item, shape)
            case Placeholder():
                return self._placeholder(item)
            case Mapping():
                members: Mapping[str, Any] = getattr(shape, "members", {})
                filled = {name: self._fill(inner, members.get(name)) for name, inner in item.items()}
                return {name: inner for name, inner in filled.items() if inner is not None} or None
            case list():
                filled_items = (self._fill(each, getattr(shape, "member", None)) for each in item)
                return [inner for inner in filled_items if inner is not None] or None
            case _:
                return item(self) if callable(item) else item

    def _property(self, item: P, shape: Shape | None) -> Any:
        value = self.get(item.name)
        if value is None:
            return None
        value = item.shape(value) if item.shape else value
        return to_aws(value, shape, self.row.renames) if shape is not None else value

    def _placeholder(self, item: Placeholder) -> Any:
        if item is TAGS:
            return self.spelled_tags or None
        return list(self.removed_tags) if item is TAG_KEYS else self.id

    @property
    def spelled_tags(self) -> Any:
        """Its tags as its service takes them."""
        tagging = self.row.tagging
        if tagging is not None and tagging.as_dict:
            return dict(self.tags)
        name, content = tagging.pair if tagging is not None else ("Key", "Value")
        return [{name: key, content: value} for key, value in self.tags.items()]
