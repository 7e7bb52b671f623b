"""Lets the servers of a service compare themselves with what their images were baked with: one Run Command by tag."""

from collections.abc import Collection, Mapping
from typing import Final

from strata.aws.clients import ClientFor
from strata.aws.run_command import ONLINE, CommandAnswer, RunCommand
from strata.clock import Clock
from strata.drift.contents.server_contents import BadContents, ServerContents
from strata.drift.noted_answers import NotedAnswers
from strata.images.recipe.server_comparison import comparison_script

__all__ = ["ContentsLook"]

_AT_ONCE: Final = "50%"
"""Of the servers of a service: reading all of /etc is little work, and still some."""
_FETCHED_IN: Final = 120
"""Seconds in which an agent has to fetch the command. Those that do not answer beforehand are not waited for."""
_RUNS_FOR: Final = 120
"""Seconds for which it may run on a server, where it usually takes a few."""
_PATIENCE: Final = 300.0
_COMMENT: Final = 100
"""SendCommand: characters of a comment."""
_REASONS: Final[Mapping[str, str]] = {
    "Cancelled": "somebody cancelled the command",
    "DeliveryTimedOut": f"its agent did not fetch the command within {_FETCHED_IN} seconds",
    "ExecutionTimedOut": f"it was not done within {_RUNS_FOR} seconds",
    "InvalidPlatform": "it does not run Linux",
    "Undeliverable": "the command could not be delivered",
}
"""Why nothing came of the command, by its status in detail."""


class ContentsLook:
    """Asks servers about themselves.

    Args:
        client: gives the boto3 client of a service.
        clock: time.
    """

    def __init__(self, client: ClientFor, clock: Clock) -> None:
        self._commands = RunCommand(client, clock)

    def look(
        self, answers: NotedAnswers, service: str, tags: Mapping[str, str], servers: Collection[str]
    ) -> dict[str, ServerContents | str]:
        """What servers say of themselves, by their ids, or why nothing is known of one, as a clause.

        What AWS refuses is noted, and then there is nothing about any.

        Args:
            answers: where that is noted.
            service: the service.
            tags: by which its servers are found.
            servers: ids of those that are to be compared.
        """
        ask = self._commands
        agents = answers.read(service, "which of its servers Session Manager reaches", lambda: ask.agents(tags))
        if agents is None or not servers:
            return {}
        online = {each for each in servers if agents.get(each) == ONLINE}
        given: dict[str, CommandAnswer] = {}
        if online:
            answering = sum(each == ONLINE for each in agents.values())
            found = answers.read(service, "the contents of its servers", lambda: self._run(service, tags, answering))
            if found is None:
                return {}
            given = found
        return {each: _read(agents.get(each), given.get(each)) for each in sorted(servers)}

    def _run(self, service: str, tags: Mapping[str, str], answering: int) -> dict[str, CommandAnswer]:
        sent = self._commands.send(
            tags,
            comparison_script(),
            comment=f"what is in {service}, beside its image"[:_COMMENT],
            at_once=_AT_ONCE,
            fetched_in=_FETCHED_IN,
            runs_for=_RUNS_FOR,
        )
        self._commands.wait(sent, answering, _PATIENCE)
        return self._commands.answers(sent)


def _read(agent: str | None, answer: CommandAnswer | None) -> ServerContents | str:
    if agent != ONLINE:
        unknown = "Systems Manager does not know it: it has no agent, or its role may not use it"
        return unknown if agent is None else f"its agent does not answer ({agent})"
    if answer is None:
        return "the command did not reach it: it lacks a tag of the service"
    if not answer.succeeded:
        return _failed(answer)
    try:
        return ServerContents.parse(answer.output)
    except BadContents as why:
        return str(why)


def _failed(answer: CommandAnswer) -> str:
    if answer.status == "Failed":
        return f"the comparison ended with {answer.code}: {' '.join(answer.output.split())[:200] or 'it said nothing'}"
    return _REASONS.get(answer.status, f"the command is {answer.status}, and did not end in time")
