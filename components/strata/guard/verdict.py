"""A plan to findings: what the spectrum says to each change, and what the stack file says to that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from strata.exit_code import ExitCode
from strata.guard.classes import Class, class_of, is_judged
from strata.guard.facts import facts
from strata.guard.losses import lost
from strata.guard.plan import Change, Plan
from strata.guard.terms import Allowance, Terms
from strata.guard.weakening import weakenings
from strata.spectrum import Fact, Mutability, Operation, Verdict, verdict

__all__ = ["Finding", "Judgement", "Remark", "judge"]

_SEVERITY: Final = (Verdict.REFUSE, Verdict.WARN, Verdict.ALLOW)
_HOLDING: Final = frozenset({Mutability.CONTROLLED, Mutability.ROTATED})
"""Classes whose deletion is warned of even where a teardown allows it."""


@dataclass(frozen=True)
class Finding:
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
        allowed: what turned a refusal into less: an override's or the teardown's reason. Default: nothing.
    """

    change: Change
    kind: Class
    operation: Operation
    verdict: Verdict
    because: tuple[str, ...]
    lost: str
    fix: str
    weakens: bool = False
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
        same: how many resources stay as they are.
        destroys: whether the plan was that of a destroy.
    """

    findings: tuple[Finding, ...]
    remarks: tuple[Remark, ...]
    errors: tuple[str, ...]
    complete: bool
    same: int
    destroys: bool = False

    def of(self, wanted: Verdict) -> list[Finding]:
        """The findings with one verdict."""
        return [each for each in self.findings if each.verdict is wanted]

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """What a command ends with. A refusal is certain even where the plan is not all there."""
        if self.of(Verdict.REFUSE):
            return ExitCode.REFUSED
        if not self.complete:
            return ExitCode.FAILED
        return ExitCode.WARNINGS if strict and (self.remarks or self.of(Verdict.WARN)) else ExitCode.OK


def judge(plan: Plan, terms: Terms) -> Judgement:
    """Judge a plan.

    Args:
        plan: what an `up` or a destroy would do.
        terms: stage, overrides and teardown.
    """
    judged = [change for change in plan.changes if is_judged(change.state)]
    plain = [found for change in judged if (found := _finding(change, plan, terms)) is not None]
    findings = [_allowed(found, plain, terms) for found in plain]
    return Judgement(
        findings=tuple(sorted(findings, key=lambda found: _SEVERITY.index(found.verdict))),
        remarks=tuple(_remarks(plain, terms, complete=plan.complete)),
        errors=plan.errors,
        complete=plan.complete,
        same=len(judged) - len(plain),
        destroys=plan.destroys,
    )


def _finding(change: Change, plan: Plan, terms: Terms) -> Finding | None:
    """The finding before overrides; none for what stays the same."""
    known = facts(change, plan)
    operation = change.operation
    if operation is Operation.SAME and Fact.WEAKENS in known:
        # The engine calls it the same when only `protect` or `retainOnDelete` change.
        operation = Operation.UPDATE
    if operation is Operation.SAME:
        return None
    kind = class_of(change.state)
    found = verdict(kind.mutability, operation, terms.stage, known)
    goes = operation in {Operation.REPLACE, Operation.DELETE}
    return Finding(
        change=change,
        kind=kind,
        operation=operation,
        verdict=found,
        because=(*_because(change, operation, known, destroyed=plan.destroys), *weakenings(change, plan)),
        lost=_lost(change, kind) if goes or Fact.WEAKENS in known else "",
        fix="" if found is Verdict.ALLOW else _fix(change, operation, known, destroyed=plan.destroys),
        weakens=Fact.WEAKENS in known,
    )


def _lost(change: Change, kind: Class) -> str:
    if change.old is not None and change.old.retained and Operation.UPDATE is not change.operation:
        return "nothing in AWS, which keeps it, but no stack knows it any more"
    return lost(change.state, kind.mutability)


def _because(change: Change, operation: Operation, known: frozenset[Fact], *, destroyed: bool) -> Iterator[str]:
    match operation:
        case Operation.REPLACE if change.replaced_by:
            yield f"AWS cannot change {', '.join(change.replaced_by)} in place"
        case Operation.REPLACE if change.new is None:
            yield "an earlier replacement left it behind"
        case Operation.REPLACE:
            yield "the engine replaces it"
        case Operation.DELETE:
            yield "a destroy takes everything" if destroyed else "it is no longer in the program"
        case Operation.UPDATE if change.differs:
            yield f"{', '.join(change.differs)} {'changes' if len(change.differs) == 1 else 'change'}"
        case Operation.CREATE if Fact.WEAKENS in known:
            yield "what it is added to is there already"
        case _:
            pass
    if operation is Operation.REPLACE and change.deleted_first:
        yield "the old one goes before the new one is there"
    if Fact.SERVING in known and operation in {Operation.REPLACE, Operation.DELETE}:
        yield "it is in use"
    if Fact.CARRIES_VALUE in known:
        yield "the change carries a value"


def _fix(change: Change, operation: Operation, known: frozenset[Fact], *, destroyed: bool) -> str:
    if destroyed:
        return "Keep the stack, or take it down in two runs."
    if operation is Operation.DELETE:
        return "Put it back into the program; a renamed or moved one needs an alias."
    if operation is Operation.REPLACE:
        undone = f"Undo the change of {', '.join(change.replaced_by)}" if change.replaced_by else "Undo the change"
        return f"{undone}, or make another one beside it, move over, and let go of this one."
    if Fact.WEAKENS in known:
        made = operation is Operation.CREATE
        return "Leave it out, or let it take less." if made else "Leave its protection as it was."
    if Fact.CARRIES_VALUE in known:
        return "Rotate the value where it is kept; a program only names it."
    return "Apply it when nobody needs it, and look at the preview first."


def _allowed(found: Finding, all_found: Sequence[Finding], terms: Terms) -> Finding:
    """The finding after what the stack file allows: a refusal becomes a warning that names the reason."""
    if found.verdict is not Verdict.REFUSE:
        return found
    for each in terms.allowances:
        if each.until >= terms.today and _covered(each, all_found) == [found]:
            return replace(found, verdict=Verdict.WARN, allowed=f"override until {each.until}: {each.reason}")
    # The first of a teardown's two runs takes protection off, the second deletes.
    lifted = found.operation is Operation.UPDATE and found.weakens
    if terms.teardown is not None and (found.operation is Operation.DELETE or lifted):
        kept = found.kind.mutability in _HOLDING and found.operation is Operation.DELETE
        text = f"teardown until {terms.teardown.until}: {terms.teardown.reason}"
        return replace(found, verdict=Verdict.WARN if kept else Verdict.ALLOW, allowed=text, fix="")
    return found


def _covered(allowance: Allowance, found: Sequence[Finding]) -> list[Finding]:
    return [each for each in found if allowance.covers(each.change.urn) and each.operation is allowance.operation]


def _remarks(found: Sequence[Finding], terms: Terms, *, complete: bool) -> Iterator[Remark]:
    for at, each in enumerate(terms.allowances):
        what = f"override {at + 1} ({each.operation} {each.resource})"
        covered = _covered(each, found)
        if each.until < terms.today:
            yield Remark(f"{what} expired on {each.until}", "Remove it, or give it a new date if it is still right.")
        elif len(covered) > 1:
            names = ", ".join(one.change.urn for one in covered)
            yield Remark(f"{what} could mean several: {names}", "Name the URN.")
        elif complete and not any(one.verdict is Verdict.REFUSE for one in covered):
            yield Remark(f"{what} allows nothing that this plan does", "Remove it once it has been applied.")
