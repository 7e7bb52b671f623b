"""Findings as text, as Markdown for a pull request, and as JSON. Names of properties are shown, never their values."""

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Any, Final

from strata.guard.plan import HOW
from strata.guard.verdict import ChangeFinding, Judgement
from strata.resources.classes import Source
from strata.spectrum import Verdict

__all__ = ["TEARDOWN", "advice", "document", "hint", "markdown", "outcome", "text"]

_WORDS: Final = {Verdict.REFUSE: "refused", Verdict.WARN: "warned of", Verdict.ALLOW: "allowed"}
_TOLD: Final = (Verdict.REFUSE, Verdict.WARN)
_PROTECTED: Final = "because it is protected"
TEARDOWN: Final = (
    "To take a stack down, say so in the stack file, `pulumi up` to lift the protection, and then destroy: "
    "strata:teardown: { until: YYYY-MM-DD, reason: ... }"
)
"""What follows the refusal of a destroy."""
_ADVICE: Final = MappingProxyType(
    {
        "PULUMI_ACCESS_TOKEN must be set": (
            "Log in to the backend that holds the stack: `pulumi login`, or set PULUMI_ACCESS_TOKEN; for a backend "
            "of your own, PULUMI_BACKEND_URL."
        ),
        "no stack named": (
            "Log in to the backend that holds the stack, or make it with `pulumi stack init`; `strata guard STACK "
            "--local` needs neither."
        ),
        "passphrase must be set": (
            "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase of the stack's secrets."
        ),
        "incorrect passphrase": "Set PULUMI_CONFIG_PASSPHRASE to the passphrase of the stack's secrets.",
        "No valid credential sources": (
            "Give AWS credentials, for example with `aws sso login` or AWS_PROFILE; `strata doctor` shows what is used."
        ),
        "ExpiredToken": "Log in to AWS again, for example with `aws sso login`.",
        "language plugin": (
            "Install the official Pulumi distribution, which brings the host of the program's language, on PATH."
        ),
    }
)
"""What is in an error of the engine, and the way out."""


def outcome(judgement: Judgement) -> str:
    """The result in a word or two. A plan that is not all there is never allowed."""
    if judgement.of(Verdict.REFUSE):
        return "refused"
    if not judgement.complete:
        return "plan incomplete"
    return "allowed, with warnings" if judgement.remarks or judgement.of(Verdict.WARN) else "allowed"


def text(judgement: Judgement, stack: str) -> str:
    """The report for a terminal, without colours."""
    return "\n".join(_lines(judgement, stack))


def _lines(judgement: Judgement, stack: str) -> Iterator[str]:
    yield f"{stack}: {outcome(judgement)}"
    for found in judgement.findings:
        if found.verdict in _TOLD or found.allowed:
            yield from _told(found)
    for remark in judgement.remarks:
        yield f"warn    {remark.says}"
        yield f"        fix: {remark.fix}"
    if not judgement.complete:
        yield f"plan incomplete: {_why_incomplete(judgement)}, and what comes after is not known"
        for error in _errors(judgement):
            yield f"        {error.replace(chr(10), chr(10) + '        ')}"
        yield from (f"        fix: {fix}" for fix in advice(judgement.errors))
    yield _summary(judgement)
    if judgement.of(Verdict.REFUSE):
        yield TEARDOWN if judgement.destroys else hint(judgement)


def hint(judgement: Judgement) -> str:
    """What follows a refusal: how the first one would be let pass, by its name or, where others have it, its URN."""
    first = judgement.of(Verdict.REFUSE)[0]
    same = [each for each in judgement.findings if _called(each) == _called(first)]
    resource = first.change.name if len(same) == 1 else first.change.urn
    return (
        "To let one pass, first apply an override with a reason and a last day, in a change of its own: "
        "strata:guard: "
        f"{{ allow: [{{ resource: {resource}, operation: {first.operation}, reason: ..., until: YYYY-MM-DD }}] }}"
    )


def _called(found: ChangeFinding) -> tuple[str, str]:
    return found.change.name, found.operation.value


def _told(found: ChangeFinding) -> Iterator[str]:
    yield f"{found.verdict:<6}  {found.operation} {found.change.type} {found.change.name} ({_class(found)})"
    if found.because:
        yield f"        {'; '.join(found.because)}"
    if found.lost:
        yield f"        at stake: {found.lost}"
    if found.allowed:
        yield f"        allowed by {found.allowed}"
    elif found.fix:
        yield f"        fix: {found.fix}"


