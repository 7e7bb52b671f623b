"""Carries out the operations of a live type: its row, interpreted."""

from collections.abc import Callable, Mapping
from typing import Any

from strata_rehearsal.plugin.engine_values import Properties
from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.mapping import from_aws, member_name
from strata_rehearsal.plugin.operation_errors import AwsCallError, HalfMadeError
from strata_rehearsal.plugin.property_comparison import reconcile, same
from strata_rehearsal.plugin.type_row import ApiCall, Lookup, PropertyStep

__all__ = ["create", "delete", "read", "refreshed_inputs", "update"]

RETRY_SECONDS = 5.0
"""Simulated seconds between two tries to delete what is still in use."""


def create(resource: LiveResource, made: Callable[[str], None]) -> tuple[str, Properties]:
    """Makes the resource; returns its id and outputs.

    Args:
        resource: without an id yet.
        made: called with the id as soon as AWS gave it, long before the resource is ready.

    Raises:
        AwsError: AWS refused and nothing exists.
        HalfMadeError: it exists, but a later step failed.
    """
    row = resource.row
    if isinstance(row.create, ApiCall):
        answer = resource.run(row.create, **_tags_on_create(resource))
        resource.id = dig(answer, row.id) if isinstance(row.id, str) else row.id(resource, answer)
    else:
        resource.id = row.create(resource)
    made(resource.id)
    try:
        late_tags = row.tagging is not None and not row.tagging.on_create
        if late_tags and row.tagging is not None and resource.tags:
            resource.run(row.tagging.add)
        _run_steps(resource, [step for step in row.steps if step.on_create and _given(step, resource)])
        if row.settled:
            row.settled(resource, frozenset())
        return resource.id, _outputs(resource)
    except Exception as error:
        raise HalfMadeError(resource.id, _what_is_known(resource), str(error) or type(error).__name__) from error


def update(resource: LiveResource, old_tags: Mapping[str, str]) -> Properties:
    """Brings an existing resource to its inputs; returns its outputs.

    Args:
        resource: with the new inputs, the old state and the names of what differs; when nothing does, its creation
            failed half-way, and the steps after the creating call run again.
        old_tags: all tags it has now.
    """
    row, changed = resource.row, resource.changed
    if changed:
        steps = [step for step in row.steps if step.on_update and step.properties & changed]
    else:
        steps = [step for step in row.steps if step.on_create and _given(step, resource)]
    _retag(resource, old_tags)
    _run_steps(resource, steps)
    if row.settled:
        row.settled(resource, changed)
    return _outputs(resource)


def read(resource: LiveResource) -> Properties | None:
    """The outputs of the resource as it is now, None when it is gone."""
    found = _find(resource)
    return None if found is None else _outputs(resource, found)


def delete(resource: LiveResource) -> None:
    """Deletes the resource; one that is gone already is fine.

    Raises:
        AwsError: it is still in use after the row's patience, or AWS refuses for another reason.
    """
    row = resource.row
    gone = row.gone + (row.read.gone if isinstance(row.read, Lookup) else ())
    deadline = resource.cloud.now() + row.patience
    while True:
        try:
            _run(resource, row.delete)
            break
        except AwsCallError as error:
            if any(_means(error, each) for each in gone):
                return
            busy = any(_means(error, each) for each in row.busy)
            if not busy or resource.cloud.now() >= deadline:
                raise
        resource.cloud.pause(RETRY_SECONDS)
    if row.removed:
        row.removed(resource)


def _means(error: AwsCallError, sign: str) -> bool:
    """Whether an error is the one that a row lists: a code, and perhaps a part of the message."""
    code, _, words = sign.partition(" ")
    return error.code == code and words in str(error)


def refreshed_inputs(resource: LiveResource, outputs: Mapping[str, Any]) -> Properties:
    """The inputs with every difference in AWS put in their place; for an import, all that AWS reports."""
    fields, documents = resource.schema.inputs, resource.row.documents
    if not resource.inputs:
        return {name: outputs[name] for name in fields if outputs.get(name) not in (None, {}, [])}
    refreshed: Properties = {}
    for name, value in resource.inputs.items():
        if name.startswith("__") or name not in fields:
            refreshed[name] = value
        elif outputs.get(name) is not None:
            refreshed[name] = reconcile(value, outputs[name], fields[name].type, name, documents)
    return refreshed


