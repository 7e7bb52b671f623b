"""The admin paths about Systems Manager: whether agents answer, what is in servers, and what comes of scripts there."""

from collections.abc import Callable, Mapping
from typing import Any

from strata_rehearsal.cloud.planted_contents import PlantedContents
from strata_rehearsal.cloud.sent_commands import AgentState, CommandOutcome
from strata_rehearsal.cloud.state import Cloud

__all__ = ["command_paths"]

Answer = Callable[[Mapping[str, Any]], Any]


def command_paths(cloud: Cloud) -> dict[tuple[str, str], Answer]:
    """The paths and what answers them.

    Args:
        cloud: the local AWS.
    """

    def agent(fields: Mapping[str, Any]) -> dict[str, Any]:
        state = AgentState(fields["state"])
        cloud.agents[_whose(fields)] = state
        return {"agents": cloud.agents}

    def script(fields: Mapping[str, Any]) -> dict[str, Any]:
        whose = _whose(fields)
        outcome = {key: value for key, value in fields.items() if key not in ("instance", "service")}
        if outcome:
            cloud.command_outcomes[whose] = CommandOutcome.parse(outcome)
        else:
            cloud.command_outcomes.pop(whose, None)
        return {"scripts": sorted(cloud.command_outcomes)}

    def contents(fields: Mapping[str, Any]) -> dict[str, Any]:
        planted = {key: value for key, value in fields.items() if key not in ("instance", "service")}
        cloud.contents[_whose(fields)] = PlantedContents.parse(planted)
        return {"contents": sorted(cloud.contents)}

    return {("POST", "agent"): agent, ("POST", "contents"): contents, ("POST", "script"): script}


def _whose(fields: Mapping[str, Any]) -> str:
    if ("instance" in fields) == ("service" in fields):
        raise ValueError("name an instance or a service")
    return str(fields.get("instance") or fields["service"])
