"""A plan to findings: what the spectrum says to each change, and what the stack file says to that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from strata.exit_code import ExitCode
from strata.guard.facts import facts
from strata.guard.plan import HOW, STACK, Plan, ResourceChange
from strata.guard.reasons import lost, reasons, way_out
from strata.guard.terms import Allowance, Before, PlanTerms, before, later_stage, strictest
from strata.guard.weakening import only_lifts, weakenings
from strata.resources.classes import Classification, Source, class_of, is_judged
from strata.settings.recorded_terms import TERMS_OUTPUT
from strata.spectrum import Fact, Mutability, Operation, Verdict, is_laxer, verdict
from strata.stage import Stage

__all__ = ["ChangeFinding", "Judgement", "Remark", "judge"]

_SEVERITY: Final = (Verdict.REFUSE, Verdict.WARN, Verdict.ALLOW)
_SERVICE: Final = frozenset({Fact.SERVING, Fact.STOPS})
_STOPPED: Final = "the service, for everybody who uses it, until it is put back"
_HOLDING: Final = frozenset({Mutability.CONTROLLED, Mutability.ROTATED})
"""Classes whose deletion is warned of even where a teardown allows it."""


@dataclass(frozen=True)
class ChangeFinding:
    """What the guard says to one change.

    Args:
        change: the change.
        kind: the resource's class.
        operation: what it was judged as; options that weaken and nothing else are an update.
        verdict: what comes of it.
        because: why, a clause each.
        lost: what would be lost; empty where nothing is.
        fix: what to do about it.
        weakens: whether it takes protection away.
        lifts: whether all it takes away is what a teardown lifts.
        allowed: what turned a refusal into less: an override's or the teardown's reason. Default: nothing.
    """

    change: ResourceChange
    kind: Classification
    operation: Operation
    verdict: Verdict
    because: tuple[str, ...]
    lost: str
    fix: str
    weakens: bool = False
    lifts: bool = False
    allowed: str = ""


@dataclass(frozen=True)
class Remark:
    """Something about an override rather than a resource; always a warning."""

    says: str
    fix: str


@dataclass(frozen=True)
class Judgement:
    """Everything the guard says to a plan.

    Args:
        findings: a finding for every change, the gravest first.
        remarks: about overrides.
        errors: what the preview failed with.
        complete: whether the plan was all of it.
        cut: whether it was not although the preview did not fail.
        same: how many resources stay as they are.
        destroys: whether the plan was that of a destroy.
        stage: the stage it was judged by: the strictest that the file or the state says.
    """

    findings: tuple[ChangeFinding, ...]
    remarks: tuple[Remark, ...]
    errors: tuple[str, ...]
    complete: bool
    same: int
    destroys: bool = False
    stage: Stage = Stage.PROD
    cut: bool = False

    def of(self, wanted: Verdict) -> list[ChangeFinding]:
        """The findings with one verdict."""
        return [each for each in self.findings if each.verdict is wanted]

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """What a command ends with. A refusal is certain even where the plan is not all there."""
        if self.of(Verdict.REFUSE):
            return ExitCode.REFUSED
        if not self.complete:
            return ExitCode.FAILED
        return ExitCode.WARNINGS if strict and (self.remarks or self.of(Verdict.WARN)) else ExitCode.OK


def judge(plan: Plan, terms: PlanTerms) -> Judgement:
    """Judge a plan, by the strictest of what the stack file says and what the state says.

    Args:
        plan: what an `up` or a destroy would do.
        terms: stage, overrides and teardown, as the file has them now.
    """
    past = before(plan)
    said, terms = terms.stage, replace(terms, stage=strictest([terms.stage, past.stage]) or terms.stage)
    judged = [change for change in plan.changes if is_judged(change.state)]
    plain = [found for change in judged if (found := _finding(change, plan, terms)) is not None]
    same = len(judged) - len(plain)
    plain += _lowered_stage(plan, past, said)
    findings = [_allowed(found, plain, terms, past) for found in plain]
    return Judgement(
        findings=tuple(sorted(findings, key=lambda found: _SEVERITY.index(found.verdict))),
        remarks=tuple(_remarks(plain, findings, terms, past, complete=plan.complete)),
        errors=plan.errors,
        complete=plan.complete,
        same=same,
        destroys=plan.destroys,
        stage=terms.stage,
        cut=plan.cut,
    )


def _lowered_stage(plan: Plan, past: Before, said: Stage) -> Iterator[ChangeFinding]:
    """The finding of a stack whose stage is lowered, or no longer said: its stage decides what is refused at all."""
    if past.stage is None:
        return
    later = later_stage(plan)
    if strictest([said, past.stage]) is not said:
        because = f"the stack file lowers the stage from {past.stage} to {said}"
    elif plan.destroys or not plan.complete or strictest([later, past.tagged]) is later:
        return
    else:
        because = f"the tags of its resources say {later or 'no stage'} instead of {past.tagged}"
    change = next((each for each in plan.changes if each.is_stack), None) or _stack_of(plan)
    yield ChangeFinding(
        change=change,
        kind=Classification(Mutability.STABLE, Source.TYPE),
        operation=Operation.UPDATE,
        verdict=verdict(Mutability.STABLE, Operation.UPDATE, past.stage, {Fact.WEAKENS}),
        because=(because,),
        lost="every protection that comes with the stage",
        fix=f"Leave strata:stage at {past.stage}.",
        weakens=True,
    )


def _stack_of(plan: Plan) -> ResourceChange:
    """The stack of a plan that does not show it, as a change."""
    name, project, *_ = plan.changes[0].urn.removeprefix("urn:pulumi:").split("::")
    return ResourceChange(f"urn:pulumi:{name}::{project}::{STACK}::{project}-{name}", Operation.UPDATE, None, None)


def _finding(change: ResourceChange, plan: Plan, terms: PlanTerms) -> ChangeFinding | None:
    """The finding before overrides; none for what stays the same."""
    known = facts(change, plan)
    operation = change.operation
    if operation is Operation.SAME and Fact.WEAKENS in known:
        # The engine calls it the same when only `protect` or `retainOnDelete` change.
        operation = Operation.UPDATE
    if operation is Operation.SAME:
        return None
    kind = _class_of(change)
    # What serves is held whatever a tag calls it, and whatever excuses a replacement.
    served = [Mutability.REPLACED] if known & _SERVICE else []
    verdicts = [verdict(each, operation, terms.stage, known) for each in (kind.mutability, *served)]
    found = min(verdicts, key=_SEVERITY.index)
    goes = operation in {Operation.REPLACE, Operation.DELETE}
    return ChangeFinding(
        change=change,
        kind=kind,
        operation=operation,
        verdict=found,
        because=(*reasons(change, plan, operation, known), *weakenings(change, plan)),
        lost=_lost(change, kind) if goes or Fact.WEAKENS in known else _STOPPED if Fact.STOPS in known else "",
        fix="" if found is Verdict.ALLOW else way_out(change, plan, operation, known),
        weakens=Fact.WEAKENS in known,
        lifts=only_lifts(change, plan),
    )


def _class_of(change: ResourceChange) -> Classification:
    """The class that a change is judged by: what the resource was, unless it becomes something stricter."""
    was = class_of(change.state)
    becomes = class_of(change.later) if change.later else was
    return becomes if is_laxer(was.mutability, becomes.mutability) else was


def _lost(change: ResourceChange, kind: Classification) -> str:
    if change.old is not None and change.old.retained and Operation.UPDATE is not change.operation:
        return "nothing in AWS, which keeps it, but no stack knows it any more"
    return lost(change.state, kind.mutability)


def _allowed(found: ChangeFinding, all_found: Sequence[ChangeFinding], terms: PlanTerms, past: Before) -> ChangeFinding:
    """The finding after what the stack file allows: a refusal becomes a warning that names the reason.

    What the file allows has to have been there before this change. Only the first of a teardown's two runs comes with
    it: that one takes protection off, which can be undone, and the second one deletes.
    """
    if found.verdict is not Verdict.REFUSE:
        return found
    for each in terms.allowances:
        if _in_force(each, terms, past) and _covered(each, all_found) == [found]:
            return replace(found, verdict=Verdict.WARN, allowed=f"override until {each.until}: {each.reason}")
    lifted = found.operation is Operation.UPDATE and found.lifts
    deleted = found.operation is Operation.DELETE and past.torn_down(terms.today)
    if terms.teardown is not None and (deleted or lifted):
        kept = found.kind.mutability in _HOLDING and found.operation is Operation.DELETE
        text = f"teardown until {terms.teardown.until}: {terms.teardown.reason}"
        return replace(found, verdict=Verdict.WARN if kept else Verdict.ALLOW, allowed=text, fix="")
    return found


def _in_force(allowance: Allowance, terms: PlanTerms, past: Before) -> bool:
    return allowance.until >= terms.today and past.holds(allowance, terms.today)


def _covered(allowance: Allowance, found: Sequence[ChangeFinding]) -> list[ChangeFinding]:
    return [
        each
        for each in found
        if each.operation is allowance.operation
        and any(allowance.covers(urn) for urn in (each.change.urn, each.change.was) if urn)
    ]


def _remarks(
    found: Sequence[ChangeFinding], judged: Sequence[ChangeFinding], terms: PlanTerms, past: Before, *, complete: bool
) -> Iterator[Remark]:
    for at, each in enumerate(terms.allowances):
        what = f"override {at + 1} ({each.operation} {each.resource})"
        covered = _covered(each, found)
        if each.until < terms.today:
            yield Remark(f"{what} expired on {each.until}", "Remove it, or give it a new date if it is still right.")
        elif not past.holds(each, terms.today):
            yield _new(what, past)
        elif len(covered) > 1:
            names = ", ".join(one.change.urn for one in covered)
            yield Remark(f"{what} could mean several: {names}", "Name the URN.")
        elif complete and not any(one.verdict is Verdict.REFUSE for one in covered):
            yield Remark(f"{what} allows nothing that this plan does", "Remove it once it has been applied.")
    stopped = any(each.verdict is Verdict.REFUSE and each.operation is Operation.DELETE for each in judged)
    if terms.teardown is not None and stopped and not past.torn_down(terms.today):
        yield _new("the teardown", past)


def _new(what: str, past: Before) -> Remark:
    """That something in the stack file does not allow anything yet."""
    if not past.known:
        return Remark(
            f"{what} counts only if it was there before, which this plan does not show", f"Make the plan with `{HOW}`."
        )
    fix = "Apply it on its own with `pulumi up`; it holds from the next change on."
    if not past.recorded:
        fix += f" A program without Stack.load() has to export it as its output {TERMS_OUTPUT}."
    return Remark(f"{what} comes with this change, so it allows nothing yet", fix)
