"""A plan: what `pulumi preview --json --show-replacement-steps --show-sames` prints, one change a resource."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from strata.errors import UsageError
from strata.guard.shape import missing, require_shape
from strata.resources.resource import Options, Resource, name_of, read_resource
from strata.spectrum import Operation, operation_of

__all__ = ["HOW", "STACK", "Plan", "ResourceChange", "read_plan", "require_own"]

HOW: Final = "pulumi preview --json --show-replacement-steps --show-sames"
"""The command whose output a plan is."""

STACK: Final = "pulumi:pulumi:Stack"
"""Type of the stack itself, which holds its outputs."""

_ALL_TAGS: Final = "tagsAll"
"""The output with a resource's tags and those that its provider gives everything."""

_ANOTHER: Final = f"Write a file with one plan, such as that of `{HOW} > plan.json`."
_STREAMING: Final = "PULUMI_ENABLE_STREAMING_JSON_PREVIEW"
_PLAN_KEYS: Final = frozenset({"steps", "changeSummary", "diagnostics"})
_GRAVITY: Final = (Operation.SAME, Operation.CREATE, Operation.UPDATE, Operation.DELETE, Operation.REPLACE)
"""A resource with several steps is judged by the gravest: both ends of a replacement are one."""


@dataclass(frozen=True)
class ResourceChange:
    """What a plan does with one resource.

    Args:
        urn: the resource.
        operation: what is done with it in the end.
        old: before; none for one that is made.
        new: after; none for one that goes.
        steps: the engine's steps, in its order.
        differs: properties that change.
        replaced_by: those of them that AWS cannot change in place.
        was: its URN before, where an alias gives it another one. Default: the same.
    """

    urn: str
    operation: Operation
    old: Resource | None
    new: Resource | None
    steps: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    was: str = ""

    @property
    def state(self) -> Resource:
        """The resource as it is, or as it will be where it is not there yet."""
        return self.old or self.new or Resource(type=self.type)

    @property
    def later(self) -> Resource | None:
        """After it, with the provider's own tags: a plan leaves out outputs, and these stay unless a tag changes."""
        if (
            self.old is None
            or self.new is None
            or _ALL_TAGS in self.new.outputs
            or {"tags", _ALL_TAGS} & {*self.differs}
        ):
            return self.new
        return replace(self.new, outputs={**self.new.outputs, _ALL_TAGS: self.old.outputs.get(_ALL_TAGS)})

    @property
    def type(self) -> str:
        """Its type token; that of a URN ends a chain of its parents' types."""
        return self.urn.split("::")[2].rpartition("$")[2] if self.urn.count("::") > 1 else ""

    @property
    def name(self) -> str:
        """Its name in the program."""
        return name_of(self.urn)

    @property
    def is_stack(self) -> bool:
        """Whether it is the stack itself, by its whole URN: a component may call itself by the same type."""
        stack, _, rest = self.urn.removeprefix("urn:pulumi:").partition("::")
        project, _, own = rest.partition("::")
        return own == f"{STACK}::{project}-{stack}"

    @property
    def deleted_first(self) -> bool:
        """Whether the old one goes before the new one is there."""
        made = next((at for at, step in enumerate(self.steps) if step == "create-replacement"), len(self.steps))
        return "delete-replaced" in self.steps[:made]


@dataclass(frozen=True)
class Plan:
    """What an `up` would do, or a destroy.

    Args:
        changes: everything the engine reported, also what stays the same.
        errors: what the preview failed with.
        complete: whether this is all of it; a failed preview may have stopped anywhere.
        destroys: whether it is the plan of a destroy, which takes everything.
        cut: whether it lacks steps although the preview did not fail.
    """

    changes: tuple[ResourceChange, ...]
    errors: tuple[str, ...] = ()
    complete: bool = True
    destroys: bool = False
    cut: bool = False


def read_plan(text: str, *, failed: bool = False, said: str = "", destroys: bool = False) -> Plan:
    """Read what a preview printed. What is not the plan, such as log lines around it, is skipped.

    Args:
        text: its standard output.
        failed: whether the preview ended with anything but 0.
        said: what it wrote to standard error, for a preview that failed without a diagnostic.
        destroys: whether it was the preview of a destroy. One that reaches the stack's own end shows so by itself.

    Raises:
        UsageError: there is no plan in it, although the preview did not fail; there are several, of which nobody can
            say which one is meant; or the engine would not have written it so.
    """
    found = [each for each in _documents(text) if _PLAN_KEYS & each.keys() and "sequence" not in each]
    if len(found) > 1:
        raise UsageError(f"there are {len(found)} plans in it, one after the other", fix=_ANOTHER)
    document = found[0] if found else None
    said = "\n".join(line for line in said.splitlines() if not line.startswith("warning:"))
    if document is None:
        if failed:
            return Plan((), (said.strip() or text.strip() or "it said nothing",), complete=False, destroys=destroys)
        streamed = any("sequence" in each for each in _documents(text))
        raise UsageError(
            f"{'a stream of engine events is' if streamed else 'there is'} no plan",
            fix=f"Make one with `{HOW}`{f', without {_STREAMING}' if streamed else ''}.",
        )
    require_shape(document)
    told = [each for each in document.get("diagnostics") or () if each.get("severity") == "error"]
    errors = tuple(dict.fromkeys(str(each.get("message", "")).strip() for each in told))
    if failed and not errors:
        errors = (said.strip() or "the preview failed without saying why",)
    steps: Sequence[Mapping[str, Any]] = document.get("steps") or ()
    whole = not errors and not failed and not document.get("maybeCorrupt")
    lacking = tuple(missing(steps, document.get("changeSummary") or {}, destroys=destroys)) if whole else ()
    changes = tuple(_changes(steps))
    ends = any(change.is_stack and change.operation is Operation.DELETE for change in changes)
    return Plan(
        changes, errors or lacking, complete=whole and not lacking, destroys=destroys or ends, cut=bool(lacking)
    )


