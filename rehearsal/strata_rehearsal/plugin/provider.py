"""What the plugin answers to each of the engine's questions about a resource."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from strata_rehearsal.plugin import live, recorded
from strata_rehearsal.plugin.auto_naming import DEFAULTS, auto_named, name_problem, with_auto_name
from strata_rehearsal.plugin.check import Failure, check_inputs
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.engine_values import UNKNOWN, Properties, contains_unknown
from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.property_comparison import Change, compare
from strata_rehearsal.plugin.schema import ResourceSchema, resource_schema
from strata_rehearsal.plugin.type_row import TypeRow
from strata_rehearsal.plugin.types import ROWS

__all__ = ["Difference", "Resources"]


@dataclass(frozen=True)
class Difference:
    """The answer to a diff: every change, and whether the old resource has to go before the new one is made."""

    changes: list[Change]
    replace_first: bool


class Resources:
    """Check, diff, create, read, update and delete for every type; blocking, so each runs in a thread.

    Args:
        cloud: the local AWS.
        rows: the live types by token; default all of them.
    """

    def __init__(self, cloud: AwsConnection, rows: Mapping[str, TypeRow] = ROWS) -> None:
        self.cloud = cloud
        self.rows = rows

    def check(
        self, token: str, name: str, old: Properties, new: Properties, seed: bytes
    ) -> tuple[Properties, list[Failure]]:
        """The inputs with a name made up where none is given, and what is wrong with them."""
        schema, row = resource_schema(token), self.rows.get(token)
        inputs = {key: value for key, value in new.items() if key != DEFAULTS}
        failures = check_inputs(inputs, schema.inputs)
        rule = row.auto_name if row else recorded.known(token).auto_name
        if rule is not None:
            inputs = with_auto_name(inputs, old, rule, name, seed)
            problem = name_problem(inputs, old, rule, name)
            failures += [Failure(*problem)] if problem else []
        if row is not None and not failures:
            failures = [failure for check in row.checks for failure in check(inputs)]
        return inputs, failures

    def diff(self, token: str, old: Properties, new: Properties) -> Difference:
        """How the new inputs differ from those the resource has."""
        schema, row = resource_schema(token), self.rows.get(token)
        replace = _replaces(schema, row)
        # What AWS decides where nobody does stays as it is when a program stops saying it, as with the real provider.
        kept = {name: old[name] for name in _left_to_aws(schema, row) if name in old and name not in new}
        changes = compare(old, {**new, **kept}, schema.inputs, replace, row.documents if row else ())
        rule = row.auto_name if row else recorded.known(token).auto_name
        named_by_hand = rule is not None and new.get(rule.property) and not auto_named(new, rule.property)
        same_name = named_by_hand and rule is not None and old.get(rule.property) == new.get(rule.property)
        first = bool(same_name) or bool(row and row.replace_first)
        return Difference(changes, first and any(change.replaces for change in changes))

    def preview_create(self, token: str, inputs: Properties) -> Properties:
        """The outputs of a resource that is going to be made: its inputs, and unknowns for what AWS will say."""
        schema = resource_schema(token)
        given = {key: value for key, value in inputs.items() if not key.startswith("__")}
        unknown: Properties = {
            key: UNKNOWN for key, field in schema.outputs.items() if field.required and key not in given
        }
        settings = self.cloud.settings
        if "region" in unknown and settings.known:
            unknown["region"] = settings.region
        if "tagsAll" in unknown and settings.known and not contains_unknown(given.get("tags")):
            unknown["tagsAll"] = {**settings.default_tags, **(given.get("tags") or {})}
        return unknown | given

    def preview_update(self, token: str, old: Properties, old_inputs: Properties, new: Properties) -> Properties:
        """The outputs of a resource that is going to be changed in place."""
        row = self.rows.get(token)
        kept = {key: value for key, value in old.items() if key not in old_inputs or key in new}
        given = {key: value for key, value in new.items() if not key.startswith("__")}
        changed = {change.name for change in self.diff(token, old_inputs, new).changes}
        volatile = row.volatile if row else {}
        merged = kept | given | {key: UNKNOWN for key, causes in volatile.items() if changed & set(causes.split())}
        if "tagsAll" in merged:
            tags = given.get("tags") or {}
            merged["tagsAll"] = UNKNOWN if contains_unknown(tags) else {**self.cloud.settings.default_tags, **tags}
        return merged

    def create(self, token: str, name: str, inputs: Properties, made: Callable[[str], None]) -> tuple[str, Properties]:
        """Makes the resource, calls `made` with the id as soon as there is one, and returns id and outputs."""
        row = self.rows.get(token)
        if row is not None:
            return live.create(self._resource(row, token, name, inputs), made)
        schema = resource_schema(token)
        resource_id = recorded.made_up_id(schema, inputs, uuid.uuid4().hex)
        return resource_id, recorded.made_up_outputs(schema, inputs, {}, resource_id, self.cloud)

    def update(
        self, token: str, name: str, resource_id: str, old: Properties, old_inputs: Properties, new: Properties
    ) -> Properties:
        """Changes the resource in place; returns its outputs."""
        row, schema = self.rows.get(token), resource_schema(token)
        if row is None:
            return recorded.made_up_outputs(schema, new, old, resource_id, self.cloud)
        resource = self._resource(row, token, name, new, resource_id, old)
        resource.changed = frozenset(change.name for change in self.diff(token, old_inputs, new).changes)
        resource.dropped = frozenset(key for key in resource.changed if new.get(key) is None)
        return live.update(resource, old.get("tagsAll") or {})

    def read(
        self, token: str, name: str, resource_id: str, state: Properties, inputs: Properties
    ) -> tuple[Properties, Properties] | None:
        """The outputs and inputs of the resource as AWS has it now, None when it is gone."""
        row = self.rows.get(token)
        if row is None:
            schema = resource_schema(token)
            return (state or recorded.made_up_outputs(schema, inputs, {}, resource_id, self.cloud)), inputs
        resource = self._resource(row, token, name, inputs, resource_id, state)
        outputs = live.read(resource)
        return None if outputs is None else (outputs, live.refreshed_inputs(resource, outputs))

    def delete(self, token: str, name: str, resource_id: str, state: Properties, inputs: Properties) -> None:
        """Deletes the resource."""
        row = self.rows.get(token)
        if row is not None:
            live.delete(self._resource(row, token, name, inputs, resource_id, state))

    def _resource(
        self,
        row: TypeRow,
        token: str,
        name: str,
        inputs: Properties,
        resource_id: str = "",
        state: Properties | None = None,
    ) -> LiveResource:
        return LiveResource(row, resource_schema(token), name, inputs, self.cloud, resource_id, state or {})


def _left_to_aws(schema: ResourceSchema, row: TypeRow | None) -> Iterator[str]:
    """Inputs that need not be given, have no default in the provider, and have a value in AWS all the same."""
    for name, field in schema.inputs.items():
        output = schema.outputs.get(name)
        if not field.required and output is not None and output.required and not (row and name in row.defaults):
            yield name


def _replaces(schema: ResourceSchema, row: TypeRow | None) -> frozenset[str]:
    if row is None:
        return recorded.replaces(schema.token)
    return frozenset(row.replace.split()) | ({"region", "namePrefix"} & schema.inputs.keys())
