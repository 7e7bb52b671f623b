"""What a plan is judged by: the stage, overrides, and a teardown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from strata.errors import UsageError
from strata.project.stack_file import StackFile, read_stack
from strata.settings.dates import day, today
from strata.settings.load import load_stack
from strata.settings.models import StackSettings
from strata.spectrum import Operation
from strata.stage import Stage

__all__ = ["Allowance", "PlanTerms", "TeardownTerms", "read_terms", "terms_of"]

STRICTEST: Final = Stage.PROD


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