def require_own(plan: Plan, stack: str, project: str | None = None) -> None:
    """Refuse the plan of another stack: it would be judged by a file that has nothing to do with it.

    Args:
        plan: the plan.
        stack: name of the stack it is to be of, `org/project/stack` too.
        project: name of its project. Default: the one in `stack`, if any; else that of any project.

    Raises:
        UsageError: it is another stack's, or that of a stack of the same name in another project.
    """
    *owners, name = stack.split("/")
    project = project or (owners[1] if len(owners) > 1 else None)
    urns = [change.urn.removeprefix("urn:pulumi:").split("::") for change in plan.changes]
    others = sorted({urn[0] for urn in urns} - {name})
    if others:
        raise UsageError(
            f"the plan is of stack {', '.join(others)}, not {name}",
            fix=f"Judge it as what it is: `strata guard {others[0]}`.",
        )
    elsewhere = sorted({urn[1] for urn in urns if len(urn) > 1} - {project})
    if project and elsewhere:
        raise UsageError(
            f"the plan is of stack {name} of the project {', '.join(elsewhere)}, not of {project}",
            fix=f"Name the folder of {elsewhere[0]} with -C.",
        )


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in a text that begins a line."""
    decoder = json.JSONDecoder()
    at = 0
    while (at := text.find("{", at)) >= 0:
        if at and text[at - 1] != "\n":
            at += 1
            continue
        try:
            found, at = decoder.raw_decode(text, at)
        except ValueError:
            at += 1
            continue
        if isinstance(found, dict):
            yield found


def _changes(steps: Sequence[Mapping[str, Any]]) -> Iterator[ResourceChange]:
    renamed = {was: str(step["urn"]) for step in steps if (was := _urn_before(step))}
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for step in steps:
        urn = str(step.get("urn", ""))
        # The end of a replacement goes by the old URN, where an alias gives the resource another one.
        grouped.setdefault(renamed.get(urn, urn), []).append(step)
    for urn, own in grouped.items():
        operations = [operation_of(str(step.get("op", ""))) for step in own]
        yield ResourceChange(
            urn=urn,
            operation=max(operations, key=_GRAVITY.index),
            old=_state(own, "oldState"),
            new=_state(own, "newState"),
            steps=tuple(str(step.get("op", "")) for step in own),
            differs=_properties(own, "diffReasons", ""),
            replaced_by=_properties(own, "replaceReasons", "-replace"),
            was=next((was for step in own if (was := _urn_before(step))), ""),
        )


def _urn_before(step: Mapping[str, Any]) -> str:
    """The URN of the resource that a step goes on with, where it is another one; empty where it is not."""
    urn, old, new = step.get("urn"), step.get("oldState") or {}, step.get("newState")
    was = str(old.get("urn") or "")
    return was if new and was and was != urn else ""


def _state(steps: Sequence[Mapping[str, Any]], key: str) -> Resource | None:
    """The first state the steps know; it counts as protected or retained if any of them says so."""
    known = [step[key] for step in steps if step.get(key)]
    if not known:
        return None
    return replace(
        read_resource(known[0]),
        options=Options(
            protect=any(bool(each.get("protect")) for each in known),
            retain_on_delete=any(bool(each.get("retainOnDelete")) for each in known),
        ),
        # What a plan does not tell counts against it: a component would not be judged.
        custom=bool(known[0].get("custom", True)),
        external=all(bool(each.get("external")) for each in known),
    )


def _properties(steps: Sequence[Mapping[str, Any]], key: str, ending: str) -> tuple[str, ...]:
    """Properties by the engine's reasons, and by its detailed diff where a provider gives one."""
    reasons = [str(each) for step in steps for each in step.get(key) or ()]
    detailed = [
        path.split(".")[0].split("[")[0]
        for step in steps
        for path, diff in (step.get("detailedDiff") or {}).items()
        if str(diff.get("kind", "")).endswith(ending)
    ]
    return tuple(dict.fromkeys([*reasons, *detailed]))