def _find(resource: LiveResource) -> Mapping[str, Any] | None:
    read_by = resource.row.read
    if not isinstance(read_by, Lookup):
        return read_by(resource)
    try:
        answer = resource.run(read_by.call)
    except AwsCallError as error:
        if error.code in read_by.gone:
            return None
        raise
    found = dig(answer, read_by.at) if read_by.at else answer
    return found if found and (read_by.alive is None or read_by.alive(found)) else None


def _outputs(resource: LiveResource, found: Mapping[str, Any] | None = None) -> Properties:
    resource.remembered.clear()
    found = found if found is not None else _find(resource)
    if found is None:
        raise AwsCallError("", f"{resource.id} is not there right after it was changed", resource.row.service)
    outputs = dict(resource.row.defaults) | _given_inputs(resource)
    outputs |= _described(resource, found)
    return {name: value for name, value in outputs.items() if value is not None}


def _given_inputs(resource: LiveResource) -> Properties:
    given = {name: value for name, value in resource.inputs.items() if not name.startswith("__")}
    return given | ({"region": resource.region} if "region" in resource.schema.outputs else {})


def _described(resource: LiveResource, found: Mapping[str, Any]) -> Properties:
    """AWS's value of each declared output, in the program's own spelling where it means the same."""
    row, described = resource.row, dict[str, Any]()
    special = set(row.outputs) | {"tags", "tagsAll", "region"}
    for name, field in resource.schema.outputs.items():
        if name in special or name in row.recorded.split():
            continue
        member = member_name(name, found, row.renames)
        if member is not None and found[member] is not None:
            described[name] = from_aws(found[member], field.type, row.renames)
    for name, source in row.outputs.items():
        value = dig(found, source) if isinstance(source, str) else source(resource, found)
        described[name] = (
            from_aws(value, resource.schema.outputs[name].type, row.renames) if value is not None else None
        )
    if row.tagging is not None:
        described |= _tags_of(resource, found)
    for name, value in described.items():
        field = resource.schema.inputs.get(name)
        given = resource.inputs.get(name)
        if field and given is not None and value is not None:
            described[name] = given if same(given, value, field.type, name, row.documents) else value
    return described


def _tags_of(resource: LiveResource, found: Mapping[str, Any]) -> Properties:
    tagging = resource.row.tagging
    if tagging is None:
        return {}
    if isinstance(tagging.read, ApiCall):
        found = resource.run(tagging.read)
    elif tagging.read is not None:
        found = tagging.read(resource)
    listed = dig(found, tagging.at)
    key, content = tagging.pair
    everything = dict(listed or {}) if tagging.as_dict else {tag[key]: tag[content] for tag in listed or []}
    everything = {key: value for key, value in everything.items() if not key.startswith("aws:")}
    defaults = resource.cloud.settings.default_tags
    given = resource.inputs.get("tags") or {}
    own = {key: value for key, value in everything.items() if key in given or defaults.get(key) != value}
    return {"tags": own if own or "tags" in resource.inputs else None, "tagsAll": everything}


def _tags_on_create(resource: LiveResource) -> dict[str, Any]:
    tagging = resource.row.tagging
    if tagging is None or not tagging.on_create or not resource.tags:
        return {}
    if tagging.kind:
        return {"TagSpecifications": [{"ResourceType": tagging.kind, "Tags": resource.spelled_tags}]}
    return {tagging.on_create: resource.spelled_tags}


def _retag(resource: LiveResource, old: Mapping[str, str]) -> None:
    tagging = resource.row.tagging
    if tagging is None or dict(old) == resource.tags:
        return
    new = resource.tags
    resource.removed_tags = tuple(key for key in old if key not in new)
    if resource.removed_tags:
        _run(resource, tagging.remove)
    if any(old.get(key) != value for key, value in new.items()):
        resource.run(tagging.add)


def _given(step: PropertyStep, resource: LiveResource) -> bool:
    return any(resource.inputs.get(name) is not None for name in step.properties)


def _run_steps(resource: LiveResource, steps: list[PropertyStep]) -> None:
    for step in steps:
        _run(resource, step.run)


def _run(resource: LiveResource, action: ApiCall | Callable[[LiveResource], None]) -> None:
    if not isinstance(action, ApiCall):
        action(resource)
    elif resource.wanted(action):
        resource.run(action)


def _what_is_known(resource: LiveResource) -> Properties:
    """The outputs of a resource whose making failed; its inputs when it cannot even be described."""
    try:
        return _outputs(resource)
    except AwsCallError:
        return _given_inputs(resource)