def _class(found: ChangeFinding) -> str:
    match found.kind.source:
        case Source.UNKNOWN:
            return f"{found.kind.mutability}, because nobody has classed the type"
        case source:
            return f"{found.kind.mutability} by its {source}"


def _why_incomplete(judgement: Judgement) -> str:
    return "the plan was cut" if judgement.cut else "the preview failed"


def _summary(judgement: Judgement) -> str:
    changes = len(judgement.findings)
    if not changes and not judgement.complete:
        return "what would change is not known"
    if not changes:
        return f"no changes; {judgement.same} unchanged"
    counted = [f"{len(judgement.of(verdict))} {word}" for verdict, word in _WORDS.items()]
    return f"{changes} change{'' if changes == 1 else 's'}: {', '.join(counted)}; {judgement.same} unchanged"


def _errors(judgement: Judgement) -> Iterator[str]:
    """The errors of the preview, those of Pulumi's protection as one.

    The engine also says how to take it off, for every resource, and nobody should do that to get past a refusal.
    """
    stopped = [error for error in judgement.errors if _PROTECTED in error]
    if stopped:
        yield f"Pulumi's protection stopped the preview, {len(stopped)} times"
    yield from (error for error in judgement.errors if _PROTECTED not in error)


def markdown(judgement: Judgement, stack: str) -> str:
    """The report as a comment on a pull request."""
    mark = {"allowed": "✅", "allowed, with warnings": "⚠️"}.get(outcome(judgement), "⛔")
    lines = [f"### {mark} `strata guard {stack}`: {outcome(judgement)}", "", _summary(judgement)]
    told = [found for found in judgement.findings if found.verdict in _TOLD or found.allowed]
    if told:
        lines += ["", "| | operation | resource | class | why | at stake | what to do |", f"|{' --- |' * 7}"]
        lines += [_row(found) for found in told]
    if judgement.remarks:
        lines += ["", *(f"- {remark.says}. {remark.fix}" for remark in judgement.remarks)]
    if not judgement.complete:
        lines += ["", f"**{_why_incomplete(judgement).capitalize()}, so this is not all of the plan.**", "", "```"]
        lines += [*_errors(judgement), "```"]
        lines += [f"\n{fix}" for fix in advice(judgement.errors)]
    if judgement.of(Verdict.REFUSE):
        way_out = TEARDOWN if judgement.destroys else hint(judgement)
        says, _, setting = way_out.partition(" strata:")
        lines += ["", f"{says} `strata:{setting}`"]
    return "\n".join(lines)


def _row(found: ChangeFinding) -> str:
    cells = [
        found.verdict.value,
        found.operation.value,
        f"`{found.change.type}` **{found.change.name}**",
        _class(found),
        "; ".join(found.because),
        found.lost,
        f"allowed by {found.allowed}" if found.allowed else found.fix,
    ]
    escaped = [cell.replace("|", "\\|").replace("\n", " ") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def document(judgement: Judgement, stack: str, stage: str) -> dict[str, Any]:
    """The report as `strata guard --json` prints it."""
    return {
        "stack": stack,
        "stage": stage,
        "outcome": outcome(judgement),
        "complete": judgement.complete,
        "errors": list(judgement.errors),
        "fixes": list(advice(judgement.errors)),
        "findings": [_finding(found) for found in judgement.findings],
        "remarks": [{"says": remark.says, "fix": remark.fix} for remark in judgement.remarks],
        "unchanged": judgement.same,
        "plan": HOW,
    }


def _finding(found: ChangeFinding) -> dict[str, Any]:
    return {
        "urn": found.change.urn,
        "type": found.change.type,
        "name": found.change.name,
        "mutability": found.kind.mutability.value,
        "known_by": found.kind.source.value,
        "operation": found.operation.value,
        "verdict": found.verdict.value,
        "because": list(found.because),
        "at_stake": found.lost or None,
        "fix": found.fix or None,
        "allowed_by": found.allowed or None,
    }


def advice(errors: Iterable[str]) -> Iterator[str]:
    """The ways out of a preview's errors, each once.

    Args:
        errors: as the engine words them.
    """
    told = "\n".join(errors)
    yield from (fix for sign, fix in _ADVICE.items() if sign.lower() in told.lower())
