"""Verifies a release while its rollout can still be taken back: one attempt a look, beside the gate's other looks."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from strata.clock import Clock
from strata.resource_hooks import Console
from strata.rollout.aws_calls import AsyncAws
from strata.rollout.health_gate import Poll
from strata.rollout.spec import Rollout
from strata.rollout.verifying.answer_judgement import HttpAnswer, judge_answers
from strata.rollout.verifying.balancer_request import LOAD_BALANCERS_VARIABLE, NoAnswer, request_answer
from strata.rollout.verifying.release_question import Attempt, ReleaseQuestion, describe_headers, question_of
from strata.rollout.verifying.verify_command import run_command

__all__ = ["Asker", "Verification", "ask_release"]

Asker: TypeAlias = Callable[[ReleaseQuestion, bool], Awaitable[Attempt]]
"""Makes one attempt: what is asked, and whether something that runs another release answers, too."""


async def ask_release(question: ReleaseQuestion, mixed: bool) -> Attempt:  # noqa: FBT001  an `Asker`
    """Make one attempt.

    Args:
        question: what is asked.
        mixed: whether something that runs another release answers, too.
    """
    if question.settings.path is None:
        return await run_command(question)
    asked = await _request(question, mixed=mixed)
    if not asked.good or question.settings.command is None:
        return asked
    ran = await run_command(question)
    return replace(ran, seen=f"{asked.seen}, and {ran.seen}")


async def _request(question: ReleaseQuestion, *, mixed: bool) -> Attempt:
    answers: list[HttpAnswer] = []
    for _ in range(question.settings.requests):
        try:
            answers.append(await asyncio.to_thread(request_answer, question))
        except NoAnswer as error:
            got = f" (after {len(answers)} answers)" if answers else ""
            return Attempt(good=False, seen=f"{question.request} {error}{got}", answered=bool(answers))
    return judge_answers(answers, question, mixed=mixed)


def _without_command(question: ReleaseQuestion) -> ReleaseQuestion | None:
    """What is left to ask; None for nothing."""
    if question.settings.path is None:
        return None
    return replace(question, settings=question.settings.model_copy(update={"command": None}))


def _unseen(question: ReleaseQuestion) -> ReleaseQuestion | None:
    """What must be asked again where any request reaches the new release, after an attempt that was good.

    A command makes its own requests, and one without the header of test requests is answered by the release before.
    """
    alone = question.settings.command_alone
    if not question.test_headers or alone is None:
        return None
    return replace(question, settings=alone, test_headers={})


class Verification:
    """Asks the release of one rollout, until it answers as it should or all attempts have failed.

    Nothing is asked of a release that is proven already. An attempt that nothing answered, while AWS itself did not
    answer either, is not counted: that is this machine's own network.

    Args:
        aws: AWS.
        rollout: the rollout, with what is recorded.
        clock: time and sleep.
        console: where lines go.
        poll_seconds: pause between two attempts once nobody watches the rollout any more.
        ask: makes an attempt.
    """

    def __init__(
        self, aws: AsyncAws, rollout: Rollout, clock: Clock, console: Console, poll_seconds: float, ask: Asker
    ) -> None:
        self._aws = aws
        self._rollout = rollout
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds
        self._ask = ask
        self._question = question_of(rollout)
        self._attempt: asyncio.Future[Attempt] | None = None
        self._mixed = False
        self._test_headers: Mapping[str, str] = {}
        """Those of the attempt that was begun last."""
        self._waited = 0.0
        self._failures = 0
        self._failed: str | None = None
        self._tested = False
        """Whether all is asked that can be by test requests."""
        self.details = ""
        """More lines for the end of the error of a release that failed."""
        if self._question is not None and self._question.command and os.environ.get(LOAD_BALANCERS_VARIABLE):
            console.warn(
                f"{rollout.service}: NOT VERIFIED by `{self._question.command}`, which is not run in a rehearsal: no "
                "application is there for it"
            )
            self._question = _without_command(self._question)

    @property
    def passed(self) -> bool:
        """Whether nothing is left to ask of the release before all requests reach it, and nothing spoke against it."""
        return (self._question is None or self._tested) and self._failed is None

    async def look(self, poll: Poll, waited: float) -> str | None:
        """Begin an attempt, or take in what one came to, at a look at a rollout that goes forward.

        Args:
            poll: what the look saw.
            waited: seconds that AWS left the look without an answer.

        Returns:
            Why the release must not stay, as a clause; None as long as nothing says so.
        """
        self._waited += waited
        if self._question is None:
            return None
        if self._attempt is None:
            self._begin_where_it_answers(self._question, poll)
            return None
        if not self._attempt.done():
            return None
        question, attempt = self._question, self._attempt.result()
        why = self._take(question, attempt)
        if why is None and not attempt.good:
            self._begin_where_it_answers(question, poll)
        return why

    async def settle(self) -> str | None:
        """Ask to the end, where AWS calls the rollout a success already, or nothing had to be rolled.

        Returns:
            As `look` does; again what it has returned, as AWS may have ended the rollout before it was stopped.
        """
        while (question := self._question) is not None:
            attempt = await (self._attempt or self._begin(question, mixed=self._mixed))
            if not attempt.answered:
                # whether this machine reaches anything at all
                await self._aws.release(self._rollout.spec.record)
                self._waited += self._aws.take_waited()
            why = self._take(question, attempt)
            if why is not None:
                return why
            if not attempt.good:
                await self._clock.sleep(self._poll_seconds)
        return self._failed

    async def stop(self) -> None:
        """Ask nothing any more: a command that still runs is killed."""
        attempt, self._attempt = self._attempt, None
        if attempt is not None and not attempt.done():
            attempt.cancel()
            await asyncio.wait({attempt})

    def _begin_where_it_answers(self, question: ReleaseQuestion, poll: Poll) -> None:
        """By test requests as long as only those reach the new release, and then as anybody asks."""
        if poll.tests and not self._tested:
            self._begin(replace(question, test_headers=self._rollout.spec.test_headers), mixed=False)
        elif poll.takes_all:
            self._begin(question, mixed=poll.shared)

    def _begin(self, question: ReleaseQuestion, *, mixed: bool) -> "asyncio.Future[Attempt]":
        self._mixed, self._waited, self._test_headers = mixed, 0.0, question.test_headers
        self._attempt = asyncio.ensure_future(self._ask(question, mixed))
        return self._attempt

    def _take(self, question: ReleaseQuestion, attempt: Attempt) -> str | None:
        self._attempt = None
        service = self._rollout.service
        again = _unseen(replace(question, test_headers=self._test_headers))
        if attempt.good and again is not None:
            self._question, self._tested, self._failures = again, True, 0
            headers = describe_headers(self._test_headers)
            self._console.say(
                f"{service}: verified by test requests: {attempt.seen}; whether the command sent {headers} was not "
                "seen, so it is run again once all requests reach the new release"
            )
            return None
        if attempt.good:
            self._question = None
            beside = "; some that run another release take requests, too" if self._mixed else ""
            self._console.say(f"{service}: verified: {attempt.seen}{beside}")
            return None
        if not attempt.answered and self._waited > 0:
            self._console.say(f"{service}: not verified yet: AWS did not answer either, so this is not counted")
            return None
        self._failures += 1
        most = question.settings.attempts
        if self._failures < most:
            self._console.say(f"{service}: not verified yet, attempt {self._failures} of {most}: {attempt.seen}")
            return None
        self._question, self.details = None, attempt.details
        tried = f" in {most} attempts" if most > 1 else ""
        self._failed = f"verification failed{tried}: {attempt.seen}"
        return self._failed
