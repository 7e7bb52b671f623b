"""Whether an answer is the one that a release must give (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from strata.rollout.verifying.release_question import Attempt, ReleaseQuestion
from strata.settings.models.verify import VERSION_PLACE, AnswerSettings

__all__ = ["HttpAnswer", "judge_answers", "mismatch"]

_SHOWN: Final = 80
"""Characters of a body that are quoted."""


@dataclass(frozen=True)
class HttpAnswer:
    """An answer.

    Args:
        status: its HTTP status.
        headers: by their names in lower case.
        body: the beginning of its body.
    """

    status: int
    headers: Mapping[str, str]
    body: str


def mismatch(answer: HttpAnswer, expected: AnswerSettings, version: str) -> str | None:
    """What is wrong with an answer, as a clause; None where nothing is.

    Args:
        answer: the answer.
        expected: what it should be.
        version: what `{version}` means.
    """
    if answer.status != expected.status:
        return f"answered {answer.status}{_quoted(answer.body)}, expected {expected.status}"
    for name, value in expected.headers.items():
        wanted, found = value.replace(VERSION_PLACE, version), answer.headers.get(name.lower())
        if found != wanted:
            got = "no header" if found is None else f"{found!r} in"
            return f"answered with {got} {name}, expected {wanted!r}"
    wanted = (expected.body or "").replace(VERSION_PLACE, version)
    if wanted not in answer.body:
        return f"answered {answer.status}{_quoted(answer.body) or ' without a body'}, expected {wanted!r} in it"
    return None


def judge_answers(answers: Sequence[HttpAnswer], question: ReleaseQuestion, *, mixed: bool) -> Attempt:
    """What the answers to the requests of one attempt come to.

    Args:
        answers: at least one.
        question: what was asked.
        mixed: whether something that runs another release answers, too. An answer of the release before then counts
            neither for nor against the new one, and can be told from it where what is expected names the version.
    """
    expected, of_before = question.settings.expect, 0
    for number, answer in enumerate(answers, start=1):
        wrong = mismatch(answer, expected, question.version)
        if wrong is None:
            continue
        if not (mixed and _is_before(answer, question)):
            at = f" (request {number} of {len(answers)})" if len(answers) > 1 else ""
            return Attempt(good=False, seen=f"{question.request} {wrong}{at}")
        of_before += 1
    count, good = len(answers), len(answers) - of_before
    if not good:
        seen = f"{question.request} was answered by {question.before} only, {count} of {count} times"
        return Attempt(good=False, seen=seen)
    naming = f" as {question.version}" if expected.names_version else ""
    beside = f", and {of_before} were answered by {question.before}" if of_before else ""
    seen = f"{question.request} answered {expected.status}{naming}, {good} of {count} requests{beside}"
    return Attempt(good=True, seen=seen)


def _is_before(answer: HttpAnswer, question: ReleaseQuestion) -> bool:
    expected = question.settings.expect
    return bool(question.before) and expected.names_version and mismatch(answer, expected, question.before) is None


def _quoted(body: str) -> str:
    text = " ".join(body.split())
    return f" {text[:_SHOWN]!r}{'...' if len(text) > _SHOWN else ''}" if text else ""
