"""What a plan is judged by: the stage, overrides and teardown of the stack file, and those that held before the change.

A change is not judged by what comes with it. A stack file that lowers the stage, allows a delete or tears the stack
down in the same change as what that would allow is judged as if it did not. What was there before is read from the
plan, which carries the old state of everything: the tag `strata:stage` of each resource, and the stack output that
`strata.Stack` leaves (see `strata.settings.recorded_terms`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from strata.errors import UsageError
from strata.guard.plan import Plan
from strata.project.stack_file import StackFile, read_stack
from strata.resources.resource import Resource
from strata.settings.dates import day, is_day, today
from strata.settings.load import load_stack
from strata.settings.models import StackSettings
from strata.settings.recorded_terms import TERMS_OUTPUT
from strata.spectrum import Operation
from strata.stage import Stage
from strata.tags import tagged_stage

__all__ = [
    "Allowance",
    "Before",
    "PlanTerms",
    "TeardownTerms",
    "before",
    "later_stage",
    "read_terms",
    "strictest",
    "terms_of",
]

STRICTEST: Final = Stage.PROD
_STRICTNESS: Final = (Stage.DEV, Stage.STAGING, Stage.PROD)


@dataclass(frozen=True)
class Allowance:
    """An override: one operation on one resource, until a day.

    Args:
        resource: its URN, `type::name`, or name.
        operation: create, update, replace or delete.
        reason: why.
        until: the last day.
    """

    resource: str
    operation: Operation
    reason: str
    until: date

    def covers(self, urn: str) -> bool:
        """Whether it speaks of a resource."""
        *_, types, name = urn.split("::", 3)
        return self.resource in {urn, f"{types.rpartition('$')[2]}::{name}", name}


@dataclass(frozen=True)
class TeardownTerms:
    """That everything may be deleted, until a day."""

    until: date
    reason: str


@dataclass(frozen=True)
class PlanTerms:
    """What a plan is judged by.

    Args:
        stage: the stack's.
        today: the day it is judged on.
        allowances: overrides, expired ones too.
        teardown: one that is in force. Default: none.
    """

    stage: Stage
    today: date
    allowances: tuple[Allowance, ...] = ()
    teardown: TeardownTerms | None = None


def terms_of(settings: StackSettings, on: date) -> PlanTerms:
    """What a stack's settings say.

    Args:
        settings: complete and checked.
        on: the day.
    """
    teardown = settings.teardown
    return PlanTerms(
        stage=settings.stage,
        today=on,
        allowances=tuple(
            Allowance(each.resource, Operation(each.operation.value), each.reason, day(each.until))
            for each in settings.guard.allow
        ),
        teardown=TeardownTerms(day(teardown.until), teardown.reason) if teardown else None,
    )


def read_terms(project: Path | None, stack: str, stage: Stage | None = None, on: date | None = None) -> PlanTerms:
    """The terms of a stack, whether it uses Strata or not.

    Args:
        project: folder of the Pulumi project; none for a plan that comes from elsewhere.
        stack: its name.
        stage: the stage of a stack whose file names none. Default: prod, the strictest.
        on: the day. Default: today.

    Raises:
        SettingsError: the stack file has problems.
        UsageError: its file names another stage, or there is a project and no such file.
    """
    file = read_stack(project, stack) if project else StackFile({}, {}, {})
    said = file.settings.get("stage")
    if stage is not None and said not in (None, stage.value):
        raise UsageError(f"the stack file says stage {said}, --stage {stage}", fix="Leave --stage out.")
    raw: Mapping[str, Any] = {"stage": (stage or STRICTEST).value, **file.settings}
    loaded = load_stack(file, raw, on=on)
    return terms_of(loaded.settings, on or today())


@dataclass(frozen=True)
class Before:
    """What the state says.

    Args:
        stage: the strictest stage that any resource, or the record, is in. None: nothing says one.
        tagged: the strictest that a resource's tags say. None: none of them says one.
        known: whether the plan shows the stack itself, where the record is.
        recorded: whether there is a record.
        allowances: overrides that were there.
        teardown: the teardown that was there. None: there was none.
    """

    stage: Stage | None
    tagged: Stage | None
    known: bool
    recorded: bool = False
    allowances: tuple[Allowance, ...] = ()
    teardown: TeardownTerms | None = None

    def holds(self, allowance: Allowance, today: date) -> bool:
        """Whether an override was there before, and for today: a new last day is a new override."""
        return any(
            (each.resource, each.operation) == (allowance.resource, allowance.operation) and each.until >= today
            for each in self.allowances
        )

    def torn_down(self, today: date) -> bool:
        """Whether a teardown was there before, and for today."""
        return self.teardown is not None and self.teardown.until >= today


def before(plan: Plan) -> Before:
    """What a plan's old states say.

    Args:
        plan: the plan.
    """
    stacks = [change.old for change in plan.changes if change.is_stack and change.old is not None]
    record = next((_record(state) for state in stacks), {})
    tagged = strictest(_stage_of(change.old) for change in plan.changes if change.old is not None)
    return Before(
        stage=strictest([tagged, *(_stage_recorded(state) for state in stacks)]),
        tagged=tagged,
        known=bool(stacks),
        recorded=bool(record),
        allowances=tuple(_allowances(record.get("allow"))),
        teardown=_teardown(record.get("teardown")),
    )


def later_stage(plan: Plan) -> Stage | None:
    """The strictest stage that resources are in once the plan is applied; None where none of them says one."""
    return strictest(_stage_of(change.later) for change in plan.changes if change.later is not None)


def strictest(stages: Iterable[Stage | None]) -> Stage | None:
    """The strictest of some stages, None where there is none."""
    return max((each for each in stages if each is not None), key=_STRICTNESS.index, default=None)


def _stage_of(state: Resource) -> Stage | None:
    every = (state.inputs.get("tags"), state.inputs.get("tagsAll"), state.outputs.get("tagsAll"))
    return strictest(tagged_stage(tags) for tags in every)


def _record(state: Resource) -> Mapping[str, Any]:
    found = state.outputs.get(TERMS_OUTPUT)
    return found if isinstance(found, Mapping) else {}


def _stage_recorded(state: Resource) -> Stage | None:
    """The stage a record names; one that cannot be read, such as a secret, may be the strictest there is."""
    if state.outputs.get(TERMS_OUTPUT) is None:
        return None
    value = _record(state).get("stage")
    return Stage(value) if isinstance(value, str) and value in set(Stage) else _STRICTNESS[-1]


def _allowances(values: Any) -> Iterator[Allowance]:
    """The overrides of a record. A program without Strata may export anything there; what is none, counts for none."""
    for each in values if isinstance(values, list) else ():
        if not isinstance(each, Mapping):
            continue
        resource, operation, until = each.get("resource"), each.get("operation"), str(each.get("until"))
        if isinstance(resource, str) and operation in set(Operation) and is_day(until):
            yield Allowance(resource, Operation(operation), str(each.get("reason", "")), day(until))


def _teardown(value: Any) -> TeardownTerms | None:
    until = str(value.get("until")) if isinstance(value, Mapping) else ""
    return TeardownTerms(day(until), str(value.get("reason", ""))) if is_day(until) else None
